// Drives the official Node.js client: commands come as lines of JSON on standard input, answers go as lines of JSON to
// standard output. What is expected of the answers is in contract.py; here nothing is judged.
//
// With the argument URL, the client gets an HTTP client of its own that asks that server instead of
// https://taskrouter.twilio.com, which is what its `httpClient` option is for. Without, the client is left to its
// defaults, and the environment (HTTP_PROXY, NODE_EXTRA_CA_CERTS) leads it.
"use strict";

const readline = require("node:readline");
const twilio = require("twilio");

const serverUrl = process.argv[2];

class RedirectingHttpClient extends twilio.RequestClient {
  request(options) {
    const target = new URL(options.uri);
    if (target.origin !== "https://taskrouter.twilio.com") throw new Error(`asked for ${target.origin}`);
    const uri = new URL(target.pathname + target.search, serverUrl).toString();
    return super.request({ ...options, uri });
  }
}

function newClient({ accountSid, authToken }) {
  const options = serverUrl ? { httpClient: new RedirectingHttpClient() } : {};
  return twilio(accountSid, authToken, options);
}

function each(events, options) {
  return new Promise((resolve, reject) => {
    const seen = [];
    events.each({ ...options, callback: (event) => seen.push(event), done: (error) => (error ? reject(error) : resolve(seen)) });
  });
}

// The first page of a list, the second, and the first again by the link back.
async function thereAndBack(events, options) {
  const first = await events.page(options);
  const second = await first.nextPage();
  const again = await second.previousPage();
  return [first, second, again].map((page) => page.instances);
}

function run({ action, credentials, workspace, sid, options }) {
  const service = newClient(credentials).taskrouter.v1;
  const events = workspace && service.workspaces(workspace).events;
  switch (action) {
    case "list": return events.list(options);
    case "each": return each(events, options);
    case "fetch": return service.workspaces(workspace).events(sid).fetch();
    case "thereAndBack": return thereAndBack(events, options);
    case "listWorkspaces": return service.workspaces.list();
    case "fetchWorkspace": return service.workspaces(workspace).fetch();
    default: throw new Error(`no such action: ${action}`);
  }
}

// Dates are what JSON lacks.
function reviveDate(_, value) {
  return value !== null && typeof value === "object" && "$date" in value ? new Date(value.$date) : value;
}

async function answer(line) {
  try {
    return { value: await run(JSON.parse(line, reviveDate)) };
  } catch (error) {
    const { name, status, code, message, moreInfo } = error;
    return { error: { kind: error.constructor.name, name, status, code, message, moreInfo } };
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
  }
}

main();
