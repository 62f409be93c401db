// The next 36 hours: the price of each slot as a bar, the PV power that is expected with its range, and the schedule.
// It stays SVG: uPlot has no slots of any length and no lanes, so both would be drawn by hand on its canvas.

import { HOUR, LEFT, RIGHT, frame, timeAxis, valueAxis } from "./axes.js";
import { costOf } from "./cost.js";
import { $, say, speak, svg } from "./dom.js";
import { drawLanes, heightOf, lanesOf, reasonsOf } from "./lanes.js";
import { get } from "./service.js";
import { cents, day, clock, energy, number, power, t, zoneKnown } from "./words.js";

const AHEAD = 36 * HOUR, HEIGHT = 190;
let prices = null, forecast = null, scheduled = null;

new ResizeObserver(drawAhead).observe($("ahead"));

export async function fetchAhead() {
  [prices, forecast, scheduled] = [await get("prices") ?? prices, await get("forecast") ?? forecast, await get("schedule") ?? scheduled];
  drawAhead();
}

const within = (list, from, to) => list.filter((slot) => Date.parse(slot.end) > from && Date.parse(slot.start) < to);
const slotAt = (list, ms) => list.find((slot) => Date.parse(slot.start) <= ms && ms < Date.parse(slot.end));

function drawAhead() {
  if (!zoneKnown() || !prices || !forecast || !scheduled) return;
  const now = Date.parse(prices.now), from = now - now % HOUR, to = from + AHEAD;
  const bars = within(prices.import, from, to), sun = within(forecast.slots, from, to).filter((slot) => slot.pv_w !== null);
  const lanes = lanesOf(within(scheduled.slots, from, to));
  $("ahead-section").hidden = !bars.length && !prices.sources.length && !sun.length && !lanes.length;
  $("ahead-lanes").hidden = !lanes.length;
  say($("ahead-cost"), costOf(scheduled, prices.now));
  $("ahead-cost").hidden = !$("ahead-cost").textContent;
  if ($("ahead-section").hidden) return;
  const node = $("ahead"), more = heightOf(lanes), box = frame(node, HEIGHT + more);
  node.style.height = `${HEIGHT + more}px`;
  box.bottom -= more;
  const x = (ms) => box.left + (box.right - box.left) * (Math.min(to, Math.max(from, ms)) - from) / (to - from);
  const scale = (low, high) => (value) => box.bottom - (box.bottom - box.top) * (value - low) / (high - low);
  node.replaceChildren(...timeAxis(box, x, from, to), ...drawPrices(box, x, scale, bars), ...drawSun(box, x, scale, sun), ...drawLanes(box, x, lanes),
    svg("path", { d: `M${x(now)} ${box.top}V${box.bottom + more}`, class: "cursor" }));
  const at = (event) => { const place = node.getBoundingClientRect(); return from + (event.clientX - place.left - LEFT) / (place.width - LEFT - RIGHT) * (to - from); };
  node.onpointermove = (event) => sayAt(at(event));
  node.onpointerleave = () => sayAt(now);
  node.onkeydown = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    node.dataset.at = Math.min(to - 1, Math.max(from, Number(node.dataset.at ?? now) + step * HOUR));
    sayAt(Number(node.dataset.at));
    speak($("ahead-probe").textContent);
  };
  if (!node.matches(":hover, :focus")) sayAt(now);
}

function drawPrices(box, x, scale, bars) {
  if (!bars.length) return [];
  const all = bars.map((slot) => slot.ct), high = Math.max(1, ...all), low = Math.min(0, ...all), y = scale(low, high), cheap = [...all].sort((a, b) => a - b)[Math.floor(all.length / 4)];
  // The cheapest quarter is green, but no price that is also the highest one. A single price is neither cheap nor not.
  const most = Math.max(...all), kind = ({ ct }) => Math.min(...all) === most ? "price flat" : ct <= cheap && ct < most ? "cheap" : "price";
  return [...valueAxis(box, y, low, high, (value, step) => number(value, step < 1 ? 1 : 0), "ct"), ...bars.map((slot) => {
    const left = x(Date.parse(slot.start)), right = x(Date.parse(slot.end));
    return svg("rect", { x: left, width: Math.max(.5, right - left - .6), y: Math.min(y(slot.ct), y(0)), height: Math.max(.5, Math.abs(y(slot.ct) - y(0))), class: kind(slot) });
  })];
}

function drawSun(box, x, scale, sun) {
  if (!sun.length) return [];
  const high = Math.max(1000, ...sun.map((slot) => slot.pv_high_w ?? slot.pv_w)), y = scale(0, high);
  const line = (list, key) => list.map((slot) => `${x((Date.parse(slot.start) + Date.parse(slot.end)) / 2).toFixed(1)} ${y(slot[key]).toFixed(1)}`).join("L");
  const ranged = sun.filter((slot) => slot.pv_low_w !== null && slot.pv_high_w !== null);
  const band = ranged.length > 1 ? [svg("path", { d: `M${line(ranged, "pv_high_w")}L${line([...ranged].reverse(), "pv_low_w")}Z`, class: "band" })] : [];
  const ticks = [0, high / 2, high].map((w) => svg("text", { x: box.right + 6, y: y(w) + 4, class: "tick" }, number(w / 1000, 1)));
  return [...band, svg("path", { d: `M${line(sun, "pv_w")}`, class: "line pv" }), ...ticks, svg("text", { x: box.right + 6, y: 12, class: "tick" }, "kW")];
}

// The parts of a price that are not fees: those have the names of the settings.
const PARTS = { energy: () => t("energy"), market: () => t("market"), VAT: () => t("VAT"), deduction: () => t("deduction"), "negative market": () => t("negative market") };

function sayAt(ms) {
  const bought = slotAt(prices.import, ms), sold = slotAt(prices.feed_in, ms), slot = slotAt(forecast.slots, ms), parts = [];
  if (prices.import.length || prices.sources.length) {
    const made = bought ? Object.entries(bought.parts).map(([name, value]) => `${PARTS[name]?.() ?? name} ${cents(value)}`).join(", ") : "";
    parts.push(`${t("import")} ${bought ? cents(bought.ct) : t("unknown")}${made ? ` (${made})` : ""}`, `${t("feed-in")} ${sold ? cents(sold.ct) : t("unknown")}`);
  }
  if (forecast.slots.length) parts.push(`${t("PV expected")} ${slot && slot.pv_w !== null ? power(slot.pv_w) : t("unknown")}`);
  const days = forecast.days.filter((one) => one.pv_wh !== null).slice(0, 2).map((one) => `${day(`${one.date}T12:00:00Z`)} ${energy(one.pv_wh)}`);
  const sources = [...prices.sources, ...forecast.sources], trouble = sources.filter((source) => source.problem).map((source) => `${source.name}: ${source.problem}`);
  if (scheduled.problem) trouble.push(t("Schedule: {problem}. Next attempt: {time}.", { problem: scheduled.problem, time: scheduled.next_try ? clock(scheduled.next_try, false) : t("unknown") }));
  $("ahead-probe").textContent = [`${clock(ms, false)}: ${parts.join(", ")}.`, ...reasonsOf(slotAt(scheduled.slots, ms)), days.length ? `${t("PV expected")}: ${days.join(", ")}.` : "",
    `${t("Sources")}: ${sources.map((source) => source.service).join(", ") || t("settings")}.`, ...trouble].filter(Boolean).join(" ");
}
