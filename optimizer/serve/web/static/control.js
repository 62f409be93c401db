// Remote control: each tap holds one target by hand, above the rules. Every change can be undone.

import { $, el, keyed, prune, say } from "./dom.js";
import { statusOf } from "./house.js";
import { drawGoal, goalForm } from "./goals.js";
import { drawInputs } from "./inputs.js";
import { change } from "./service.js";
import { sure, tell } from "./toast.js";
import { energy, moment, number, power, t } from "./words.js";

const PATIENCE_MS = 20000;
// More cards than this stand side by side on a wide screen (style.css).
const MOST_IN_A_COLUMN = 4;
export let mayChange = false;
let last = null, tokenSet = true;
// What was tapped and is not in force yet: target -> { value, body, since }. A null value ends an override.
const tapped = new Map();
// Changes are sent one after the other: each one ends what the one before has set.
let turn = Promise.resolve();
const inTurn = (act) => (turn = turn.then(act, act));

const MODES = [["off", "Off"], ["surplus", "PV only"], ["min_surplus", "At least 6 A"], ["fast", "Fast"]];
const PHASES = [["auto", "Automatic"], [1, "1 phase"], [3, "3 phases"]];
const LOAD = [["off", "Off"], ["on", "On"], ["surplus", "PV only"], ["auto", "Automatic"]];
const BATTERY = [["auto", "Automatic"], ["hold", "Hold"], ["charge", "Charge"], ["discharge", "Discharge"]];
const PRIORITY = [["ev_first", "Car first"], ["battery_first", "Battery first"]];
const SPANS = [["session", "this charging session"], ["60", "1 hour"], ["180", "3 hours"], ["midnight", "until midnight"], ["10080", "7 days"]];

export function access(given) {
  mayChange = given.may_change; tokenSet = given.token_set;
  if (last) drawControl(last);
}

export function drawControl(status) {
  last = status;
  $("visitor").hidden = mayChange;
  say($("visitor-text"), tokenSet ? t("You can read everything. Log in once to change something.") : t("Nobody can change anything here yet: no token is set."));
  say($("visitor-link"), tokenSet ? t("Log in") : t("What to do"));
  forget(status);
  drawInputs(status, mayChange);
  const cards = $("cards"), { chargers, batteries, switches } = status.controls;
  prune(cards, [...chargers.map((one) => `ev.${one.name}`), ...batteries.map((one) => `battery.${one.name}`), ...switches.map((one) => `switch.${one.name}`), ...(chargers.length && batteries.length ? ["surplus"] : [])]);
  for (const one of chargers) {
    const card = keyed(cards, `ev.${one.name}`, () => chargerCard(one, status.controls.vehicles));
    update(card, status, chargerState(one, status));
    drawGoal(card.querySelector(".goal"), status.goals.find((goal) => goal.charger === one.name), status, mayChange);
  }
  for (const one of batteries) update(keyed(cards, `battery.${one.name}`, () => batteryCard(one, batteries.length)), status, batteryState(one, status));
  for (const one of switches) update(keyed(cards, `switch.${one.name}`, () => loadCard(one)), status, loadState(one, status));
  if (chargers.length && batteries.length) update(keyed(cards, "surplus", surplusCard), status, "");
  $("top").classList.toggle("many", cards.children.length > MOST_IN_A_COLUMN);
}

// Cards --------------------------------------------------------------------------------------------------------------
function chargerCard(one, vehicles) {
  const device = `ev.${one.name}`, length = spanChoice(SPANS);
  const more = [amount(`${device}.current_a`, t("Largest current"), "A", 6, one.max_current_a, 1, 1, length)];
  if (one.can_switch_phases) more.push(choices(`${device}.phases`, t("Phases"), PHASES, length));
  if (vehicles.length) more.push(choices(`${device}.vehicle`, t("Car"), [...vehicles.map((name) => [name, name]), ...(vehicles.includes("guest") ? [] : [["guest", t("Guest")]])], length));
  more.push(amount(`${device}.energy_limit_wh`, t("Energy of this session"), "kWh", 1, 200, 1, 1000, length));
  return el("article", { class: "card", "aria-label": t("Charger {name}", { name: one.name }) },
    el("h3", {}, one.name), el("p", { class: "state" }), choices(`${device}.mode`, t("Mode"), MODES, length),
    el("label", { class: "span" }, t("Holds for"), length), goalForm(one.name), el("details", {}, el("summary", {}, t("Current, phases, energy")), ...more));
}

function batteryCard(one, count) {
  // A single battery has the targets without its name.
  const device = count === 1 ? "battery" : `battery.${one.name}`, length = spanChoice(SPANS.slice(1));
  const options = one.can_bound_discharge ? BATTERY : BATTERY.filter(([word]) => word !== "hold");
  const most = Math.max(one.max_charge_w, one.max_discharge_w) / 1000, label = t("Power to charge or discharge with, in kW; empty: the largest");
  const field = el("input", { type: "number", inputmode: "decimal", min: 0.1, max: most, step: "any", "aria-label": label });
  const aimLabel = t("Charge or discharge until this state of charge, in %; empty: as long as chosen");
  const aim = el("input", { type: "number", inputmode: "numeric", min: 0, max: 100, step: 1, "aria-label": aimLabel });
  const reserve = one.can_bound_discharge ? [amount(`${device}.reserve_percent`, t("Reserve that is not discharged"), "%", 0, 100, 1, 1, length)] : [];
  return el("article", { class: "card", "aria-label": t("Battery {name}", { name: one.name }) },
    el("h3", {}, one.name), el("p", { class: "state" }), choices(`${device}.mode`, t("Battery"), options, length, batteryTap(device, field, aim)),
    el("label", { class: "span" }, t("Holds for"), length),
    el("details", {}, el("summary", {}, t("Power, state of charge, reserve")), el("label", { class: "span" }, label, field), el("label", { class: "span" }, aimLabel, aim), ...reserve));
}

function loadCard(one) {
  const target = `switch.${one.name}.state`, length = spanChoice(SPANS.slice(1));
  const tap = (value) => value === "auto" ? release(target) : hold(target, value, length);
  return el("article", { class: "card", "aria-label": t("Load {name}", { name: one.name }) }, el("h3", {}, one.name), el("p", { class: "state" }),
    choices(target, t("State"), LOAD, length, tap), el("label", { class: "span" }, t("Holds for"), length));
}

function surplusCard() {
  const length = spanChoice(SPANS.slice(1));
  return el("article", { class: "card", "aria-label": t("PV surplus") }, el("h3", {}, t("PV surplus")), el("p", { class: "state" }),
    choices("surplus.priority", t("Who gets it first"), PRIORITY, length), el("label", { class: "span" }, t("Holds for"), length));
}

function spanChoice(spans) {
  const select = el("select", {}, ...spans.map(([value, label]) => el("option", { value }, t(label))));
  // A session needs a car; "until midnight" does for the rest.
  select.value = spans[0][0] === "session" ? "session" : "midnight";
  return select;
}

function choices(target, label, options, length, tap = null) {
  const group = el("div", { class: "choices", role: "group", "aria-label": label, "data-target": target });
  const act = tap ?? ((value) => hold(target, value, length));
  group.append(el("span", { class: "label" }, label), ...options.map(([value, text]) =>
    el("button", { type: "button", value, click: () => act(value, length, group) }, t(text))), ...tail(target));
  return group;
}

function amount(target, label, unit, low, high, step, factor, length) {
  const field = el("input", { type: "number", inputmode: "decimal", min: low, max: high, step: "any", "aria-label": `${label}, ${unit}` });
  const form = el("form", { class: "choices", "data-target": target, "data-factor": factor, novalidate: true, submit: (event) => {
    event.preventDefault();
    if (field.value === "" || !field.checkValidity()) { tell(t("A number from {low} to {high} {unit}", { low: number(low, low % 1 ? 1 : 0), high: number(high, high % 1 ? 1 : 0), unit })); return; }
    hold(target, Number(field.value) * factor, length);
  } }, el("span", { class: "label" }, `${label} (${unit})`), field, el("button", {}, t("Set")), ...tail(target));
  return form;
}

function tail(target) {
  return [el("p", { class: "by" }, el("span"), " ", el("button", { type: "button", class: "end", hidden: true, click: () => release(target) }, t("End")))];
}

// State ----------------------------------------------------------------------------------------------------------------
const overrideOf = (status, target) => status.overrides.find((one) => one.target === target);
const winnerOf = (status, target) => status.targets.find((one) => one.target === target);

function update(card, status, state) {
  say(card.querySelector(".state"), state);
  for (const group of card.querySelectorAll("[data-target]")) {
    const target = group.dataset.target, wait = tapped.get(target), override = overrideOf(status, target);
    const present = wait && wait.value !== null ? wait.value : presentOf(status, target);
    for (const button of group.querySelectorAll("button[value]")) button.setAttribute("aria-pressed", button.value === String(present));
    for (const control of group.querySelectorAll("button, input")) control.disabled = !mayChange;
    const end = group.querySelector(".end");
    end.hidden = !heldOf(status, target).length || !mayChange;
    say(group.querySelector(".by span"), wait ? t("From the next decision on.") : by(status, target, override));
  }
}

// The overrides as far as this page knows: those of the status, and what was tapped since.
function heldNow(status) {
  const since = [...tapped].filter(([, wait]) => wait.value !== null).map(([, wait]) => wait.body);
  return [...status.overrides.filter((one) => !tapped.has(one.target)), ...since];
}

// The targets that a group of buttons holds: "hold" of a battery is a limit on its discharge.
function heldOf(status, target) {
  const also = target.startsWith("battery") && target.endsWith(".mode") ? ["discharge_w", "power_w"].map((name) => target.replace(/mode$/, name)) : [];
  return status.overrides.filter((one) => [target, ...also].includes(one.target));
}

function presentOf(status, target) {
  const winner = winnerOf(status, target);
  if (target.startsWith("switch.")) return heldNow(status).find((one) => one.target === target)?.value ?? "auto";
  if (target.startsWith("battery") && target.endsWith(".mode")) {
    const bound = heldNow(status).find((one) => one.target === target.replace(/mode$/, "discharge_w"));
    if (bound && bound.value === 0) return "hold";
    return winner?.value ?? "auto";
  }
  if (target.endsWith(".vehicle")) return status.house.evs.find((one) => target === `ev.${one.name}.vehicle`)?.vehicle ?? null;
  return winner?.value ?? (target.endsWith(".mode") ? "off" : target.endsWith(".phases") ? "auto" : target === "surplus.priority" ? "battery_first" : null);
}

function by(status, target, override) {
  const [held] = override ? [override] : heldOf(status, target);
  if (held) {
    const until = moment(held.until, status.at), figure = typeof held.value === "number" && held.value !== 0 ? `${shown(held.target, held.value)}: ` : "";
    if (held.to_percent !== null) return figure + t("set by hand until {percent} % are reached, at the latest {until}", { percent: number(held.to_percent), until });
    return figure + (held.session ? t("set by hand until the car is unplugged, at the latest {until}", { until }) : t("set by hand until {until}", { until }));
  }
  const winner = winnerOf(status, target);
  if (!winner) return "";
  const figure = typeof winner.value === "number" ? `${shown(target, winner.value)}: ` : "";
  return figure + (winner.rule === "defaults" ? t("the default of the rules") : t("set by the rule “{rule}”", { rule: winner.rule }));
}

export function shown(target, value) {
  if (typeof value !== "number") return t(value ?? "");
  return target.endsWith("_wh") ? energy(value) : target.endsWith("_w") ? power(value) : target.endsWith("_percent") ? `${number(value)} %` : target.endsWith("_a") ? `${number(value, value % 1 ? 1 : 0)} A` : number(value, value % 1 ? 2 : 0);
}

function chargerState(one, status) {
  const ev = status.house.evs.find(({ name }) => name === one.name);
  if (!ev) return "";
  const soc = ev.soc_percent === null ? [] : [`${number(ev.soc_percent)} %`], session = ev.session_wh ? [t("{energy} in this session", { energy: energy(ev.session_wh) })] : [];
  const range = ev.range_km === null ? [] : [t("{range} km of range", { range: number(ev.range_km) })];
  return [statusOf(ev), power(ev.power_w), ...soc, ...range, ...session].join(" · ");
}
function batteryState(one, status) {
  const battery = status.house.batteries.find(({ name }) => name === one.name), w = battery?.power_w ?? null;
  if (!battery) return "";
  return `${number(battery.soc_percent)} % · ${w === null ? "?" : w > 20 ? t("discharges with {power}", { power: power(w) }) : w < -20 ? t("charges with {power}", { power: power(-w) }) : t("rests")}`;
}

function loadState(one, status) {
  const load = status.house.switches.find(({ name }) => name === one.name);
  if (!load) return "";
  const follows = winnerOf(status, `switch.${one.name}.state`)?.value === "surplus" ? [t("follows the surplus")] : [];
  return [load.on === null ? t("unknown") : t(load.on ? "On" : "Off"), ...(load.power_w === null ? [] : [power(load.power_w)]), ...follows].join(" · ");
}

function forget(status) {
  for (const [target, wait] of tapped) {
    const held = overrideOf(status, target);
    const done = wait.value === null ? !held : held && String(held.value) === String(wait.value);
    if (done || Date.now() - wait.since > PATIENCE_MS) tapped.delete(target);
  }
}

// Changes ----------------------------------------------------------------------------------------------------------------
function lengthOf(target, choice) {
  if (choice === "session") {
    const ev = last.house.evs.find((one) => target.startsWith(`ev.${one.name}.`));
    return ev && ev.status && ev.status !== "disconnected" ? { session: true } : { midnight: true };
  }
  return choice === "midnight" ? { midnight: true } : { minutes: Number(choice) };
}

// Holds a target, or several ones together. `previous` restores what was held before.
async function hold(target, value, length) {
  await changed([[target, value]], [], length);
}

const changed = (holds, ends, length) => inTurn(async () => {
  const before = heldNow(last).filter((one) => [...holds.map(([target]) => target), ...ends].includes(one.target));
  let problem = "";
  for (const target of ends) if (before.some((one) => one.target === target)) problem ||= await end(target);
  for (const [target, value, more] of holds) {
    const body = { target, value: number_(value), ...more, ...lengthOf(target, length.value) };
    problem ||= await change("POST", "overrides", body);
    if (!problem) tapped.set(target, { value, body, since: Date.now() });
  }
  if (problem) { tell(problem, true); return; }
  drawControl(last);
  tell(t("Done, from the next decision on."), false, () => restore(holds.map(([target]) => target), before));
});

async function end(target) {
  const problem = await change("DELETE", `overrides/${encodeURIComponent(target)}`);
  if (!problem) tapped.set(target, { value: null, since: Date.now() });
  return problem;
}
// Phases are numbers; the words of modes are texts.
const number_ = (value) => value === "1" || value === "3" ? Number(value) : value;

const release = (target) => inTurn(async () => {
  const before = heldOf({ overrides: heldNow(last) }, target);
  let problem = "";
  for (const one of before) problem ||= await end(one.target);
  tell(problem || t("The rules decide again, from the next decision on."), Boolean(problem), () => restore([], before));
});

const restore = (targets, before) => inTurn(async () => {
  let problem = "";
  for (const target of targets) {
    tapped.delete(target);
    if (!before.some((one) => one.target === target)) problem ||= await change("DELETE", `overrides/${encodeURIComponent(target)}`);
  }
  for (const one of before) {
    tapped.delete(one.target);
    problem ||= await change("POST", "overrides", one.until ? { target: one.target, value: one.value, to_percent: one.to_percent, ...(one.session ? { session: true } : { until: one.until }) } : one);
  }
  tell(problem || t("Undone."), Boolean(problem));
});

function batteryTap(device, field, aim) {
  const mode = `${device}.mode`, bound = `${device}.discharge_w`, watts = `${device}.power_w`;
  const risks = {
    charge: t("The battery charges at once, also from the grid. This costs money and wears the battery."),
    discharge: t("The battery discharges at once, also into the grid. This wears the battery."),
  };
  return async (value, length) => {
    if (!risks[value]) { await changed(value === "hold" ? [[bound, 0]] : [[mode, value]], [value === "hold" ? mode : bound, watts], length); return; }
    if (field.value !== "" && !field.checkValidity()) { tell(t("A number from {low} to {high} {unit}", { low: number(0.1, 1), high: number(Number(field.max), 1), unit: "kW" })); return; }
    if (aim.value !== "" && !aim.checkValidity()) { tell(t("A number from {low} to {high} {unit}", { low: 0, high: 100, unit: "%" })); return; }
    if (!await sure(risks[value], value === "charge" ? t("Charge") : t("Discharge"))) return;
    const power = field.value === "" ? [] : [[watts, Number(field.value) * 1000]];
    await changed([[mode, value, aim.value === "" ? {} : { to_percent: Number(aim.value) }], ...power], power.length ? [bound] : [bound, watts], length);
  };
}
