// From counters to messages a second, kept for the last minutes. Pure: knows no clock and no page.

export const KEPT_S = 300;
const WINDOW_MS = 3000; // counters come about each second; a rate over less would jump

function counters(row) {
  return { received: row.received ?? 0, delivered: row.delivered ?? 0, mirrored: row.mirrored ?? 0 };
}

// What one split has counted, by destination: "in", "application", "sessions", "copies", and each session's uid.
function totalsOf(split) {
  const all = counters(split);
  const totals = { in: all.received, application: Math.max(0, all.received - all.delivered), sessions: all.delivered, copies: all.mirrored };
  for (const session of split.sessions ?? []) {
    const own = counters(session);
    totals[`uid:${session.uid}`] = own.delivered + own.mirrored;
  }
  return totals;
}

function rateOf(before, now, key) {
  const passed = now.atMs - before.atMs;
  if (passed <= 0 || now.totals[key] === undefined) return null;
  return Math.max(0, ((now.totals[key] - (before.totals[key] ?? 0)) * 1000) / passed);
}

class Series {
  samples = []; // {atMs, totals}, the oldest first: those of the window, and one before it
  history = []; // {atMs, rates}, for the plot

  add(atMs, split) {
    const totals = totalsOf(split);
    const last = this.samples.at(-1);
    if (last?.atMs === atMs) return;
    if (last && (totals.in < last.totals.in || atMs < last.atMs)) this.samples = []; // another worker counts from nothing
    this.samples.push({ atMs, totals });
    while (this.samples.length > 2 && this.samples[1].atMs <= atMs - WINDOW_MS) this.samples.shift();
    this.history.push({ atMs, rates: this.rates() });
    while (this.history[0].atMs < atMs - KEPT_S * 1000) this.history.shift();
  }

  // Null: not known yet.
  rates() {
    const now = this.samples.at(-1), before = this.samples[0];
    if (!now || now === before) return null;
    return Object.fromEntries(Object.keys(now.totals).map((key) => [key, rateOf(before, now, key)]));
  }

  totals() {
    return this.samples.at(-1)?.totals ?? null;
  }
}

export class Rates {
  #splits = new Map();

  // figures: the document of /sluice/v1/figures; null: out of reach.
  add(figures) {
    const seen = new Set();
    for (const split of figures?.splits ?? []) {
      const key = `${split.namespace}/${split.name}`;
      seen.add(key);
      if (split.received === undefined) continue; // no worker has counted yet
      if (!this.#splits.has(key)) this.#splits.set(key, new Series());
      this.#splits.get(key).add(figures.atMs, split);
    }
    if (figures) for (const key of this.#splits.keys()) if (!seen.has(key)) this.#splits.delete(key);
  }

  of(key) {
    const series = this.#splits.get(key);
    return { rates: series?.rates() ?? null, totals: series?.totals() ?? null, history: series?.history ?? [] };
  }
}
