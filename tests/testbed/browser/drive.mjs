// drive.mjs FOLDER SOCKET: a chromium that does what it is told, one JSON line for each, on a unix socket. FOLDER holds node_modules.
//
// {"do": "open", "tab": 1, "options": {...}} and so on; the answer is {"value": ...} or {"error": "..."}.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

const [folder, socket] = process.argv.slice(2);
const require = createRequire(`${folder}/package.json`);
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");

const flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });
const tabs = new Map();

async function open(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const tab = { context, page, console: await context.newCDPSession(page), requests: [], said: [] };
  context.on("request", (request) => tab.requests.push(request.url()));
  page.on("console", (message) => { if (message.type() !== "log") tab.said.push(`${message.type()}: ${message.text()}`); });
  page.on("pageerror", (error) => tab.said.push(`error: ${error.message}`));
  // Whatever the policy of the page stops is told.
  await context.addInitScript(() => {
    globalThis.violations = [];
    addEventListener("securitypolicyviolation", (e) => globalThis.violations.push(`${e.violatedDirective} ${e.blockedURI}`));
  });
  return tab;
}

// As the console does it: the page's own policy forbids what playwright would do.
async function evaluate({ console }, expression) {
  const { result, exceptionDetails } = await console.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}

async function wait(tab, expression, ms) {
  const end = Date.now() + ms;
  while (!(await evaluate(tab, expression))) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const standards = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

// What a checker of accessibility finds, a line each.
async function judge(tab) {
  await evaluate(tab, `if (!globalThis.axe) { ${readFileSync(axe, "utf8")} }`);
  const found = JSON.parse(await evaluate(tab, `axe.run(document, {runOnly: ${JSON.stringify(standards)}}).then((r) => JSON.stringify(r.violations))`));
  return found.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => `${n.target.join(" ")}: ${[...n.any, ...n.all].map((c) => c.message).join("; ")}`).join(" | ")}`);
}

const actions = {
  goto: ({ page }, { url }) => page.goto(url).then((response) => response?.status() ?? null),
  eval: (tab, { expression }) => evaluate(tab, expression),
  wait: (tab, { expression, ms }) => wait(tab, expression, ms),
  click: ({ page }, { role, name }) => page.getByRole(role, { name, exact: false }).first().click(),
  fill: ({ page }, { role, name, value }) => page.getByRole(role, { name, exact: false }).first().fill(value),
  press: ({ page }, { key }) => page.keyboard.press(key),
  tree: ({ page }) => page.locator("body").ariaSnapshot(),
  picture: ({ page }, { path, full }) => page.screenshot({ path, fullPage: Boolean(full) }).then(() => path),
  emulate: ({ page }, { media }) => page.emulateMedia(media),
  size: ({ page }, { width, height }) => page.setViewportSize({ width, height }),
  axe: (tab) => judge(tab),
  requests: ({ requests }) => requests,
  said: ({ said }) => said,
  cookies: ({ context }) => context.cookies(),
  close: ({ context }) => context.close(),
};

async function obey(order) {
  if (order.do === "open") {
    tabs.set(order.tab, await open(order.options ?? {}));
    return browser.version();
  }
  return (await actions[order.do](tabs.get(order.tab), order)) ?? null;
}

const server = createServer((connection) => {
  createInterface({ input: connection }).on("line", async (line) => {
    const answer = await obey(JSON.parse(line)).then((value) => ({ value }), (error) => ({ error: String(error.message ?? error) }));
    connection.write(`${JSON.stringify(answer)}\n`);
  });
  connection.on("close", () => browser.close().finally(() => process.exit(0)));
});
server.listen(socket);
