// The start page's buttons: copy the curl, run a round and show its transcript, open a game.
"use strict";

const byId = (id) => document.getElementById(id);

// ---- the round -------------------------------------------------------------------------------------

let lastRun = null; // the request that repeats the last run

byId("copy").addEventListener("click", async () => {
  const curl = byId("curl");
  try {
    await navigator.clipboard.writeText(curl.textContent);
  } catch { // no clipboard without HTTPS or localhost: select it, so that Ctrl-C works
    getSelection().selectAllChildren(curl);
    return;
  }
  byId("copy").textContent = "Copied";
  setTimeout(() => { byId("copy").textContent = "Copy"; }, 1500);
});

byId("run").addEventListener("click", () => run({}));
byId("rerun").addEventListener("click", () => run(lastRun));

async function run(request) {
  byId("run").disabled = byId("rerun").disabled = true;
  byId("transcript").replaceChildren(element("p", { className: "aside" }, "The services are playing…"));
  const answer = await post("/casino/simulateRound", request);
  if (answer.ok) {
    lastRun = { ...request, runId: answer.body.runId };
    byId("rerun").hidden = false;
    byId("transcript").replaceChildren(...transcript(answer.body));
  } else {
    byId("transcript").replaceChildren(refusal(answer));
  }
  byId("run").disabled = byId("rerun").disabled = false;
}

function transcript(played) {
  const money = inMajorUnits(exponentIn(played.steps));
  const rows = played.steps.map((step) => row(step, money));
  const head = element("tr", {}, ...["Step", "Status"].map((title) => element("th", {}, title)),
    ...["Amount", "Balance", "ms"].map((title) => element("th", { className: "number" }, title)));
  return [
    element("div", { className: "scroll" },
      element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows))),
    verdict(played, money),
    element("p", { className: "aside" },
      `${played.session.playerId} at ${played.session.gameId}, in ${played.session.currency}, run ${played.runId}. `
      + "If you send the same run again, no money moves: each step gets the same answer."),
    element("details", {}, element("summary", {}, "The whole answer"),
      element("pre", {}, JSON.stringify(played, null, 2))),
  ];
}

function row(step, money) {
  const response = step.response ?? {};
  const amount = response.amount ?? step.request.amount;
  const wentWell = step.httpStatus === 200;
  return element("tr", {},
    element("td", {}, step.step, ...(step.replayed ? [element("span", { className: "tag" }, "replayed")] : [])),
    element("td", { className: wentWell ? "good" : "bad" },
      wentWell ? "200" : `${step.httpStatus ?? "no answer"} ${response.code ?? ""}`),
    element("td", { className: "number" }, signed(step.step, amount, money)),
    element("td", { className: "number" }, response.balance === undefined ? "" : money(response.balance)),
    element("td", { className: "number" }, step.durationMs === null ? "" : step.durationMs.toFixed(1)));
}

function signed(step, amount, money) {
  if (step === "getBalance" || amount === undefined) return "";
  return (step === "debit" ? "−" : "+") + money(amount);
}

function verdict(played, money) {
  const { currency } = played.session;
  const words = played.consistent
    ? `✓ Consistent: ${money(played.openingBalance)} → ${money(played.closingBalance)} ${currency}, as expected.`
    : `✗ Not consistent: ${money(played.closingBalance)} ${currency}, expected ${money(played.expectedBalance)}.`;
  const refused = played.outcome === "refused" ? " A step was refused; its open bets were rolled back." : "";
  return element("p", { className: `verdict ${played.consistent ? "good" : "bad"}` }, words + refused);
}

// The casino gives the number of decimals with each balance. The browser's own data may differ.
function exponentIn(steps) {
  return steps.map((step) => step.response?.exponent).find((exponent) => exponent !== undefined) ?? 0;
}

function inMajorUnits(exponent) {
  const format = new Intl.NumberFormat("en",
    { minimumFractionDigits: exponent, maximumFractionDigits: exponent });
  return (minor) => {
    const digits = String(minor).padStart(exponent + 1, "0");
    const point = digits.length - exponent;
    return format.format(exponent ? `${digits.slice(0, point)}.${digits.slice(point)}` : digits);
  };
}

// ---- a game ----------------------------------------------------------------------------------------

byId("launch").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const [playerId, currency] = form.elements.wallet.value.split("|");
  const tab = window.open("", "_blank"); // now, because a tab opened later may be blocked
  const answer = await post("/casino/launchGame", { playerId, currency, gameId: form.elements.game.value });
  if (!answer.ok || !/^https?:\/\//.test(answer.body.launchUrl)) {
    tab?.close();
    byId("launched").replaceChildren(refusal(answer));
    return;
  }
  const link = element("a", { href: answer.body.launchUrl, target: "_blank", rel: "noopener" }, "Open the game");
  byId("launched").replaceChildren(`Session ${answer.body.sessionId} is open. `, link);
  if (tab) {
    tab.opener = null;
    tab.location = answer.body.launchUrl;
  }
});

// ---- both ------------------------------------------------------------------------------------------

async function post(path, body) {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
    });
    return { ok: response.ok, status: response.status, body: await response.json() };
  } catch (fault) {
    return { ok: false, status: 0, body: { message: `There was no answer: ${fault.message}` } };
  }
}

function refusal(answer) {
  const { code, message } = answer.body;
  return element("span", { className: "bad" }, [answer.status || "", code ?? "", message ?? ""].join(" ").trim());
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
