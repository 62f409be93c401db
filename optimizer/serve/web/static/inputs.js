// The inputs of the house: switches, numbers, choices, and times of the owner, which rules read.

import { clockField, clockOf } from "./clock.js";
import { $, el, keyed, prune, say } from "./dom.js";
import { change } from "./service.js";
import { tell } from "./toast.js";
import { moment, number, t } from "./words.js";

const SWITCH = [["true", "On"], ["false", "Off"]];
const HOURS = 3600;

export function drawInputs(status, mayChange) {
  const box = $("inputs");
  $("inputs-section").hidden = !status.inputs.length;
  $("top").classList.toggle("inputs", status.inputs.length > 0);
  prune(box, status.inputs.map((one) => one.name));
  for (const one of status.inputs) update(keyed(box, one.name, () => card(one)), one, status, mayChange);
}

function card(one) {
  const parts = [el("h3", {}, one.about || one.name), el("p", { class: "state" })];
  if (one.settable) parts.push(control(one), el("p", { class: "by" }, el("span"), " ", el("button", { type: "button", class: "end", click: () => set(one, null) }, t("Clear"))));
  else parts.push(el("p", { class: "by" }, el("span")));
  return el("article", { class: "card", "aria-label": one.about || one.name, "data-input": one.name }, ...parts);
}

function control(one) {
  const label = one.about || one.name;
  if (one.type === "switch" || one.type === "choice") {
    const options = one.type === "switch" ? SWITCH.map(([value, text]) => [value, t(text)]) : one.options.map((word) => [word, word]);
    return el("div", { class: "choices", role: "group", "aria-label": label }, ...options.map(([value, text]) =>
      el("button", { type: "button", value, click: () => set(one, one.type === "switch" ? value === "true" : value) }, text)));
  }
  const unit = one.unit ? ` (${one.unit})` : "", isTime = one.type === "time";
  const field = isTime ? clockField(label) : el("input", { type: "number", inputmode: "decimal", step: "any", min: one.low, max: one.high, "aria-label": `${label}${unit}` });
  return el("form", { class: "choices", novalidate: true, submit: (event) => {
    event.preventDefault();
    const time = isTime ? clockOf(field.value) : null;
    if (isTime ? time === null : field.value === "" || !field.checkValidity()) { tell(isTime ? t("A time of day such as 07:00") : range(one)); return; }
    if (isTime) field.value = time;
    set(one, isTime ? time : Number(field.value));
  } }, el("span", { class: "label" }, `${label}${unit}`), field, el("button", {}, t("Set")));
}

const range = (one) => one.low === null || one.high === null ? t("A number") :
  t("A number from {low} to {high} {unit}", { low: number(one.low), high: number(one.high), unit: one.unit });

async function set(one, value) {
  const before = one.value, problem = await change("POST", `inputs/${encodeURIComponent(one.name)}`, { value, by: "page" });
  tell(problem || t("Done, from the next decision on."), Boolean(problem), problem ? null : () => set(one, one.type === "time" && before !== null ? timeText(before) : before));
}

const timeText = (s) => `${String(Math.floor(s / HOURS)).padStart(2, "0")}:${String(Math.floor(s % HOURS / 60)).padStart(2, "0")}`;

function update(node, one, status, mayChange) {
  // The handlers of the card read this record: it has the value of now.
  Object.assign(node.given ??= one, one);
  const shown = one.type === "switch" && one.value !== null ? t(one.value ? "On" : "Off") : one.value === null ? t("unknown") : one.text;
  say(node.querySelector(".state"), one.value === null && one.why ? `${shown}: ${one.why}` : shown);
  const by = one.source ? t("from {source}", { source: one.source }) : one.by ? t("set by {who}, {time}", { who: one.by, time: moment(one.at, status.at) }) : t("the default");
  say(node.querySelector(".by span"), by);
  for (const button of node.querySelectorAll("button[value]")) button.setAttribute("aria-pressed", button.value === String(one.value));
  for (const part of node.querySelectorAll("button, input")) part.disabled = !mayChange;
  const end = node.querySelector(".end");
  if (end) end.hidden = !one.by || !mayChange;
}
