// Why: the sentence first, then the rules with their terms, then the numbers. Codes and leases are in the engine room.

import { $, coded, el, keyed, prune, say, sayCoded, table } from "./dom.js";
import { get } from "./service.js";
import { bound, clock, moment, number, span, t } from "./words.js";
import { shown } from "./control.js";
import { drawRules } from "./rules.js";

const FRESH_MS = 5000;
let explained = null, asked = 0, last = null;

export function drawWhy(status) {
  last = status;
  const box = $("why");
  prune(box, status.why.map((one) => one.device));
  for (const one of status.why) {
    const node = keyed(box, one.device, () => el("details", { toggle: fill },
      el("summary", {}, el("b", {}), el("span", { class: "answer" })), el("div", { class: "terms" }),
      el("details", { class: "numbers" }, el("summary", {}, t("All causes with their figures")), el("ul"))));
    say(node.querySelector("b"), bound(`${nameOf(one.device)} · ${one.wanted}`));
    sayCoded(node.querySelector(".answer"), bound(one.answer));
    if (!node.open) continue;
    node.querySelector(".numbers ul").replaceChildren(...one.causes.map((cause) => el("li", {}, ...coded(cause.text), el("small", {}, figures(cause.numbers)))));
    drawTerms(node.querySelector(".terms"), one.device);
  }
  if ($("rules").closest("details").open) drawRules(explained, status, terms);
  if ([...box.children].some((node) => node.open) || $("rules").closest("details").open) explain();
}

$("rules").closest("details").addEventListener("toggle", fill);

const KINDS = { ev: "Car on {name}", battery: "Battery {name}", switch: "Load {name}" };
const nameOf = (device) => t(KINDS[device.split(".")[0]], { name: device.slice(device.indexOf(".") + 1) });

async function fill() {
  await explain();
  if (last) drawWhy(last);
}

async function explain() {
  if (Date.now() - asked < FRESH_MS) return;
  asked = Date.now();
  explained = await get("explain") ?? explained;
}

// The rules that decide about a device: their `about`, the terms with their values, and what they wait for.
function drawTerms(box, device) {
  if (!explained) return;
  const kind = device.split(".")[0];
  const targets = explained.targets.filter(({ target }) => target.startsWith(`${device}.`) || (kind === "battery" ? /^battery\.\w+$/ : /^(surplus|grid)\./).test(target));
  box.replaceChildren(...targets.map((one) => el("section", { class: "target" },
    el("h4", {}, `${targetName(one.target)}: ${one.value}`, el("small", {}, one.winner ? ` ${byWhom(one)}` : "")),
    ...one.contenders.filter((c) => c.rule !== "defaults").map((c) => contender(c, one.limit)))));
}

function byWhom(one) {
  const held = last.overrides.find(({ target }) => target === one.target);
  if (held) return t("(set by hand to {value})", { value: shown(held.target, held.value) });
  return one.winner === "defaults" ? t("(the default of the rules)") : t("(rule “{rule}”)", { rule: one.winner });
}

const TARGETS = { mode: "Mode", current_a: "Largest current", phases: "Phases", energy_limit_wh: "Energy of this session", power_w: "Power", charge_w: "Largest charge power",
  discharge_w: "Largest discharge power", state: "State", priority: "Who gets the surplus first", grid_target_w: "Target of the grid power", grid_share: "Share from the grid", import_w: "Largest grid import" };
const targetName = (target) => t(TARGETS[target.split(".").at(-1)] ?? target);

function contender(c, limit) {
  const rule = explained.rules.find((one) => one.rule === c.rule && one.limits === limit) ?? explained.rules.find((one) => one.rule === c.rule);
  return el("div", { class: c.wins ? "rule wins" : "rule" },
    el("p", {}, el("span", { class: "mark", "aria-hidden": "true" }, c.wins ? "●" : "○"), el("b", {}, ` ${c.rule}`), ` → ${c.text}: ${c.wins ? t("decides now") : why(c, rule)}`),
    rule?.about ? el("p", { class: "faint" }, rule.about) : null, ...terms(rule, c.wins));
}

function why(c, rule) {
  if (rule?.phase === "pending" && rule.due) return t("waits until {time}", { time: moment(rule.due, last.at) });
  return c.why;
}

// Of a rule that does not act, the terms that fail; of one that acts, all of them.
function terms(rule, all) {
  if (!rule) return [];
  const rows = rule.when.filter((term) => all || term.holds !== true);
  return rows.length ? [el("ul", { class: "term" }, ...rows.map(termLine))] : [];
}
function termLine(term) {
  const mark = term.holds === null ? "?" : term.holds ? "✓" : "✗";
  const meaning = term.holds === null ? t("unknown") : term.holds ? t("met") : t("not met");
  return el("li", {}, el("span", { class: "mark", role: "img", "aria-label": meaning }, mark), " ", el("code", {}, term.text), term.why ? el("small", {}, ` ${term.why}`) : null);
}

function figures(numbers) {
  const list = Object.entries(numbers).map(([name, value]) => `${name} ${value === null ? "∞" : number(Math.round(value * 100) / 100, Number.isInteger(value) ? 0 : 2)}`);
  return list.length ? ` (${list.join(", ")})` : "";
}

// Devices and the engine room ----------------------------------------------------------------------------------------
function conditionOf(ev) {
  const c = ev.condition, list = (values) => values.map((value) => number(value)).join(" / ");
  const parts = [c.housing_temp_c === null ? "" : `${t("housing")} ${number(c.housing_temp_c)} °C`, c.connector_temp_c.length ? `${t("contacts")} ${list(c.connector_temp_c)} °C` : "",
    c.plug_temp_c.length ? `${t("plug")} ${list(c.plug_temp_c)} °C` : "", c.voltage_v.length ? `${list(c.voltage_v)} V` : "",
    c.relays === null ? "" : c.relays === "none" ? t("relays open") : t("relays {relays} closed", { relays: c.relays }), c.signal_dbm === null ? "" : `${t("signal")} ${number(c.signal_dbm)} dBm`].filter(Boolean);
  return parts.length ? [el("p", { class: "faint" }, `${t("Charger {name}", { name: ev.name })}: ${parts.join(", ")}.`)] : [];
}

export function drawDevices(status) {
  const rows = status.devices.map((d) => {
    const errors = Object.entries(d.errors).map(([fault, count]) => `${count} × ${fault}`).join(", ");
    const trouble = d.disobeys || d.refuses || d.message;
    const age = d.age_s === null ? "" : t("{age} ago", { age: span(d.age_s) });
    return [`${d.name} (${d.brand})`, el("td", { class: d.up ? "good" : "bad" }, d.up ? `${t("answers")}, ${age}` : `${t("silent")}${age ? `, ${age}` : ""}`),
      el("td", { class: trouble ? "bad" : "faint" }, trouble || errors || t("no errors"))];
  });
  $("devices").replaceChildren(table([t("Device"), t("Reading"), t("Trouble")], rows), ...status.house.evs.flatMap(conditionOf),
    ...(status.meter.text ? [el("p", { class: "faint" }, status.meter.text)] : []));
  if (!$("engine").closest("details").open) return;
  const leases = status.leases.map((l) => [l.device, l.order, span(l.remaining_s), l.written_age_s === null ? "–" : t("{age} ago", { age: span(l.written_age_s) })]);
  const targets = status.targets.map((one) => [one.target, (one.kind === "limit" ? `${t("at most")} ` : "") + shown(one.target, one.value), one.rule]);
  const codes = status.why.flatMap((one) => one.causes.map((cause) => [one.device, cause.code, cause.rule, figures(cause.numbers)]));
  $("engine").replaceChildren(el("p", {}, t("Decision {tick} at {time}, rule book {book}.", { tick: status.tick, time: clock(status.at), book: status.book.version.slice(0, 12) || "–" })),
    el("h3", {}, t("Targets")), table([t("Target"), t("Value"), t("Rule")], targets),
    el("h3", {}, t("Leases")), table([t("Device"), t("Setpoint"), t("Good for"), t("Written")], leases), el("p", { class: "faint" }, t("Each decision refreshes its setpoints. Without a decision they end.")),
    el("h3", {}, t("Causes")), table([t("Device"), t("Code"), t("Rule"), t("Figures")], codes));
}

export function drawNotices(status) {
  const notes = [];
  if (status.healthy) notes.push(status.healthy);
  if (status.observe_only) notes.push(t("Observing only: nothing is written to any device."));
  if (status.book.error) notes.push(`${t("The changed rules cannot be used. The last good ones stay in force:")}\n${status.book.error}`);
  if (status.record) notes.push(status.record);
  if (status.journal) notes.push(`${t("Nothing is being recorded:")} ${status.journal}`);
  notes.push(...status.not_kept);
  for (const one of status.outputs) if (one.problem) notes.push(t("{name} cannot send: {why}", { name: one.name, why: one.problem }));
  for (const device of status.devices) if (!device.up) notes.push(t("{name} does not answer. Check its power and its network. ({why})", { name: device.name, why: device.message || t("no answer yet") }));
  const silent = new Set(status.devices.filter((device) => !device.up).map((device) => device.message));
  for (const ev of status.house.evs) for (const fault of ev.condition.faults) notes.push(t("Charger {name} reports {fault}.", { name: ev.name, fault }));
  for (const u of status.unknown) if (![...silent].some((why) => why && u.why.includes(why))) notes.push(t("{what} is unknown: {why}", u));
  for (const one of status.locked_out) notes.push(one.text);
  const box = $("notices");
  if (box.dataset.text !== notes.join("|")) {
    box.dataset.text = notes.join("|");
    box.replaceChildren(...notes.map((note) => el("p", { class: note.includes("\n") ? "verbatim" : null }, ...coded(note))));
  }
}

// What the first settings left open. The section is there only while something is.
export function drawSteps(reminders) {
  $("steps-section").hidden = !reminders.length;
  if ($("steps").dataset.text === reminders.join("|")) return;
  $("steps").dataset.text = reminders.join("|");
  $("steps").replaceChildren(...reminders.map((one) => el("li", {}, ...coded(one))));
}

export function drawLog(changes) {
  $("log").replaceChildren(...changes.map((line) => el("li", { class: line.text.includes("\n") ? "verbatim" : null }, el("time", { datetime: line.at }, clock(line.at)), el("span", {}, ...coded(line.text)))));
}
