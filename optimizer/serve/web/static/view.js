// The time that the chart of powers shows: up to now, or any time of the past, from a quarter of an hour to three days.

import { HOUR, MINUTE } from "./axes.js";

export const SHORTEST = 15 * MINUTE, LONGEST = 72 * HOUR;
let span = 24 * HOUR, until = null; // null: up to now

export const isNow = () => until === null;
export const spanMs = () => span;

export function shown(now) {
  const end = until ?? now;
  return [end - span, end];
}
export function show(from, to, now) {
  span = Math.min(LONGEST, Math.max(SHORTEST, to - from));
  until = to >= now - MINUTE ? null : to;
}
// Moves by parts of what is shown. -1 is one screen earlier.
export function move(parts, now) {
  const [from, to] = shown(now);
  show(from + parts * span, Math.min(now, to + parts * span), now);
}
// `factor` above 1 shows more time. What is at `at` stays where it is.
export function zoom(factor, at, now) {
  const [from, to] = shown(now), wanted = Math.min(LONGEST, Math.max(SHORTEST, span * factor));
  const end = Math.min(now, at + (to - at) * wanted / span);
  show(end - wanted, end, now);
}
export function lastHours(hours) {
  span = hours * HOUR;
}
export function toNow() {
  until = null;
}
