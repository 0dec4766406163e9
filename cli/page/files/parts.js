// The parts of the page below its headings: cards of splits, the tables of sessions and events, and what is wrong.

import { attr, el, show, sync, text, theirs } from "./dom.js";
import { drawFlow, makeFlow } from "./flow.js";
import { Log } from "./log.js";
import { Plot } from "./plot.js";
import * as view from "./view.js";

function badge(node, document) {
  attr(node, "class", `badge ${view.tone(document)}`);
  text(node, view.phaseOf(document) + (view.tone(document) === "bad" && view.phaseOf(document) !== "Failed" ? ", degraded" : ""));
}

function setTheirs(node, value) {
  if (node.dataset.value === value) return;
  node.dataset.value = value;
  node.replaceChildren(theirs(value));
}

// --- Conditions ---

function updateCondition(item, { document, condition, named }) {
  const [head, words, next] = item.children;
  text(head, (named ? `${document.kind} ${view.keyOf(document)}: ` : "") + (condition.reason || condition.type));
  setTheirs(words, condition.message ?? "");
  text(next, condition.nextStep ? `Next: ${condition.nextStep}` : "");
}

function syncConditions(list, rows) {
  sync(list, rows, (r) => `${view.keyOf(r.document)} ${r.condition.type}`, () => el("li", {}, el("strong"), el("p"), el("p", { class: "next" })), updateCondition);
}

export function updateInputs(section, list, inputs) {
  const rows = (inputs ?? []).flatMap((document) => view.badConditions(document).map((condition) => ({ document, condition, named: true })));
  show(section, rows.length > 0);
  syncConditions(list, rows);
}

// --- Tables that become lists of cards on a phone, and stay tables for whoever listens to them ---

function table(label, headings) {
  const head = el("tr", { role: "row" }, ...headings.map((h) => el("th", { role: "columnheader", scope: "col" }, h)));
  return el("table", { role: "table", "aria-label": label }, el("thead", { role: "rowgroup" }, head), el("tbody", { role: "rowgroup" }));
}

function row(headings) {
  return el("tr", { role: "row" }, ...headings.map((h) => el("td", { role: "cell", "data-label": h })));
}

// --- A split ---

const DESTINATION = ["Destination", "Kind", "Rate", "Messages", "Queue"];

function updateDestination(line, d) {
  const [name, kind, rate, total, queue] = line.children;
  setTheirs(name, d.owner ? `${d.name} (${d.owner})` : d.name);
  text(kind, view.kindWords(d.kind) + (d.over ? ", ending" : ""));
  text(rate, view.rate(d.rate));
  text(total, view.number(d.total));
  setTheirs(queue, d.queue);
}

function workerWords(split) {
  const workers = split.status?.workers ?? [];
  const live = workers.find((w) => w.state === "Live") ?? workers[0];
  return live ? `${live.state ?? ""}${live.pid ? `, pid ${live.pid}` : ""}` : "none yet";
}

function facts(split, nowMs) {
  const queue = split.spec?.queue ?? {}, worker = (split.status?.workers ?? [])[0] ?? {};
  return [
    ["Split", view.keyOf(split)], ["Target", view.targetOf(split)], ["Queue ids", (queue.ids ?? []).join(", ")], ["Group", queue.group],
    ["Delivery", split.status?.delivery], ["Age", view.ageOf(split, nowMs)], ["Worker", workerWords(split)], ["Incarnation", worker.incarnation],
    ["Generation", worker.generation], ["Pod", worker.pod], ["Its last end", worker.lastEnd],
  ].filter(([, value]) => value !== undefined && value !== "" && value !== null);
}

// How a worker ended that nobody had stopped, and the end of its log.
function wordsOf(split) {
  const words = split.status?.lastWords;
  return words ? [`Incarnation ${words.incarnation ?? ""}, ${words.at ?? ""}: ${words.message ?? ""}`, ...(words.log ?? [])] : [];
}

class Card {
  constructor(split) {
    const name = view.keyOf(split), id = `split-${name}`;
    this.title = el("h3", { id });
    this.badge = el("span");
    this.waits = el("p", { class: "waits" });
    this.flow = makeFlow();
    this.destinations = table(`Where messages of ${split.spec?.queue?.name ?? name} go`, DESTINATION);
    this.conditions = el("ul", { class: "conditions" });
    this.plot = new Plot();
    this.facts = el("dl");
    this.log = new Log(split.metadata.namespace, split.metadata.name, split.spec?.queue?.name ?? name);
    this.words = el("div", { class: "lines", tabindex: "0", role: "group", "aria-label": "Last words of a worker" });
    this.last = el("details", {}, el("summary", {}, "Last words of a worker that ended by itself"), this.words);
    const more = el("details", {}, el("summary", {}, "More about it"), this.facts);
    this.node = el("article", { class: "card", "aria-labelledby": id }, el("div", { class: "head" }, this.title, this.badge), this.waits, this.conditions,
      el("div", { class: "picture" }, this.flow), el("div", { class: "scroll" }, this.destinations), this.plot.node, this.last, more, this.log.node);
    this.node.addEventListener("gone", () => this.end());
  }

  update(split, sessions, figures, nowMs) {
    const destinations = view.destinationsOf(split, sessions, figures);
    setTheirs(this.title, split.spec?.queue?.name ?? view.keyOf(split));
    badge(this.badge, split);
    setTheirs(this.waits, view.waitOf(split));
    show(this.waits, view.waitOf(split) !== "");
    syncConditions(this.conditions, view.badConditions(split).map((condition) => ({ document: split, condition })));
    drawFlow(this.flow, split, destinations, figures, workerWords(split));
    sync(this.destinations.tBodies[0], destinations, (d) => d.key, () => row(DESTINATION), updateDestination);
    this.plot.draw(figures.history);
    const words = wordsOf(split);
    show(this.last, words.length > 0);
    sync(this.words, words.map((line, i) => ({ line, i })), ({ i }) => String(i), () => el("div"), (node, { line }) => text(node, line));
    sync(this.facts, facts(split, nowMs), ([name]) => name, ([name]) => el("div", {}, el("dt", {}, name), el("dd")), (pair, [, value]) => setTheirs(pair.lastChild, String(value)));
  }

  end() {
    this.log.end();
    this.plot.end();
  }
}

const cards = new WeakMap();

export function updateSplits(place, splits, sessions, rates, nowMs) {
  function make(split) {
    const card = new Card(split);
    cards.set(card.node, card);
    return card.node;
  }
  sync(place, splits, view.keyOf, make, (node, split) => cards.get(node).update(split, sessions, rates.of(view.keyOf(split)), nowMs));
}

// --- Sessions ---

const SESSION = ["Session", "Owner", "Target", "Queues and filters", "Phase", "Age", "Waits for", "End"];

function makeSession(onEnd) {
  return () => {
    const line = row(SESSION), button = el("button", { type: "button" }, "End…");
    line.children[4].append(el("span"));
    line.children[7].append(button);
    button.addEventListener("click", () => onEnd(line.dataset.key));
    return line;
  };
}

function queueWords(session) {
  return view.queuesOf(session).map((q) => `${q.id}${q.mode === "mirror" ? " (mirror)" : ""}: ${q.filter}`).join("; ");
}

function updateSession(line, session, nowMs) {
  const [name, owner, target, queues, phase, age, waits, end] = line.children;
  setTheirs(name, session.metadata?.name ?? "");
  setTheirs(owner, view.ownerOf(session));
  setTheirs(target, view.targetOf(session));
  setTheirs(queues, queueWords(session));
  badge(phase.firstChild, session);
  text(age, view.ageOf(session, nowMs));
  const bad = view.badConditions(session)[0];
  setTheirs(waits, view.waitOf(session) || (bad ? `${bad.message || bad.reason}${bad.nextStep ? ` Next: ${bad.nextStep}` : ""}` : ""));
  attr(end.firstChild, "aria-label", `End session ${session.metadata?.name ?? ""}`);
  show(end.firstChild, !view.isOver(session));
}

export function updateSessions(place, sessions, nowMs, onEnd) {
  if (!place.firstChild) place.append(table("Sessions", SESSION));
  show(place, sessions.length > 0);
  sync(place.firstChild.tBodies[0], sessions, view.keyOf, makeSession(onEnd), (line, session) => updateSession(line, session, nowMs));
}

// --- Events ---

const EVENT = ["When", "About", "What", "Words"];

function updateEvent(line, event) {
  const [when, about, what, words] = line.children;
  text(when, new Date(event.atMs).toLocaleTimeString());
  setTheirs(about, `${event.kind} ${event.namespace}/${event.name}`);
  text(what, event.reason + (event.count > 1 ? ` (${event.count} times)` : ""));
  attr(what, "class", event.warning ? "loud" : null);
  setTheirs(words, event.note ?? "");
}

export function updateEvents(place, events) {
  if (!place.firstChild) place.append(table("Events, the newest first", EVENT));
  show(place, events.length > 0);
  sync(place.firstChild.tBodies[0], events, (e) => String(e.id), () => row(EVENT), updateEvent);
}
