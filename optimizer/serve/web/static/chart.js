// Charts with axes: the powers of a day, and the prices. Drawn in pixels of the screen, so that no text is distorted.

import { $, el, svg } from "./dom.js";
import { get } from "./service.js";
import { cents, clock, day, number, power, sinceMidnight, t, zoneKnown } from "./words.js";

const LINES = [["pv_w", "pv", "PV"], ["home_w", "home", "Home"], ["ev_w", "ev", "Cars"], ["battery_w", "battery", "Battery (+ discharge)"], ["grid_w", "grid", "Grid (+ import)"]];
const MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR, GAP = 300000;
const LEFT = 52, RIGHT = 44, TOP = 20, BOTTOM = 26;
let points = [], hours = 24, back = 0, window_ = [0, 1], cursor = null, prices = null;

$("legend").append(...LINES.map(([, kind, label]) => el("span", { class: kind }, t(label))), el("span", { class: "soc" }, t("State of charge (%)")));
for (const [button, step] of [["day-back", 1], ["day-on", -1]]) $(button).addEventListener("click", () => { back = Math.max(0, back + step); fetchDay(); });
$("span").addEventListener("change", (event) => { hours = Number(event.target.value); fetchDay(); });
new ResizeObserver(() => { drawChart(); drawPrices(); }).observe($("chart"));

export async function fetchDay() {
  const until = Date.now() + (fetchDay.offset ?? 0) - back * hours * HOUR;
  const query = back ? `hours=${hours}&until=${encodeURIComponent(new Date(until).toISOString())}` : `hours=${hours}`;
  const history = await get(`history?${query}`);
  if (history) points = history.rows.map((row) => Object.fromEntries(history.columns.map((name, i) => [name, row[i]])));
  window_ = [until - hours * HOUR, until];
  $("day-on").disabled = back === 0;
  cursor = null;
  drawChart();
}

// A step of 1, 2, or 5 times a power of ten, so that about `count` of them fit.
function niceStep(range, count) {
  const rough = range / count, unit = 10 ** Math.floor(Math.log10(rough));
  return unit * ([1, 2, 5, 10].find((one) => one * unit >= rough) ?? 10);
}
function timeTicks(from, to, width) {
  const minutes = [5, 10, 30, 60, 120, 180, 360, 720, 1440].find((step) => (to - from) / (step * MINUTE) <= width / 64) ?? 1440;
  const ticks = [], first = from - sinceMidnight(from) % (minutes * MINUTE);
  // A change to or from daylight saving time moves the ticks: those that no longer fit the clock are left out.
  for (let ms = first; ms <= to; ms += Math.min(minutes, 60) * MINUTE) if (ms >= from && Math.round(sinceMidnight(ms) / MINUTE) % minutes === 0) ticks.push(ms);
  return ticks;
}
const tickLabel = (ms) => sinceMidnight(ms) < 60000 ? day(ms) : clock(ms, false);

function frame(node, height) {
  const width = node.clientWidth || 600;
  node.setAttribute("viewBox", `0 0 ${width} ${height}`);
  return { width, height, left: LEFT, right: width - RIGHT, top: TOP, bottom: height - BOTTOM };
}
function timeAxis(box, x, from, to) {
  return timeTicks(from, to, box.right - box.left).flatMap((ms) => [svg("path", { d: `M${x(ms)} ${box.top}V${box.bottom}`, class: "rule-line" }),
    svg("text", { x: x(ms), y: box.height - 8, class: "tick middle" }, tickLabel(ms))]);
}
function valueAxis(box, y, low, high, label, unit) {
  const step = niceStep(high - low, 5), ticks = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step / 1000; value += step) ticks.push(value);
  return [...ticks.flatMap((value) => [svg("path", { d: `M${box.left} ${y(value)}H${box.right}`, class: Math.abs(value) < step / 1000 ? "axis" : "rule-line" }),
    svg("text", { x: box.left - 6, y: y(value) + 4, class: "tick end" }, label(value, step))]), svg("text", { x: box.left - 6, y: 12, class: "tick end" }, unit)];
}

export function drawChart() {
  if (!zoneKnown()) return;
  const node = $("chart"), box = frame(node, 280), [from, to] = window_;
  const shown = points.filter((p) => p.at_ms >= from - GAP && p.at_ms <= to + GAP);
  if (shown.length < 2) { node.replaceChildren(); $("probe").textContent = back ? t("Nothing is recorded for this time.") : t("The chart begins with the first minutes."); return; }
  const start = back ? from : Math.max(from, shown[0].at_ms), end = back ? to : shown.at(-1).at_ms;
  const all = shown.flatMap((p) => LINES.map(([key]) => p[key])).filter((v) => v !== null);
  const high = Math.max(1000, ...all), low = Math.min(0, ...all);
  const x = (ms) => box.left + (box.right - box.left) * (ms - start) / (end - start || 1), y = (w) => box.bottom - (box.bottom - box.top) * (w - low) / (high - low);
  const soc = (percent) => box.bottom - (box.bottom - box.top) * percent / 100;
  const path = (key, scale) => shown.reduce((d, p, i) => p[key] === null ? d :
    d + `${d && shown[i - 1]?.[key] !== null && p.at_ms - shown[i - 1].at_ms < GAP ? "L" : "M"}${x(p.at_ms).toFixed(1)} ${scale(p[key]).toFixed(1)}`, "");
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

// Prices --------------------------------------------------------------------------------------------------------------
const slotAt = (list, ms) => list.find((slot) => Date.parse(slot.start) <= ms && ms < Date.parse(slot.end));

export async function fetchPrices() {
  prices = await get("prices") ?? prices;
  drawPrices();
}

function drawPrices() {
  if (!zoneKnown() || prices === null) return;
  const now = Date.parse(prices.now), from = now - sinceMidnight(now), shown = prices.import.filter((slot) => Date.parse(slot.end) > from);
  $("prices-section").hidden = !shown.length && !prices.sources.length;
  if ($("prices-section").hidden) return;
  const node = $("prices"), box = frame(node, 170), to = shown.length ? Date.parse(shown.at(-1).end) : from + DAY, all = shown.map((slot) => slot.ct);
  const high = Math.max(1, ...all), low = Math.min(0, ...all), cheap = [...all].sort((a, b) => a - b)[Math.floor(all.length / 4)];
  const x = (ms) => box.left + (box.right - box.left) * (ms - from) / (to - from), y = (value) => box.bottom - (box.bottom - box.top) * (value - low) / (high - low);
  node.replaceChildren(...timeAxis(box, x, from, to), ...valueAxis(box, y, low, high, (value, step) => number(value, step < 1 ? 1 : 0), "ct"),
    ...shown.map((slot) => {
      const left = x(Math.max(from, Date.parse(slot.start))), right = x(Date.parse(slot.end));
      return svg("rect", { x: left, width: Math.max(.5, right - left - .6), y: Math.min(y(slot.ct), y(0)), height: Math.max(.5, Math.abs(y(slot.ct) - y(0))), class: slot.ct <= cheap ? "cheap" : "price" });
    }), svg("path", { d: `M${x(now)} ${box.top}V${box.bottom}`, class: "cursor" }));
  node.onpointermove = (event) => {
    const at = node.getBoundingClientRect();
    sayPrice(from + (event.clientX - at.left - LEFT) / (at.width - LEFT - RIGHT) * (to - from));
  };
  node.onpointerleave = () => sayPrice(now);
  if (!node.matches(":hover")) sayPrice(now);
}

function sayPrice(ms) {
  const bought = slotAt(prices.import, ms), sold = slotAt(prices.feed_in, ms);
  const parts = bought ? Object.entries(bought.parts).map(([name, value]) => `${name} ${cents(value)}`).join(", ") : "";
  const trouble = prices.sources.filter((source) => source.problem).map((source) => `${source.name}: ${source.problem}`);
  $("price-probe").textContent = [`${clock(ms, false)}: ${t("import")} ${bought ? cents(bought.ct) : t("unknown")}${parts ? ` (${parts})` : ""}, ${t("feed-in")} ${sold ? cents(sold.ct) : t("unknown")}.`,
    `${t("Sources")}: ${prices.sources.map((source) => source.service).join(", ") || t("settings")}.`, ...trouble].join(" ");
}
