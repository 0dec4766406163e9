// The live picture of one split: original, worker, and where messages go; a stream is as wide as its rate, by powers of ten.

import { attr, cut, svg, sync, text } from "./dom.js";
import { flowWords, kindWords, rate } from "./view.js";

const BOX = 46, GAP = 12, NARROW = 620, DRAWN_MAX = 9, LETTER = 7.6;

function widthOf(value) {
  return value > 0 ? Math.min(20, 3 + 3 * Math.log10(1 + value)) : 1.5;
}

// Seconds for one dash to the next, in few steps: a change begins the movement anew.
function pace(value) {
  return value > 0 ? [2.4, 1.6, 1.1, 0.8, 0.6, 0.45][Math.min(5, Math.floor(Math.log10(1 + value)))] : 0;
}

function curve(a, b) {
  const middle = (a.x + b.x) / 2;
  return `M${a.x} ${a.y}C${middle} ${a.y} ${middle} ${b.y} ${b.x} ${b.y}`;
}

function elbow(a, b) {
  return `M${a.x} ${a.y}V${b.y - 8}Q${a.x} ${b.y} ${a.x + 8} ${b.y}H${b.x}`;
}

// Three columns where there is room.
function wide(width, nodes, streams) {
  const [source, worker, ...ends] = nodes;
  const height = ends.length * (BOX + GAP) - GAP + 20, middle = (height - BOX) / 2;
  const column = Math.floor(width * 0.27), end = Math.floor(width * 0.34);
  Object.assign(source, { x: 1, y: middle, width: column });
  Object.assign(worker, { x: Math.floor(width * 0.36), y: middle, width: Math.floor(width * 0.18) });
  ends.forEach((node, i) => Object.assign(node, { x: width - end - 1, y: 10 + i * (BOX + GAP), width: end }));
  for (const stream of streams) {
    const a = { x: stream.from.x + stream.from.width, y: stream.from.y + BOX / 2 }, b = { x: stream.to.x, y: stream.to.y + BOX / 2 };
    stream.path = curve(a, b);
  }
  return height;
}

// One below the other on a phone, the ends along a stem.
function narrow(width, nodes, streams) {
  const step = BOX + 22;
  nodes.forEach((node, i) => {
    const end = i > 1;
    Object.assign(node, { x: end ? 44 : 1, y: 1 + (end ? 2 * step + (i - 2) * (BOX + GAP) : i * step), width: width - (end ? 45 : 2) });
  });
  for (const stream of streams) {
    const a = { x: 22, y: stream.from.y + BOX };
    stream.path = stream.to === nodes[1] ? `M${a.x} ${a.y}V${stream.to.y}` : elbow(a, { x: stream.to.x, y: stream.to.y + BOX / 2 });
  }
  return nodes.at(-1).y + BOX + 2;
}

// What does not fit is shown together.
function ends(destinations) {
  if (destinations.length <= DRAWN_MAX) return destinations;
  const drawn = destinations.slice(0, DRAWN_MAX - 1), rest = destinations.slice(DRAWN_MAX - 1);
  const known = rest.map((d) => d.rate).filter((r) => r !== null);
  return [...drawn, { key: "rest", kind: "session", name: `${rest.length} more sessions`, rate: known.length ? known.reduce((a, b) => a + b) : null }];
}

function nodesOf(split, destinations, figures, worker) {
  const queue = split.spec?.queue ?? {};
  return [
    { key: "source", kind: "source", name: queue.name ?? "", words: `${queue.type ?? "queue"} · ${rate(figures.rates?.in)}` },
    { key: "worker", kind: "worker", name: "worker", words: worker },
    ...ends(destinations).map((d) => ({ key: d.key, kind: d.kind, name: d.name, words: `${kindWords(d.kind)} · ${rate(d.rate)}`, rate: d.rate })),
  ];
}

function makeNode() {
  return svg("g", {}, svg("title"), svg("rect", { rx: 8, height: BOX }), svg("text", { class: "name" }), svg("text", { class: "words" }));
}

function updateNode(group, node) {
  const [title, box, name, words] = group.children;
  attr(group, "class", `node ${node.kind}`);
  text(title, cut(node.name));
  attr(box, "x", node.x);
  attr(box, "y", node.y);
  attr(box, "width", node.width);
  for (const [line, dy, value] of [[name, 20, node.name], [words, 37, node.words]]) {
    attr(line, "x", node.x + 10);
    attr(line, "y", node.y + dy);
    text(line, cut(value, Math.max(4, Math.floor((node.width - 20) / LETTER))));
  }
}

function makeStream() {
  return svg("g", {}, svg("path", { class: "bed" }), svg("path", { class: "moving" }));
}

function updateStream(group, stream) {
  const [bed, moving] = group.children;
  attr(group, "class", `stream ${stream.to.kind}${stream.rate > 0 ? " flowing" : ""}`);
  attr(group, "data-rate", stream.rate === null || stream.rate === undefined ? null : stream.rate.toFixed(1));
  for (const path of group.children) attr(path, "d", stream.path);
  attr(bed, "stroke-width", widthOf(stream.rate).toFixed(1));
  const seconds = pace(stream.rate);
  const duration = seconds ? `${seconds}s` : "";
  if (moving.style.animationDuration !== duration) moving.style.animationDuration = duration;
}

export function makeFlow() {
  return svg("svg", { class: "flow", role: "img" }, svg("g"), svg("g"));
}

// worker: what to say of the worker, in a few words.
export function drawFlow(picture, split, destinations, figures, worker) {
  const width = Math.floor(picture.parentElement.clientWidth);
  if (width < 100) return;
  const nodes = nodesOf(split, destinations, figures, worker);
  const [source, middle, ...targets] = nodes;
  const streams = [{ key: "in", from: source, to: middle, rate: figures.rates?.in ?? null }, ...targets.map((to) => ({ key: to.key, from: middle, to, rate: to.rate }))];
  const height = (width < NARROW ? narrow : wide)(width, nodes, streams);
  attr(picture, "viewBox", `0 0 ${width} ${height}`);
  attr(picture, "width", width);
  attr(picture, "height", height);
  attr(picture, "aria-label", flowWords(split, destinations, figures));
  sync(picture.children[0], streams, (s) => s.key, makeStream, updateStream);
  sync(picture.children[1], nodes, (n) => n.key, makeNode, updateNode);
}
