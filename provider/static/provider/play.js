// The game page: asks the provider for a spin and shows the result. It knows no rules of money: the
// casino says what the balance is and where its decimal point goes. Amounts are text in minor units,
// because numbers are exact only up to 2**53 here. A spin has an id, so that asking twice gives one
// spin. Until it is decided, the player cannot stake anything else.

const settings = JSON.parse(document.getElementById("settings").textContent);
const symbolsUrl = document.body.dataset.symbols;
const here = location.pathname.replace(/\/$/, "");
const pendingKey = `spin ${here}`;

let kept = null; // the spin that is not decided yet, if the browser does not let us store it

const $ = (id) => document.getElementById(id);
const reels = $("reels");
let busy = false;
let turning = 0;
let exponent = settings.exponent; // null until the casino has said where the decimal point is
let money = exponent === null ? null : moneyFormat();

document.documentElement.style.setProperty("--hue", document.documentElement.dataset.hue);

// ---- money ---------------------------------------------------------------------------------

function moneyFormat() {
  const digits = { minimumFractionDigits: exponent, maximumFractionDigits: exponent };
  try {
    return new Intl.NumberFormat(undefined, { style: "currency", currency: settings.currency, ...digits });
  } catch {
    // The browser only knows codes of three letters. Points and coins are followed by their name.
    const format = new Intl.NumberFormat(undefined, digits);
    return { format: (amount) => `${format.format(amount)} ${settings.currency}` };
  }
}

// If the casino does not say where the decimal point goes, amounts are shown as they are sent.
function minorUnits() {
  const format = new Intl.NumberFormat();
  return { format: (amount) => `${format.format(amount)} ${settings.currency} (minor units)` };
}

function written(minor) {
  if (money === null) return "…";
  const digits = String(minor).padStart(exponent + 1, "0");
  const point = digits.length - exponent;
  return money.format(exponent ? `${digits.slice(0, point)}.${digits.slice(point)}` : digits);
}

function learnExponent(told) {
  if (money !== null && told === exponent) return;
  exponent = told;
  money = exponent === null ? minorUnits() : moneyFormat();
  writeStakes();
}

function writeStakes() {
  document.querySelectorAll("[data-money]").forEach((place) => {
    place.textContent = written(place.dataset.money);
  });
}

// ---- what is shown -------------------------------------------------------------------------

function symbol(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 64 64");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${symbolsUrl}#${name}`);
  svg.append(use);
  return svg;
}

function show(names) {
  [...reels.children].forEach((reel, index) => reel.replaceChildren(symbol(names[index])));
}

function turn(on) {
  clearInterval(turning);
  reels.classList.toggle("turning", on);
  if (!on) return;
  reels.classList.remove("won");
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const any = () => settings.symbols[Math.floor(Math.random() * settings.symbols.length)];
  turning = setInterval(() => show([...reels.children].map(any)), 90);
}

function say(text, mood = "") {
  $("message").textContent = text;
  $("message").className = `message ${mood}`;
}

function showBalance(minor) {
  $("balance").textContent = minor === null || minor === undefined ? "—" : written(minor);
}

function showRounds(rounds) {
  $("no-rounds").hidden = rounds.length > 0;
  $("rounds").replaceChildren(...rounds.map(roundLine));
}

function roundLine(round) {
  const line = document.createElement("li");
  const time = document.createElement("time");
  time.dateTime = round.at;
  time.textContent = new Date(round.at).toLocaleTimeString(undefined, { timeStyle: "short" });
  const shown = document.createElement("span");
  shown.className = "small-symbols";
  shown.append(...(round.shown ?? []).map(symbol));
  const effect = document.createElement("span");
  effect.className = "effect";
  if (round.result === "completed") {
    effect.textContent = `${written(round.stake)} → ${written(round.win)}`;
    effect.classList.toggle("good", BigInt(round.win) > BigInt(round.stake));
  } else {
    effect.textContent = results[round.result];
  }
  line.append(time, shown, effect);
  return line;
}

// While a spin is pending, the stake cannot be changed: the spin is sent again with its own.
function showPending() {
  const pending = pendingSpin();
  $("stakes").disabled = pending !== null;
  $("spin").textContent = pending ? `Ask again (${written(pending.stake)})` : "Spin";
  if (!pending) return;
  const stake = [...$("play").elements.stake].find((input) => input.value === pending.stake);
  if (stake) stake.checked = true;
}

// ---- refusals, in words for a player -------------------------------------------------------

const results = {
  open: "still open",
  refused: "not played",
  not_taken: "not played",
  returned: "given back",
  unsettled: "not settled",
};

const explanations = {
  INSUFFICIENT_FUNDS: "Your balance is too low for this stake.",
  PLAYER_BLOCKED: "The casino has blocked play on your account.",
  SESSION_INACTIVE: "This session has ended. Start the game again from the casino.",
  SESSION_NOT_FOUND: "This session no longer exists. Start the game again from the casino.",
  GAME_INACTIVE: "This game is not available right now.",
  PROVIDER_DISABLED: "This game is not available right now.",
  BET_LIMIT: "The casino does not accept this stake for this game.",
  BUSY: "The game is busy.",
  INTERNAL_ERROR: "Something went wrong.",
  CASINO_BUSY: "The casino is busy.",
  CASINO_FAULT: "The casino has a technical problem.",
  CASINO_TIMEOUT: "The casino is taking too long to answer.",
  CASINO_UNAVAILABLE: "The casino cannot be reached.",
  STAKE_NOT_TAKEN: "This spin did not take place. Your stake was not taken.",
  STAKE_RETURNED: "This spin did not take place. Your stake was given back.",
  STAKE_UNSETTLED: "This spin is not settled. Contact the casino about your stake.",
};

const explain = (refusal) => explanations[refusal.code] ?? refusal.message ?? "That did not work.";

// ---- talking to the provider ---------------------------------------------------------------

async function getState() {
  const pending = pendingSpin();
  const query = pending ? `?spin=${encodeURIComponent(pending.spinId)}` : "";
  return (await fetch(`${here}/state${query}`, { credentials: "omit", cache: "no-store" })).json();
}

async function postSpin({ spinId, stake }) {
  const response = await fetch(`${here}/spin`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: `{"spinId": ${JSON.stringify(spinId)}, "stake": ${BigInt(stake)}}`, // keeps every digit
    credentials: "omit",
  });
  return response.json();
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// If the answer got lost, the spin is sent again under its id. No new spin is made.
function pendingSpin() {
  try {
    return JSON.parse(sessionStorage.getItem(pendingKey)) ?? kept;
  } catch {
    return kept;
  }
}

function keep(spin) {
  kept = spin;
  try {
    if (spin) sessionStorage.setItem(pendingKey, JSON.stringify(spin));
    else sessionStorage.removeItem(pendingKey);
  } catch {
    // This frame has no storage: the spin is kept until the page is closed.
  }
}

function newSpin() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const spinId = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const stake = new FormData($("play")).get("stake");
  const spin = { spinId, stake };
  keep(spin);
  return spin;
}

const isOpen = (answer) => answer.status !== "success" && answer.final === false;
const mayHelpToAskAgain = (answer) =>
  isOpen(answer) || answer.code === "BUSY" || answer.code === "INTERNAL_ERROR";

async function askForSpin(spin) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await postSpin(spin);
      if (!mayHelpToAskAgain(answer) || attempt === 3) return answer;
    } catch {
      if (attempt === 3) return { status: "error", code: "NETWORK", final: false };
    }
    say("Still waiting for the casino…");
    await pause(attempt * 1000);
  }
}

async function play() {
  if (busy) return;
  busy = true;
  $("spin").setAttribute("aria-disabled", "true");
  const spin = pendingSpin() ?? newSpin();
  say("Good luck!");
  turn(true);
  const [answer] = await Promise.all([askForSpin(spin), pause(700)]);
  turn(false);
  conclude(spin, answer);
  busy = false;
  showPending();
  $("spin").removeAttribute("aria-disabled");
  refresh({ quietly: true });
}

function conclude(spin, answer) {
  if (answer.balance !== undefined) showBalance(answer.balance);
  if (answer.status === "success") {
    keep(null);
    show(answer.shown);
    celebrate(answer);
  } else if (answer.code === "NETWORK") {
    say("No connection. Your spin is saved: press “Ask again”.", "bad");
  } else if (mayHelpToAskAgain(answer)) {
    say(`${explain(answer)} Your spin is saved: press “Ask again”.`, "bad");
  } else {
    keep(null);
    say(explain(answer), "bad");
  }
}

// A payout below the stake is a loss, and is not shown as a win.
function celebrate(spin) {
  const [stake, win] = [BigInt(spin.stake), BigInt(spin.win)];
  reels.classList.toggle("won", win > stake);
  if (win > stake) say(`You win ${written(spin.win)}!`, "good");
  else if (win === stake) say("You get your stake back.");
  else if (win > 0n) say(`You get ${written(spin.win)} back.`);
  else say("No win this time.");
}

async function refresh({ quietly = false } = {}) {
  let state;
  try {
    state = await getState();
  } catch {
    if (!quietly) say("No connection.", "bad");
    return;
  }
  if (state.status !== "success") {
    if (!quietly) say(explain(state), "bad");
    return;
  }
  if (state.balance !== null) {
    learnExponent(state.exponent);
    showBalance(state.balance);
  } else if (!quietly) {
    showBalance(null);
    say(explain(state), "bad");
  }
  showRounds(state.rounds);
  if (!busy) settlePending(state.rounds);
}

// Takes over what the record says about the pending spin. A spin that is open there is pending here
// too, even if another tab began it.
function settlePending(rounds) {
  const pending = pendingSpin();
  const found = rounds.find((round) => round.spinId === pending?.spinId);
  const oldestOpen = rounds.findLast((round) => round.result === "open");
  if (found && found.result !== "open") {
    keep(null);
    tellDecided(found);
  } else if (!pending && oldestOpen) {
    keep({ spinId: oldestOpen.spinId, stake: oldestOpen.stake });
    tellPending();
  }
  showPending();
}

const tellPending = () => say("Your last spin has not been answered yet: press “Ask again”.");

function tellDecided(round) {
  if (round.result === "completed") {
    show(round.shown);
    celebrate(round);
  } else if (round.result === "refused") say("Your last spin was refused. Your stake was not taken.", "bad");
  else say(explain({ code: `STAKE_${round.result.toUpperCase()}` }), "bad");
}

// While a spin is pending, another process may settle it.
async function watchPending() {
  for (;;) {
    await pause(5000);
    if (!busy && !document.hidden && pendingSpin()) await refresh({ quietly: true });
  }
}

// ---- start ---------------------------------------------------------------------------------

writeStakes();
showPending();
$("play").addEventListener("submit", (event) => {
  event.preventDefault();
  play();
});
await refresh();
if (pendingSpin()) tellPending();
watchPending();
