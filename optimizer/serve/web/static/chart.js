// The chart of the powers. Drawn in pixels of the screen, so that no text is distorted.

import { BOTTOM, HOUR, LEFT, MINUTE, RIGHT, TOP, frame, timeAxis, valueAxis } from "./axes.js";
import { $, el, say, svg } from "./dom.js";
import { get } from "./service.js";
import { isNow, lastHours, move, show, shown as span, spanMs, toNow, zoom } from "./view.js";
import { clock, day, isoDay, midnight, number, power, t, zoneKnown } from "./words.js";
import { gestures } from "./zoom.js";

const LINES = [["pv_w", "pv", "PV"], ["home_w", "home", "Home"], ["ev_w", "ev", "Cars"], ["battery_w", "battery", "Battery (+ discharge)"], ["grid_w", "grid", "Grid (+ import)"]];
const WAIT = 250;
let gap = 300000, points = [], window_ = [0, 1], drawn = [0, 1], cursor = null, asked = 0, waiting = null;

$("legend").append(...LINES.map(([, kind, label]) => el("span", { class: kind }, t(label))), el("span", { class: "soc" }, t("State of charge (%)")));
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
new ResizeObserver(drawChart).observe($("chart"));

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

export function drawChart() {
  if (!zoneKnown()) return;
  const node = $("chart"), box = frame(node, 280), [from, to] = window_;
  const shown = points.filter((p) => p.at_ms >= from - gap && p.at_ms <= to + gap);
  if (shown.length < 2) { node.replaceChildren(); say($("probe"), isNow() ? t("The chart begins with the first minutes.") : t("Nothing is recorded for this time.")); return; }
  const start = isNow() ? Math.max(from, shown[0].at_ms) : from, end = isNow() ? shown.at(-1).at_ms : to;
  const all = shown.flatMap((p) => LINES.map(([key]) => p[key])).filter((v) => v !== null);
  const high = Math.max(1000, ...all), low = Math.min(0, ...all);
  const x = (ms) => box.left + (box.right - box.left) * (ms - start) / (end - start || 1), y = (w) => box.bottom - (box.bottom - box.top) * (w - low) / (high - low);
  const soc = (percent) => box.bottom - (box.bottom - box.top) * percent / 100;
  const path = (key, scale) => shown.reduce((d, p, i) => p[key] === null ? d :
    d + `${d && shown[i - 1]?.[key] !== null && p.at_ms - shown[i - 1].at_ms < gap ? "L" : "M"}${x(p.at_ms).toFixed(1)} ${scale(p[key]).toFixed(1)}`, "");
  const percents = shown.some((p) => p.soc_percent !== null) ? [0, 50, 100].map((value) => svg("text", { x: box.right + 6, y: soc(value) + 4, class: "tick" }, `${value} %`)) : [];
  node.replaceChildren(...timeAxis(box, x, start, end), ...valueAxis(box, y, low, high, (w, step) => number(w / 1000, step < 1000 ? 1 : 0), "kW"), ...percents,
    svg("path", { d: path("soc_percent", soc), class: "soc" }), ...LINES.map(([key, kind]) => svg("path", { d: path(key, y), class: `line ${kind}` })), svg("path", { d: "", class: "cursor", id: "cursor" }), svg("rect", { class: "chosen", id: "chosen", y: TOP, height: 280 - TOP - BOTTOM, width: 0 }));
  drawn = [start, end];
  probe();
}

function nearest(ms) { return points.reduce((a, b) => Math.abs(a.at_ms - ms) < Math.abs(b.at_ms - ms) ? a : b); }
const middle = () => cursor ?? (drawn[0] + drawn[1]) / 2;
function xOf(ms) {
  const width = $("chart").clientWidth || 600;
  return LEFT + (width - RIGHT - LEFT) * (Math.min(drawn[1], Math.max(drawn[0], ms)) - drawn[0]) / (drawn[1] - drawn[0] || 1);
}
function timeOf(x) {
  const part = (x - LEFT) / ($("chart").getBoundingClientRect().width - LEFT - RIGHT);
  return drawn[0] + Math.min(1, Math.max(0, part)) * (drawn[1] - drawn[0]);
}
function probe() {
  if (points.length < 2) return;
  const p = cursor === null ? points.at(-1) : nearest(cursor);
  $("cursor")?.setAttribute("d", cursor === null ? "" : `M${xOf(p.at_ms).toFixed(1)} ${TOP}V${280 - BOTTOM}`);
  say($("probe"), `${day(p.at_ms)} ${clock(p.at_ms, false)}: ` + LINES.map(([key, , label]) => `${t(label)} ${power(p[key])}`).join(", ") +
    (p.soc_percent === null ? "" : `, ${t("State of charge (%)")} ${number(p.soc_percent)}`));
}

gestures($("chart"), {
  time: timeOf,
  zoom(factor, at) { zoom(factor, at, now()); changed(); },
  show(from, to) { show(from, to, now()); changed(); },
  select(from, to) {
    const box = $("chosen");
    if (!box) return;
    box.setAttribute("x", from === undefined ? 0 : Math.min(xOf(from), xOf(to)));
    box.setAttribute("width", from === undefined ? 0 : Math.abs(xOf(to) - xOf(from)));
  },
});
$("chart").addEventListener("pointermove", (event) => { cursor = timeOf(event.clientX - $("chart").getBoundingClientRect().left); probe(); });
$("chart").addEventListener("pointerleave", () => { cursor = null; probe(); });
$("chart").addEventListener("keydown", (event) => {
  const act = { "+": () => zoom(0.5, middle(), now()), "-": () => zoom(2, middle(), now()), 0: toNow, Home: () => move(-1, now()), End: () => move(1, now()) }[event.key];
  const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -12, PageDown: 12 }[event.key];
  if (event.ctrlKey || event.altKey || event.metaKey || !(act || step)) return;
  event.preventDefault();
  if (act) { const at = cursor; act(); changed(); cursor = at; return; }
  if (points.length < 2) return;
  cursor = Math.min(drawn[1], Math.max(drawn[0], (cursor ?? drawn[1]) + step * Math.max(MINUTE, spanMs() / 288)));
  probe();
});
