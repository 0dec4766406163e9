// The log of one split's worker, followed while it is open.

import { openLog } from "./api.js";
import { el, show, text } from "./dom.js";

const LINES_MAX = 2000;
const AGAIN_MS = 3000;

let numbers = 0;

export class Log {
  #namespace; #name; #stop = null; #timer = 0; #part = "";
  #lines = el("div", { class: "lines", role: "log", "aria-live": "off", tabindex: "0" });
  #only = el("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  #follow = el("input", { type: "checkbox" });
  #said = el("p", { class: "none", role: "status" });
  #panel; #button;
  node;

  constructor(namespace, name, title) {
    const id = `log-${++numbers}`;
    this.#namespace = namespace;
    this.#name = name;
    this.#follow.checked = true;
    this.#lines.setAttribute("aria-label", `Log of the worker of ${title}`);
    this.#only.id = `${id}-only`;
    const controls = el("p", { class: "controls" }, el("label", { for: this.#only.id }, "Only lines with"), this.#only, el("label", {}, this.#follow, " follow"));
    this.#panel = el("div", { id, hidden: "" }, controls, this.#said, this.#lines);
    this.#button = el("button", { type: "button", "aria-expanded": "false", "aria-controls": id }, "Log of the worker");
    this.#button.addEventListener("click", () => this.#toggle());
    this.#only.addEventListener("input", () => this.#filter());
    this.node = el("div", { class: "log" }, this.#button, this.#panel);
  }

  #toggle() {
    const open = this.#panel.hidden;
    show(this.#panel, open);
    this.#button.setAttribute("aria-expanded", String(open));
    if (open) this.#begin();
    else this.end();
  }

  // Until it is closed: a log that ends (its worker is gone, the supervisor begins anew) is asked for again.
  async #begin() {
    const stop = new AbortController();
    this.#stop = stop;
    this.#lines.replaceChildren();
    this.#part = "";
    text(this.#said, "Opening…");
    try {
      const stream = await openLog(this.#namespace, this.#name, stop.signal);
      text(this.#said, "");
      for await (const piece of stream) this.#add(piece);
      text(this.#said, "The log is at its end; asking again.");
    } catch (error) {
      if (stop.signal.aborted) return;
      text(this.#said, `No log: ${error.message}`);
    }
    if (!stop.signal.aborted) this.#timer = setTimeout(() => this.#begin(), AGAIN_MS);
  }

  end() {
    clearTimeout(this.#timer);
    this.#stop?.abort();
    this.#stop = null;
  }

  #add(piece) {
    const lines = (this.#part + piece).split("\n");
    this.#part = lines.pop();
    this.#lines.append(...lines.slice(-LINES_MAX).map((line) => this.#line(line)));
    while (this.#lines.childElementCount > LINES_MAX) this.#lines.firstElementChild.remove();
    if (this.#follow.checked) this.#lines.scrollTop = this.#lines.scrollHeight;
  }

  #line(words) {
    const node = el("div", {}, words);
    if (/"level": ?"(error|warn)"| (ERROR|WARN) /i.test(words)) node.className = "loud";
    show(node, words.includes(this.#only.value));
    return node;
  }

  #filter() {
    for (const line of this.#lines.children) show(line, line.textContent.includes(this.#only.value));
  }
}
