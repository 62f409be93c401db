// The chart of the powers. uPlot draws it: scales, axes, lines, gaps, the cursor, and the time that a mouse drags over.

import { HOUR, MINUTE, tickLabel } from "./axes.js";
import { $, el, say, speak } from "./dom.js";
import { get } from "./service.js";
import { isNow, lastHours, move, show, shown as span, spanMs, toNow, zoom } from "./view.js";
import { bound, clock, day, isoDay, midnight, number, power, t, zoneKnown, zoneName } from "./words.js";
import { gestures } from "./zoom.js";

const LINES = [["pv_w", "pv", "PV"], ["home_w", "home", "Home"], ["ev_w", "ev", "Cars"], ["battery_w", "battery", "Battery (+ discharge)"], ["grid_w", "grid", "Grid (+ import)"]];
const WAIT = 250, HEIGHT = 280, LEAST_DRAG_PX = 8, FONT = "12px system-ui, sans-serif";
let plot = null, gap = 300000, points = [], window_ = [0, 1], drawn = [0, 1], cursor = null, asked = 0, waiting = null;

$("legend").append(...LINES.map(([, kind, label]) => el("span", { class: kind }, t(label))), el("span", { class: "soc" }, t("State of charge (%)")));
// A house without a battery has neither its line nor its state of charge. The power of no battery is 0, and that of a
// battery that does not answer is null.
const hasBattery = () => !points.length || points.some((p) => p.battery_w !== 0 || p.soc_percent !== null);
const shownLines = () => LINES.filter(([key]) => key !== "battery_w" || hasBattery());
const now = () => Date.now() + (fetchDay.offset ?? 0);
for (const [button, act] of [["day-back", () => move(-1, now())], ["day-on", () => move(1, now())], ["day-now", toNow],
  ["zoom-in", () => zoom(0.5, middle(), now())], ["zoom-out", () => zoom(2, middle(), now())]]) $(button).addEventListener("click", () => { act(); changed(); });
$("span").addEventListener("change", (event) => { lastHours(Number(event.target.value)); changed(); });
$("date").addEventListener("change", (event) => {
  if (!event.target.value) return;
  const from = midnight(event.target.value);
  show(from, Math.min(now(), from + 24 * HOUR), now());
  changed();
});
new ResizeObserver(() => plot?.setSize(size())).observe($("chart"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plot?.redraw(false));

// Draws at once what is known, and asks for the rest when no change has come for a moment.
function changed() {
  cursor = null;
  window_ = span(now());
  clearTimeout(waiting);
  waiting = setTimeout(fetchDay, WAIT);
  bar();
  drawChart();
}

function bar() {
  const hours = spanMs() / HOUR, own = $("span-own");
  $("day-on").disabled = $("day-now").disabled = isNow();
  own.textContent = hours < 2 ? `${number(hours * 60)} min` : `${number(hours, hours % 1 ? 1 : 0)} h`;
  $("span").value = [...$("span").options].some((one) => one.value === String(hours)) ? String(hours) : "";
  if (zoneKnown()) { $("date").max = isoDay(now()); $("date").value = isoDay(span(now())[1] - 1); }
}

export async function fetchDay() {
  const [from, until] = span(now()), hours = (until - from) / HOUR, number_ = ++asked;
  const query = isNow() ? `hours=${hours}` : `hours=${hours}&until=${encodeURIComponent(new Date(until).toISOString())}`;
  const history = await get(`history?${query}`);
  if (number_ !== asked) return; // a later answer is on its way
  if (history) gap = Math.max(300000, 2500 * history.step_s);
  if (history) points = history.rows.map((row) => Object.fromEntries(history.columns.map((name, i) => [name, row[i]])));
  window_ = [from, until];
  bar();
  drawChart();
}

function drawChart() {
  if (!zoneKnown()) return;
  const [from, to] = window_, near = points.filter((p) => p.at_ms >= from - gap && p.at_ms <= to + gap), shown = near.length < 2 ? [] : near;
  drawn = isNow() && shown.length ? [Math.max(from, shown[0].at_ms), shown.at(-1).at_ms] : window_;
  plot ??= made();
  for (const node of $("legend").querySelectorAll(".battery, .soc")) node.hidden = !hasBattery();
  plot.batch(() => plot.setData(columns(shown)));
  if (shown.length) probe();
  else say($("probe"), isNow() ? t("The chart begins with the first minutes.") : t("Nothing is recorded for this time."));
}

// The points as uPlot takes them. A row without values keeps a line open where nothing was measured.
function columns(shown) {
  const rows = shown.flatMap((p, i) => i && p.at_ms - shown[i - 1].at_ms >= gap ? [{ at_ms: shown[i - 1].at_ms + 1 }, p] : [p]);
  const lines = shownLines();
  return [["at_ms"], ...LINES, ["soc_percent"]].map((line) => rows.map((row) => LINES.includes(line) && !lines.includes(line) ? null : row[line[0]] ?? null));
}

const size = () => ({ width: $("chart").clientWidth || 600, height: HEIGHT });
// Read at each drawing: the colors follow the light and the dark scheme.
const color = (name) => () => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);

function made() {
  const line = (scale, name, more) => ({ scale, stroke: color(name), width: 1.8, points: { show: false }, ...more });
  const axis = { font: FONT, stroke: color("faint"), gap: 6, ticks: { show: false }, grid: { stroke: color("line"), width: 1 } };
  const kilowatts = (_, splits, __, ___, step) => splits.map((w) => `${number(w / 1000, step < 1000 ? 1 : 0)} kW`);
  const percents = () => plot?.data.at(-1).some((value) => value !== null) ? [0, 50, 100] : [];
  const options = {
    ...size(), ms: 1, tzDate: (ms) => uPlot.tzDate(new Date(ms), zoneName()), legend: { show: false },
    cursor: { y: false, drag: { setScale: false, dist: LEAST_DRAG_PX }, bind: { dblclick: () => null } },
    scales: { x: { range: () => drawn }, w: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(1000, high ?? 0)] }, percent: { range: () => [0, 100] } },
    series: [{}, ...LINES.map(([, name]) => line("w", name)), line("percent", "battery", { width: 1.6, dash: [3, 4] })],
    axes: [
      { ...axis, size: 26, space: 64, incrs: [5, 10, 30, 60, 120, 180, 360, 720, 1440].map((minutes) => minutes * MINUTE), values: (_, splits) => splits.map(tickLabel) },
      { ...axis, size: 60, scale: "w", incrs: [1, 2, 5].flatMap((one) => [100, 1000, 10000, 100000].map((ten) => one * ten)).sort((a, b) => a - b), values: kilowatts },
      { ...axis, size: 0, scale: "w", splits: [0], values: () => [], grid: { stroke: color("edge"), width: 1 } },
      { ...axis, size: 48, scale: "percent", side: 1, splits: percents, values: (_, splits) => splits.map((value) => `${value} %`), grid: { show: false } },
    ],
    hooks: { setSelect: [dragged] },
  };
  const node = $("chart"), drawing = new uPlot(options, columns([]), node);
  gestures(node, { time: timeOf, zoom(factor, at) { zoom(factor, at, now()); changed(); } });
  for (const read of ["pointerdown", "pointermove"]) node.addEventListener(read, (event) => { cursor = timeOf(event.clientX); probe(); });
  // A finger that is lifted leaves the time that it has read.
  node.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") leave(); });
  node.addEventListener("blur", leave);
  node.addEventListener("keydown", pressed);
  return drawing;
}

// Shows the time that the mouse was dragged over.
function dragged({ select: { left, width } }) {
  if (!width) return;
  const [from, to] = [left, left + width].map((x) => plot.posToVal(x, "x"));
  plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  show(from, to, now());
  changed();
}

const within = (ms) => Math.min(drawn[1], Math.max(drawn[0], ms));
const timeOf = (clientX) => within(plot.posToVal(clientX - plot.over.getBoundingClientRect().left, "x"));
const middle = () => cursor ?? (drawn[0] + drawn[1]) / 2;
const nearest = (ms) => points.reduce((a, b) => Math.abs(a.at_ms - ms) < Math.abs(b.at_ms - ms) ? a : b);

// The values at the cursor, or the latest ones, as text.
function probe() {
  if (points.length < 2) return;
  plot.setCursor({ left: cursor === null ? -10 : plot.valToPos(within(cursor), "x"), top: 0 }, false);
  const p = cursor === null ? points.at(-1) : nearest(cursor);
  say($("probe"), bound(`${day(p.at_ms)} ${clock(p.at_ms, false)}: ` + shownLines().map(([key, , label]) => `${t(label)} ${power(p[key])}`).join(", ") +
    (p.soc_percent === null ? "" : `, ${t("State of charge (%)")} ${number(p.soc_percent)}`)));
}

function leave() {
  cursor = null;
  probe();
}

function pressed(event) {
  const act = { "+": () => zoom(0.5, middle(), now()), "-": () => zoom(2, middle(), now()), 0: toNow, Home: () => move(-1, now()), End: () => move(1, now()) }[event.key];
  const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -12, PageDown: 12 }[event.key];
  if (event.ctrlKey || event.altKey || event.metaKey || !(act || step)) return;
  event.preventDefault();
  if (act) { const at = cursor; act(); changed(); cursor = at; return; }
  if (points.length < 2) return;
  cursor = within((cursor ?? drawn[1]) + step * Math.max(MINUTE, spanMs() / 288));
  probe();
  speak($("probe").textContent);
}
