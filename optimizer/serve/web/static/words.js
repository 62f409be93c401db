// Words, numbers, and times in the language of the reader. English texts are the keys of the other languages.

const LANGUAGES = document.documentElement.dataset.languages.split(" ");
const wanted = [stored(), ...navigator.languages].map((tag) => (tag ?? "").slice(0, 2).toLowerCase());
export const language = wanted.find((tag) => LANGUAGES.includes(tag)) ?? "en";
export const languages = LANGUAGES;
document.documentElement.lang = language;

const words = language === "en" ? {} : await fetch(`words.${language}.json`).then((answer) => answer.json()).catch(() => ({}));

function stored() {
  try { return localStorage.getItem("language"); } catch { return null; }
}

export function choose(tag) {
  try { localStorage.setItem("language", tag); } catch { /* a private window keeps nothing */ }
  location.reload();
}

export function t(text, values = {}) {
  return (words[text] ?? text).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

// Elements with `data-t` have an English text; `data-label` is the same for aria-label.
export function translate(root = document) {
  for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.textContent.trim().replace(/\s+/g, " "));
  for (const node of root.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
}

const digits = (number, places) => number.toLocaleString(language, { minimumFractionDigits: places, maximumFractionDigits: places });
export const number = (value, places = 0) => value === null || value === undefined ? "?" : digits(value, places);
export const power = (w) => w === null || w === undefined ? "?" :
  Math.abs(w) >= 1000 ? `${digits(w / 1000, Math.abs(w) >= 10000 ? 1 : 2)} kW` : `${digits(Math.round(w) + 0, 0)} W`;
export const energy = (wh) => `${digits(wh / 1000, wh >= 100000 ? 0 : wh >= 10000 ? 1 : 2)} kWh`;
export const share = (ratio) => ratio === null ? "–" : `${digits(100 * ratio, 0)} %`;
export const span = (s) => s === null ? t("never") : s < 120 ? `${Math.round(s)} s` : s < 7200 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3600)} h`;
// A number and its unit stay on one line.
export const bound = (text) => text.replace(/(\d) (?=[A-Za-z%°€])/g, "$1\u00a0");
export const cents = (value) => `${digits(value, 1)} ct`;
let currency = "EUR";
export function useCurrency(code) { currency = code; }
// Money in units of 100 ct.
export const money = (ct) => ct === null || ct === undefined ? "?" : (ct / 100 + 0).toLocaleString(language, { style: "currency", currency });
// A day, a month, or a year by its ISO name, whatever the zone. `form` is that of a month.
export function dateIn(name, form = "long") {
  const [year, month, date] = name.split("-");
  const parts = { ...(form === "long" && { year: "numeric" }), ...(month && { month: form }), ...(date && { day: "numeric" }) };
  return new Intl.DateTimeFormat(language, { timeZone: "UTC", ...parts }).format(new Date(Date.UTC(year, (month ?? 1) - 1, date ?? 1)));
}

// Times are those of the house, wherever the page is read. `zone` is null until the house has told its own.
let zone = null, formats = {};
export const zoneKnown = () => zone !== null;
export const zoneName = () => zone;
export function useZone(name) {
  if (zone === name) return false;
  zone = name;
  const format = (options) => new Intl.DateTimeFormat(language, { timeZone: zone, hourCycle: "h23", ...options });
  formats = {
    minute: format({ hour: "2-digit", minute: "2-digit" }), second: format({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    day: format({ weekday: "short", day: "numeric", month: "short" }), parts: format({ hour: "2-digit", minute: "2-digit", second: "2-digit", year: "numeric", month: "2-digit", day: "2-digit" }),
  };
  return true;
}
export const clock = (at, seconds = true) => formats[seconds ? "second" : "minute"].format(new Date(at));
export const day = (at) => formats.day.format(new Date(at));
// A time with its day, if it is another day than `now`.
export const moment = (at, now) => day(at) === day(now) ? clock(at, false) : `${day(at)} ${clock(at, false)}`;
// Milliseconds since midnight of the house.
export function sinceMidnight(ms) {
  const part = Object.fromEntries(formats.parts.formatToParts(new Date(ms)).map(({ type, value }) => [type, Number(value)]));
  return ((part.hour * 60 + part.minute) * 60 + part.second) * 1000 + ((ms % 1000) + 1000) % 1000;
}
// The day of the house by its ISO name, and the first moment of that day.
export function isoDay(ms) {
  const part = Object.fromEntries(formats.parts.formatToParts(new Date(ms)).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day}`;
}
export function midnight(name) {
  const noon = Date.parse(`${name}T12:00:00Z`);
  // A day is 23 to 25 hours long, and zones reach from 12 hours behind UTC to 14 hours before it.
  for (let ms = noon - 27 * 3600000; ms <= noon + 13 * 3600000; ms += 900000) if (isoDay(ms) === name) return ms;
  return noon;
}
