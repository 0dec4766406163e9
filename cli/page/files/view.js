// What is shown of the documents. Pure: from what the API says to plain values.

import { cut } from "./dom.js";

export function keyOf(document) {
  return `${document.metadata?.namespace ?? ""}/${document.metadata?.name ?? ""}`;
}

export function phaseOf(document) {
  return document.status?.phase ?? "Pending";
}

// How a phase is shown beside its word.
export function tone(document) {
  if (conditionsOf(document).some((c) => c.bad && c.type === "Degraded")) return "bad";
  switch (phaseOf(document)) {
    case "Active": case "Ready": return "good";
    case "Failed": return "bad";
    case "Ended": case "Idle": return "calm";
    default: return "busy";
  }
}

export function conditionsOf(document) {
  return document.status?.conditions ?? [];
}

// What needs somebody; "Ready" only repeats another one or says that it is not over.
export function badConditions(document) {
  return conditionsOf(document).filter((c) => c.bad && (c.type !== "Ready" || phaseOf(document) === "Failed"));
}

export function ageOf(document, nowMs) {
  const since = Date.parse(document.metadata?.creationTimestamp ?? "");
  return Number.isFinite(since) ? duration(nowMs - since) : "";
}

export function duration(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 120) return `${s} s`;
  if (s < 7200) return `${Math.floor(s / 60)} min`;
  if (s < 172800) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86400)} d`;
}

export function number(value) {
  return value === null || value === undefined ? "–" : value.toLocaleString("en");
}

export function rate(value) {
  if (value === null || value === undefined) return "–";
  return `${value < 10 && value > 0 ? value.toFixed(1) : Math.round(value).toLocaleString("en")}/s`;
}

export function targetOf(document) {
  const target = document.spec?.target ?? {};
  return [target.kind, target.name, target.container].filter(Boolean).join("/");
}

export function ownerOf(session) {
  const owner = session.spec?.owner ?? {};
  return [owner.username, owner.hostname].filter(Boolean).join("@");
}

function filterOf(queue) {
  const parts = Object.entries(queue.messageFilter ?? {}).map(([name, pattern]) => `${name} ~ ${pattern}`);
  if (queue.jqFilter) parts.push(`jq ${queue.jqFilter}`);
  return parts.length ? parts.join(", ") : "no filter: matches nothing";
}

// [{id, mode, filter}]
export function queuesOf(session) {
  return (session.spec?.queues ?? []).map((q) => ({ id: q.id ?? "", mode: q.mode ?? "steal", filter: filterOf(q) }));
}

export function isOver(session) {
  return ["Ended", "Failed"].includes(phaseOf(session));
}

export function waitOf(document) {
  const failed = phaseOf(document) === "Failed" ? badConditions(document)[0]?.message : "";
  return document.status?.endReason || document.status?.waitsFor || failed || "";
}

function sessionsOf(split, sessions) {
  const ids = new Set(split.spec?.queue?.ids ?? []);
  const byUid = new Map(sessions.map((s) => [s.metadata?.uid, s]));
  const ended = new Set((split.status?.sessions ?? []).filter((s) => s.endReason).map((s) => s.name));
  return (split.spec?.temporaries ?? []).filter((t) => t.role === "session").map((t) => {
    const session = byUid.get(t.sessionUid);
    const mirror = (session?.spec?.queues ?? []).some((q) => ids.has(q.id) && q.mode === "mirror");
    const owner = session ? ownerOf(session) : "";
    return { key: `uid:${t.sessionUid}`, kind: mirror ? "mirror" : "session", name: t.session ?? "", owner, queue: t.name ?? "", over: ended.has(t.session) };
  });
}

// Where the messages of a split go: [{key, kind, name, owner, queue, rate, total}], the application first.
export function destinationsOf(split, sessions, figures) {
  const fallback = (split.spec?.temporaries ?? []).find((t) => t.role === "fallback");
  const application = { key: "application", kind: "application", name: targetOf(split), owner: "", queue: fallback?.name ?? "", over: false };
  return [application, ...sessionsOf(split, sessions)].map((d) => ({ ...d, rate: figures.rates?.[d.key] ?? null, total: figures.totals?.[d.key] ?? null }));
}

export function kindWords(kind) {
  return { application: "application", session: "session", mirror: "copies for session" }[kind];
}

// The picture in one sentence.
export function flowWords(split, destinations, figures) {
  const parts = destinations.map((d) => `${rate(d.rate)} to ${kindWords(d.kind)} ${cut(d.name, 60)}`);
  return `Messages a second: ${rate(figures.rates?.in)} from ${cut(split.spec?.queue?.name, 60)}; ${parts.join(", ")}.`;
}
