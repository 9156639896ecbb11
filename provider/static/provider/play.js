// The game page: asks the provider for a spin and shows what came of it. It knows no rules of money:
// balances are the casino's, and a spin is asked for by an id, so that asking twice is one spin.

const settings = JSON.parse(document.getElementById("settings").textContent);
const symbolsUrl = document.body.dataset.symbols;
const here = location.pathname.replace(/\/$/, "");
const pendingKey = `spin ${here}`;

let kept = null; // the spin that is not answered yet, where the browser lets us store nothing

const $ = (id) => document.getElementById(id);
const reels = $("reels");
let busy = false;
let turning = 0;

document.documentElement.style.setProperty("--hue", document.documentElement.dataset.hue);

// ---- money ---------------------------------------------------------------------------------

const [money, exponent] = moneyFormat(settings.currency);

function moneyFormat(currency) {
  try {
    const format = new Intl.NumberFormat(undefined, { style: "currency", currency });
    return [format, format.resolvedOptions().maximumFractionDigits];
  } catch {
    // Not an ISO currency: points and coins are counted whole.
    const format = new Intl.NumberFormat(undefined);
    return [{ format: (amount) => `${format.format(amount)} ${currency}` }, 0];
  }
}

const written = (minor) => money.format(minor / 10 ** exponent);

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
    effect.classList.toggle("good", round.win > round.stake);
  } else {
    effect.textContent = round.result === "open" ? "still open" : "not played";
  }
  line.append(time, shown, effect);
  return line;
}

// ---- refusals, in words for a player -------------------------------------------------------

const explanations = {
  INSUFFICIENT_FUNDS: "Your balance is too low for this stake.",
  PLAYER_BLOCKED: "The casino has blocked play on your account.",
  SESSION_INACTIVE: "This session has ended. Start the game again from the casino.",
  SESSION_NOT_FOUND: "This session is not known any more. Start the game again from the casino.",
  GAME_INACTIVE: "This game is not available at present.",
  PROVIDER_DISABLED: "This game is not available at present.",
  BET_LIMIT: "The casino does not take this stake for this game.",
  BUSY: "The casino is busy.",
  CASINO_TIMEOUT: "The casino takes too long to answer.",
  CASINO_UNAVAILABLE: "The casino cannot be reached.",
};

const explain = (refusal) => explanations[refusal.code] ?? refusal.message ?? "That did not work.";

// ---- talking to the provider ---------------------------------------------------------------

const getState = async () => (await fetch(`${here}/state`, { credentials: "omit", cache: "no-store" })).json();

async function postSpin(spin) {
  const response = await fetch(`${here}/spin`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(spin),
    credentials: "omit",
  });
  return response.json();
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// A spin whose answer got lost is asked for again under its id, never made anew.
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
    // A frame without storage: the spin is kept until the page is left.
  }
}

function newSpin() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const spinId = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const stake = Number(new FormData($("play")).get("stake"));
  const spin = { spinId, stake };
  keep(spin);
  return spin;
}

const isOpen = (answer) => answer.status !== "success" && answer.final === false;
const mayHelpToAskAgain = (answer) => isOpen(answer) || answer.code === "BUSY";

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
  $("spin").removeAttribute("aria-disabled");
  refresh({ quietly: true });
}

function conclude(spin, answer) {
  if (answer.status === "success") {
    keep(null);
    show(answer.shown);
    showBalance(answer.balance);
    celebrate(answer);
    return;
  }
  if (answer.balance !== undefined) showBalance(answer.balance);
  if (answer.code === "NETWORK") {
    say("No connection. Your spin is kept: press Spin to ask for it again.", "bad");
  } else if (mayHelpToAskAgain(answer)) {
    say(`${explain(answer)} Your spin is kept: press Spin to ask for it again.`, "bad");
  } else {
    keep(null);
    const givenBack = answer.final && answer.code.startsWith("CASINO_");
    say(explain(answer) + (givenBack ? " Your stake was given back." : ""), "bad");
  }
}

// A payout below the stake is a loss, and is not sold as a win.
function celebrate({ stake, win }) {
  reels.classList.toggle("won", win > stake);
  if (win > stake) say(`You win ${written(win)}!`, "good");
  else if (win === stake) say("You get your stake back.");
  else if (win > 0) say(`You get ${written(win)} back.`);
  else say("No win this time.");
}

async function refresh({ quietly = false } = {}) {
  try {
    const state = await getState();
    if (state.status !== "success") throw new Error(state.code);
    showRounds(state.rounds);
    if (state.balance !== null) showBalance(state.balance);
    else if (!quietly) {
      showBalance(null);
      say(explain({ code: state.code || "CASINO_UNAVAILABLE" }), "bad");
    }
  } catch {
    if (!quietly) say("No connection.", "bad");
  }
}

// ---- start ---------------------------------------------------------------------------------

document.querySelectorAll("[data-money]").forEach((place) => {
  place.textContent = written(Number(place.dataset.money));
});
$("play").addEventListener("submit", (event) => {
  event.preventDefault();
  play();
});
await refresh();
if (pendingSpin()) say("Your last spin is not answered yet: press Spin to ask for it again.");
