// Rates of the last minutes as a plot. The same values stand in the table beside it, so the plot itself is only described.

import uPlot from "./vendor/uplot/uplot.js";
import { attr, el, svg } from "./dom.js";
import { KEPT_S } from "./rates.js";
import { duration, rate } from "./view.js";

const HEIGHT = 180, SHOWN_MIN_S = 60;
const LINES = [
  { key: "in", name: "received", colour: "--line-in", dash: [] },
  { key: "application", name: "to the application", colour: "--line-application", dash: [8, 4] },
  { key: "sessions", name: "to sessions", colour: "--line-session", dash: [3, 3] },
  { key: "copies", name: "copies for sessions", colour: "--line-mirror", dash: [10, 3, 2, 3] },
];

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function legend() {
  const items = LINES.map((line) => {
    const mark = svg("svg", { width: 28, height: 10, "aria-hidden": "true" }, svg("path", { d: "M0 5H28", class: `mark ${line.key}`, "stroke-dasharray": line.dash.join(" ") || null }));
    return el("li", {}, mark, line.name);
  });
  return el("ul", { class: "legend" }, ...items);
}

function axis() {
  return { stroke: colour("--ink-soft"), grid: { stroke: colour("--rule"), width: 1 }, ticks: { stroke: colour("--rule"), width: 1 }, font: "12px system-ui, sans-serif" };
}

function optionsOf(width) {
  return {
    width, height: HEIGHT, legend: { show: false }, cursor: { show: false }, select: { show: false },
    scales: { x: { time: false, range: (_, least) => [Math.max(-KEPT_S, Math.min(least ?? 0, -SHOWN_MIN_S)), 0] }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
    axes: [{ ...axis(), values: (_, ticks) => ticks.map((t) => (t ? `${duration(-1000 * t)} ago` : "now")) }, { ...axis(), size: 60, values: (_, ticks) => ticks.map((t) => rate(t)) }],
    series: [{}, ...LINES.map((line) => ({ stroke: colour(line.colour), width: 2, dash: line.dash, points: { show: false }, spanGaps: false }))],
  };
}

// Of the history to columns; times are seconds before the last.
function columnsOf(history) {
  const last = history.at(-1).atMs;
  const times = history.map((h) => (h.atMs - last) / 1000);
  return [times, ...LINES.map((line) => history.map((h) => h.rates?.[line.key] ?? null))];
}

export class Plot {
  #plot = null;
  #width = 0;
  #dark = null;
  #place = el("div", { class: "plot", role: "img", "aria-label": "Plot of the last minutes: nothing is known yet." });
  node = el("div", {}, this.#place, legend());

  draw(history) {
    const width = Math.floor(this.#place.clientWidth), dark = matchMedia("(prefers-color-scheme: dark)").matches;
    if (width < 100 || history.length < 2) return;
    if (this.#plot && this.#dark !== dark) this.end();
    if (!this.#plot) this.#plot = new uPlot(optionsOf(width), columnsOf(history), this.#place);
    else this.#plot.setData(columnsOf(history));
    if (this.#width !== width && this.#width) this.#plot.setSize({ width, height: HEIGHT });
    this.#width = width;
    this.#dark = dark;
    const now = history.at(-1).rates;
    attr(this.#place, "aria-label", `Plot of the last minutes, messages a second. Now: ${LINES.map((l) => `${rate(now?.[l.key])} ${l.name}`).join(", ")}.`);
  }

  end() {
    this.#plot?.destroy();
    this.#plot = null;
    this.#width = 0;
  }
}
