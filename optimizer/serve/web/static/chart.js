// The chart of the powers. Drawn in pixels of the screen, so that no text is distorted.

import { BOTTOM, HOUR, LEFT, MINUTE, RIGHT, TOP, frame, timeAxis, valueAxis } from "./axes.js";
import { $, el, svg } from "./dom.js";
import { get } from "./service.js";
import { clock, day, number, power, t, zoneKnown } from "./words.js";

const LINES = [["pv_w", "pv", "PV"], ["home_w", "home", "Home"], ["ev_w", "ev", "Cars"], ["battery_w", "battery", "Battery (+ discharge)"], ["grid_w", "grid", "Grid (+ import)"]];
let gap = 300000, points = [], hours = 24, back = 0, window_ = [0, 1], cursor = null;

$("legend").append(...LINES.map(([, kind, label]) => el("span", { class: kind }, t(label))), el("span", { class: "soc" }, t("State of charge (%)")));
for (const [button, step] of [["day-back", 1], ["day-on", -1]]) $(button).addEventListener("click", () => { back = Math.max(0, back + step); fetchDay(); });
$("span").addEventListener("change", (event) => { hours = Number(event.target.value); fetchDay(); });
new ResizeObserver(drawChart).observe($("chart"));

export async function fetchDay() {
  const until = Date.now() + (fetchDay.offset ?? 0) - back * hours * HOUR;
  const query = back ? `hours=${hours}&until=${encodeURIComponent(new Date(until).toISOString())}` : `hours=${hours}`;
  const history = await get(`history?${query}`);
  if (history) gap = Math.max(300000, 2500 * history.step_s);
  if (history) points = history.rows.map((row) => Object.fromEntries(history.columns.map((name, i) => [name, row[i]])));
  window_ = [until - hours * HOUR, until];
  $("day-on").disabled = back === 0;
  cursor = null;
  drawChart();
}

export function drawChart() {
  if (!zoneKnown()) return;
  const node = $("chart"), box = frame(node, 280), [from, to] = window_;
  const shown = points.filter((p) => p.at_ms >= from - gap && p.at_ms <= to + gap);
  if (shown.length < 2) { node.replaceChildren(); $("probe").textContent = back ? t("Nothing is recorded for this time.") : t("The chart begins with the first minutes."); return; }
  const start = back ? from : Math.max(from, shown[0].at_ms), end = back ? to : shown.at(-1).at_ms;
  const all = shown.flatMap((p) => LINES.map(([key]) => p[key])).filter((v) => v !== null);
  const high = Math.max(1000, ...all), low = Math.min(0, ...all);
  const x = (ms) => box.left + (box.right - box.left) * (ms - start) / (end - start || 1), y = (w) => box.bottom - (box.bottom - box.top) * (w - low) / (high - low);
  const soc = (percent) => box.bottom - (box.bottom - box.top) * percent / 100;
  const path = (key, scale) => shown.reduce((d, p, i) => p[key] === null ? d :
    d + `${d && shown[i - 1]?.[key] !== null && p.at_ms - shown[i - 1].at_ms < gap ? "L" : "M"}${x(p.at_ms).toFixed(1)} ${scale(p[key]).toFixed(1)}`, "");
  const percents = shown.some((p) => p.soc_percent !== null) ? [0, 50, 100].map((value) => svg("text", { x: box.right + 6, y: soc(value) + 4, class: "tick" }, `${value} %`)) : [];
  node.replaceChildren(...timeAxis(box, x, start, end), ...valueAxis(box, y, low, high, (w, step) => number(w / 1000, step < 1000 ? 1 : 0), "kW"), ...percents,
    svg("path", { d: path("soc_percent", soc), class: "soc" }), ...LINES.map(([key, kind]) => svg("path", { d: path(key, y), class: `line ${kind}` })), svg("path", { d: "", class: "cursor", id: "cursor" }));
  node.dataset.start = start; node.dataset.end = end;
  probe();
}

function nearest(ms) { return points.reduce((a, b) => Math.abs(a.at_ms - ms) < Math.abs(b.at_ms - ms) ? a : b); }
function probe() {
  if (points.length < 2) return;
  const p = cursor === null ? points.at(-1) : nearest(cursor), node = $("chart"), width = node.clientWidth || 600;
  const x = LEFT + (width - RIGHT - LEFT) * (p.at_ms - Number(node.dataset.start)) / (Number(node.dataset.end) - Number(node.dataset.start) || 1);
  $("cursor")?.setAttribute("d", cursor === null ? "" : `M${x.toFixed(1)} ${TOP}V${280 - BOTTOM}`);
  $("probe").textContent = `${day(p.at_ms)} ${clock(p.at_ms, false)}: ` + LINES.map(([key, , label]) => `${t(label)} ${power(p[key])}`).join(", ") +
    (p.soc_percent === null ? "" : `, ${t("State of charge (%)")} ${number(p.soc_percent)}`);
}
function point(event) {
  const node = $("chart"), box = node.getBoundingClientRect(), part = (event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT);
  cursor = Number(node.dataset.start) + part * (Number(node.dataset.end) - Number(node.dataset.start));
  probe();
}
$("chart").addEventListener("pointermove", point);
$("chart").addEventListener("pointerleave", () => { cursor = null; probe(); });
$("chart").addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -12, PageDown: 12 }[event.key];
  if (!step || points.length < 2) return;
  event.preventDefault();
  cursor = Math.min(Number($("chart").dataset.end), Math.max(Number($("chart").dataset.start), (cursor ?? Number($("chart").dataset.end)) + step * 5 * MINUTE));
  probe();
});
