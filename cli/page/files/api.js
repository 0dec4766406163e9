// The way to the command that serves this page. The token of its start comes with the address, behind the '#', and stays in this tab.

const KEY = "sluice-token";

function takeToken() {
  const found = /^#token=([0-9a-f]{64})$/.exec(location.hash);
  if (found) {
    sessionStorage.setItem(KEY, found[1]);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(KEY) ?? "";
}

const token = takeToken();

// An answer that is no success: with the status, and what to do where that is known.
export class Refused extends Error {
  constructor(status, body) {
    super(body?.message || `the answer is HTTP status ${status}`);
    this.status = status;
    this.nextStep = body?.nextStep ?? "";
  }
}

async function ask(method, path, signal) {
  const response = await fetch(path, { method, signal, cache: "no-store", credentials: "omit", headers: { Authorization: `Bearer ${token}` } });
  if (response.ok) return response;
  throw new Refused(response.status, await response.json().catch(() => null));
}

export async function read(what, signal) {
  return (await ask("GET", `/api/${what}`, signal)).json();
}

function place(namespace, name) {
  return `${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
}

// The log as a stream of text.
export async function openLog(namespace, name, signal) {
  return (await ask("GET", `/api/logs/${place(namespace, name)}`, signal)).body.pipeThrough(new TextDecoderStream());
}

export async function endSession(namespace, name) {
  await ask("DELETE", `/api/sessions/${place(namespace, name)}`);
}
