// Axes of the charts in SVG (energy.js, ahead.js), in pixels of the screen.

import { svg } from "./dom.js";
import { clock, day, sinceMidnight } from "./words.js";

export const MINUTE = 60000, HOUR = 60 * MINUTE;
export const LEFT = 52, RIGHT = 44, TOP = 20, BOTTOM = 26;

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
export const tickLabel = (ms) => sinceMidnight(ms) < 60000 ? day(ms) : clock(ms, false);

export function frame(node, height) {
  const width = node.clientWidth || 600;
  node.setAttribute("viewBox", `0 0 ${width} ${height}`);
  return { width, height, left: LEFT, right: width - RIGHT, top: TOP, bottom: height - BOTTOM };
}
export function timeAxis(box, x, from, to) {
  return timeTicks(from, to, box.right - box.left).flatMap((ms) => [svg("path", { d: `M${x(ms)} ${box.top}V${box.bottom}`, class: "rule-line" }),
    svg("text", { x: x(ms), y: box.height - 8, class: "tick middle" }, tickLabel(ms))]);
}
export function valueAxis(box, y, low, high, label, unit) {
  const step = niceStep(high - low, 5), ticks = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step / 1000; value += step) ticks.push(Math.round(value / step) * step + 0);  // + 0: no "-0"
  return [...ticks.flatMap((value) => [svg("path", { d: `M${box.left} ${y(value)}H${box.right}`, class: Math.abs(value) < step / 1000 ? "axis" : "rule-line" }),
    svg("text", { x: box.left - 6, y: y(value) + 4, class: "tick end" }, label(value, step))]), svg("text", { x: box.left - 6, y: 12, class: "tick end" }, unit)];
}
