// The past in energy and money: one bar for each day, month, or year, and the sums of what is shown.
// The bars stay SVG: uPlot neither stacks them nor has an axis of names, so both would be written for it.

import { BOTTOM, LEFT, RIGHT, TOP, frame, valueAxis } from "./axes.js";
import { $, el, speak, svg } from "./dom.js";
import { get } from "./service.js";
import { shownMonths } from "./sessions.js";
import { dateIn, energy, money, number, t, useCurrency, zoneKnown } from "./words.js";

const SOURCES = [["surplus", "pv", "PV"], ["battery", "battery", "Battery"], ["grid", "grid", "Grid"]];
const HEIGHT = 240;
let past = null, of = "", cursor = null;

$("energy-legend").append(...SOURCES.map(([, kind, label]) => el("span", { class: kind }, t(label))), el("span", { class: "export" }, t("Export, below the line")));
$("by").addEventListener("change", () => { of = ""; fetchEnergy(); });
for (const [button, step] of [["energy-back", -1], ["energy-on", 1]]) $(button).addEventListener("click", () => { of = moved(step); fetchEnergy(); });
new ResizeObserver(drawEnergy).observe($("bars"));
document.addEventListener("sessions", drawEnergy);

export async function fetchEnergy() {
  const found = await get(`energy?by=${$("by").value}${of && `&of=${of}`}`);
  if (!found) return;
  if (past?.of !== found.of || past?.by !== found.by) cursor = null;
  past = found;
  useCurrency(past.currency);
  drawEnergy();
}

// The month or the year before or after the one that is shown.
function moved(step) {
  const [year, month] = past.of.split("-").map(Number);
  return month ? new Date(Date.UTC(year, month - 1 + step)).toISOString().slice(0, 7) : String(year + step);
}

// Every day of the month, every month of the year, or every year since the first one, also without a record.
function names() {
  const count = (many, name) => Array.from({ length: many }, (_, index) => name(index));
  const two = (value) => String(value).padStart(2, "0");
  if (past.by === "day") return count(new Date(Date.UTC(...past.of.split("-").map(Number), 0)).getUTCDate(), (index) => `${past.of}-${two(index + 1)}`);
  if (past.by === "month") return count(12, (index) => `${past.of}-${two(index + 1)}`);
  const last = Number(past.today.slice(0, 4)), first = Math.min(last, ...past.periods.map((one) => Number(one.period)));
  return count(last - first + 1, (index) => String(first + index));
}

const used = (one, source) => one.home_wh[source] + one.cars_wh[source];
const total = (parts) => parts.surplus + parts.battery + parts.grid;
const sum = (list, value) => list.reduce((all, one) => all + value(one), 0);
const known = (list, key) => { const found = list.filter((one) => one[key] !== null); return found.length ? sum(found, (one) => one[key]) : null; };

function drawEnergy() {
  if (!past || !zoneKnown()) return;
  const present = past.today.slice(0, past.of.length);
  $("energy-back").disabled = past.by === "year";
  $("energy-on").disabled = past.by === "year" || past.of >= present;
  $("energy-of").textContent = past.of ? dateIn(past.of) : t("All years");
  drawSums();
  drawBars();
}

function drawBars() {
  const node = $("bars"), box = frame(node, HEIGHT), shown = names(), wide = (box.right - box.left) / shown.length;
  const by = new Map(past.periods.map((one) => [one.period, one]));
  const high = Math.max(1000, ...past.periods.map((one) => sum(SOURCES, ([source]) => used(one, source)))), low = -Math.max(0, ...past.periods.map((one) => one.export_wh));
  const y = (wh) => box.bottom - (box.bottom - box.top) * (wh - low) / (high - low), every = Math.ceil(30 / wide);
  const bar = (index, from, to, kind) => svg("rect", { x: box.left + wide * (index + .12), width: wide * .76, y: y(to), height: Math.max(0, y(from) - y(to)), class: kind });
  const bars = shown.flatMap((name, index) => {
    const one = by.get(name), middle = box.left + wide * (index + .5);
    const label = index % every === 0 ? [svg("text", { x: middle, y: HEIGHT - 8, class: "tick middle" }, shortName(name))] : [];
    if (!one) return label;
    let from = 0;
    const stack = SOURCES.map(([source, kind]) => bar(index, from, from += used(one, source), kind));
    return [...label, ...stack, bar(index, -one.export_wh, 0, "export")];
  });
  node.replaceChildren(...valueAxis(box, y, low, high, (wh, step) => number(wh / 1000, step < 1000 ? 1 : 0), "kWh"), ...bars, svg("path", { d: "", class: "cursor", id: "energy-cursor" }));
  probe();
}
const shortName = (name) => past.by === "day" ? String(Number(name.slice(8))) : past.by === "month" ? dateIn(name, "narrow") : name;

function probe() {
  const shown = names(), current = shown.indexOf(past.today.slice(0, shown[0].length));
  const index = Math.min(shown.length - 1, cursor ?? Math.max(0, current)), name = shown[index], one = past.periods.find(({ period }) => period === name);
  const width = $("bars").clientWidth || 600, x = LEFT + (width - LEFT - RIGHT) * (index + .5) / shown.length;
  $("energy-cursor").setAttribute("d", cursor === null ? "" : `M${x.toFixed(1)} ${TOP}V${HEIGHT - BOTTOM}`);
  $("energy-probe").textContent = `${dateIn(name)}: ${one ? sentence(one) : t("nothing is recorded")}.`;
}

function sentence(one) {
  const parts = SOURCES.map(([source, , label]) => `${t(label)} ${energy(used(one, source))}`).join(", ");
  const whole = past.by === "day" ? "" : t("{days} of {total} days recorded", { days: one.days, total: one.days_total });
  return [t("used {energy} ({parts})", { energy: energy(total(one.home_wh) + total(one.cars_wh)), parts }), t("PV {energy}", { energy: energy(one.pv_wh) }), t("exported {energy}", { energy: energy(one.export_wh) }),
    t("cost {money}", { money: cost([one]) }), t("known for {hours} h", { hours: number(one.hours, 1) }), whole].filter(Boolean).join("; ");
}

// What the energy has cost: nothing is known if no part of it has a price.
function cost(list, keys = ["home", "cars"]) {
  const wh = sum(list, (one) => sum(keys, (key) => total(one[`${key}_wh`])));
  if (!list.length || wh > 0 && sum(list, (one) => one.unpriced_wh) >= sum(list, (one) => total(one.home_wh) + total(one.cars_wh)) - 1) return "?";
  return money(sum(list, (one) => sum(keys, (key) => total(one[`${key}_ct`]))));
}

function drawSums() {
  const list = past.periods, months = shownMonths().filter(({ month }) => month.startsWith(past.of));
  const wh = (value) => list.length ? energy(sum(list, value)) : "?", unpriced = sum(list, (one) => one.unpriced_wh);
  const saved = known(months, "saved_ct"), sessions = sum(months, (one) => one.sessions), counted = sum(months, (one) => one.saved_sessions);
  const rows = [
    [t("Cost of the energy used"), cost(list), [t("home {home}, cars {cars}", { home: cost(list, ["home"]), cars: cost(list, ["cars"]) }), unpriced > 0 ? t("{energy} without a known price is not in it", { energy: energy(unpriced) }) : ""].filter(Boolean).join("; ")],
    [t("Paid for import"), money(known(list, "import_ct")), wh((one) => one.import_wh)],
    [t("Earned by export"), money(known(list, "export_ct")), wh((one) => one.export_wh)],
    [t("Energy from PV"), wh((one) => one.pv_wh), ""],
    [t("Saved against charging at once"), money(saved), `${t("Sessions: {sessions}", { sessions })}, ${t("known for {counted} of {sessions}", { counted, sessions })}`],
  ];
  $("sums").replaceChildren(...rows.map(([name, value, note]) => el("div", {}, el("dt", {}, name), el("dd", {}, value, el("small", {}, note)))));
}

function point(event) {
  const node = $("bars"), box = node.getBoundingClientRect(), count = names().length;
  cursor = Math.min(count - 1, Math.max(0, Math.floor((event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT) * count)));
  probe();
}
$("bars").addEventListener("pointermove", (event) => past && point(event));
$("bars").addEventListener("pointerleave", () => { cursor = null; if (past) probe(); });
$("bars").addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -7, PageDown: 7 }[event.key];
  if (!step || !past) return;
  event.preventDefault();
  const shown = names(), current = shown.indexOf(past.today.slice(0, shown[0].length));
  cursor = Math.min(shown.length - 1, Math.max(0, (cursor ?? Math.max(0, current)) + step));
  probe();
  speak($("energy-probe").textContent);
});
