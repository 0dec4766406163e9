// Reads again and again, and shows what there is. Figures come each second, everything else every other second.

import { endSession, read } from "./api.js";
import { cut, show, text } from "./dom.js";
import { updateEvents, updateInputs, updateSessions, updateSplits } from "./parts.js";
import { Rates } from "./rates.js";
import { badConditions, isOver, keyOf, phaseOf } from "./view.js";

const FIGURES_MS = 1000, STATUS_MS = 2000, SHOWN_MAX = 25, SESSIONS_MAX = 200, EVENTS_MAX = 100;

const at = (id) => document.getElementById(id);
const rates = new Rates();
let status = null;
let known = new Map(); // what was announced of each document

// --- What changed, in words, for whoever does not see the page ---

function newsOf(documents) {
  const now = new Map(), news = [];
  for (const document of documents) {
    const words = [phaseOf(document), ...badConditions(document).map((c) => c.reason || c.type)].join(", ");
    const name = `${document.kind} ${cut(document.spec?.queue?.name ?? document.metadata.name, 60)}`;
    now.set(keyOf(document), words);
    if (known.size && known.get(keyOf(document)) !== words) news.push(`${name}: ${words}`);
  }
  if (known.size) for (const key of known.keys()) if (!now.has(key)) news.push(`${cut(key, 60)} is over`);
  known = now;
  return news;
}

function announce(news) {
  if (news.length) text(at("news"), cut(news.slice(0, 5).join(". ")));
}

// --- Showing ---

function shown(splits) {
  const bad = (split) => (badConditions(split).length ? 0 : 1);
  return [...splits].sort((a, b) => bad(a) - bad(b) || keyOf(a).localeCompare(keyOf(b))).slice(0, SHOWN_MAX);
}

function draw() {
  if (!status) return;
  const { splits, sessions, nowMs } = status;
  show(at("splits-none"), splits.length === 0);
  show(at("splits-more"), splits.length > SHOWN_MAX);
  text(at("splits-more"), `${splits.length - SHOWN_MAX} more splits are not shown; sluice status lists them, -n narrows the namespace.`);
  updateSplits(at("splits"), shown(splits), sessions, rates, nowMs);
}

function drawStatus() {
  const { sessions, events, inputs, nowMs } = status;
  const live = [...sessions].sort((a, b) => isOver(a) - isOver(b) || keyOf(a).localeCompare(keyOf(b)));
  text(at("place"), `${status.namespace ? `namespace ${status.namespace}` : "all namespaces"} of ${status.place}`);
  text(at("footer"), `Sluice ${status.version}`);
  show(at("sessions-none"), sessions.length === 0);
  text(at("sessions-title"), sessions.length > SESSIONS_MAX ? `Sessions (${SESSIONS_MAX} of ${sessions.length})` : "Sessions");
  updateSessions(at("sessions"), live.slice(0, SESSIONS_MAX), nowMs, askToEnd);
  updateInputs(at("inputs-section"), at("inputs"), inputs);
  show(at("events-none"), !events?.length);
  text(at("events-none"), events ? "Nothing happened lately." : "Events are out of reach.");
  updateEvents(at("events"), (events ?? []).slice(0, EVENTS_MAX));
  announce(newsOf([...status.splits, ...sessions]));
  show(at("content"), true);
}

function said(words, error) {
  text(at("link"), words);
  at("link").className = error ? "link bad" : "link";
  show(at("trouble"), Boolean(error));
  if (error) text(at("trouble"), `${cut(error.message)}${error.nextStep ? ` Next: ${error.nextStep}` : ""}`);
}

// --- Reading ---

async function readStatus() {
  try {
    status = await read("status");
    drawStatus();
    draw();
    said("Live", null);
  } catch (error) {
    said(error.status === 401 ? "No token" : "Not reached; shown is what was last known", error.status ? error : new Error("sluice page does not answer; is it still running?"));
    if (error.status === 401) return false;
  }
  return true;
}

async function readFigures() {
  try {
    rates.add(await read("figures"));
    draw();
  } catch (error) {
    return error.status !== 401; // the status says what is wrong
  }
  return true;
}

async function again(readOnce, ms) {
  if (await readOnce()) setTimeout(again, ms, readOnce, ms);
}

// --- Ending a session ---

let ending = "";

function askToEnd(key) {
  ending = key;
  text(at("confirm-text"), `Session ${cut(key)}: its unread messages go to the next matching session or to the application.`);
  at("confirm").showModal();
}

async function end() {
  const slash = ending.indexOf("/");
  at("confirm").close();
  try {
    await endSession(ending.slice(0, slash), ending.slice(slash + 1));
    announce([`session ${ending} is being ended`]);
    await readStatus();
  } catch (error) {
    said("Not ended", error);
  }
}

at("confirm-no").addEventListener("click", () => at("confirm").close());
at("confirm-yes").addEventListener("click", end);
addEventListener("resize", draw);

again(readStatus, STATUS_MS).then(() => again(readFigures, FIGURES_MS));
