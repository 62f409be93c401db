// The goal of a charger: what its car needs, and when it leaves.

import { clockField, clockOf } from "./clock.js";
import { el, say } from "./dom.js";
import { change } from "./service.js";
import { tell } from "./toast.js";
import { energy, moment, t } from "./words.js";

const LIMITS = { "%": [1, 100], kWh: [0.1, 500] };

export function goalForm(charger) {
  const aim = el("input", { type: "number", inputmode: "decimal", min: 0.1, max: 500, step: "any", "aria-label": t("Goal") });
  const unit = el("select", { "aria-label": t("Unit of the goal") }, el("option", { value: "%" }, "%"), el("option", { value: "kWh" }, "kWh"));
  const ready = clockField(t("Ready at"), "07:00");
  const form = el("form", { class: "choices goal", novalidate: true, submit: async (event) => {
    event.preventDefault();
    const [low, high] = LIMITS[unit.value], value = Number(aim.value);
    if (aim.value === "" || value < low || value > high) { tell(t("A number from {low} to {high} {unit}", { low, high, unit: unit.value })); return; }
    const time = clockOf(ready.value);
    if (time === null) { tell(t("A time of day such as 07:00")); return; }
    ready.value = time;
    const problem = await change("POST", "goals", { charger, goal: `${aim.value}${unit.value}`, ready: time, by: "page" });
    tell(problem || t("The goal is set."), Boolean(problem), problem ? null : () => end(charger));
  } }, el("span", { class: "label" }, t("Goal and time of departure")), aim, unit, ready, el("button", {}, t("Set")),
    el("p", { class: "by" }, el("span"), " ", el("button", { type: "button", class: "end", hidden: true, click: () => end(charger) }, t("End"))), pauseRow(charger));
  return form;
}

// Repeating goals pause while the owner is away: until the morning of a day.
function pauseRow(charger) {
  const path = `goals/${encodeURIComponent(charger)}/pause`, until = el("input", { type: "date", "aria-label": t("First day on which the goals hold again") });
  const resume = async () => { const problem = await change("DELETE", path); tell(problem || t("The repeating goals hold again."), Boolean(problem)); };
  const pause = async () => {
    if (!until.value) { tell(t("Choose the first day on which the goals hold again.")); return; }
    const problem = await change("POST", path, { until: until.value, by: "page" });
    tell(problem || t("The repeating goals pause."), Boolean(problem), problem ? null : resume);
  };
  return el("p", { class: "by pause", hidden: true }, el("span"), " ", until, el("button", { type: "button", class: "pause-on", click: pause }, t("Pause repeating goals")),
    el("button", { type: "button", class: "pause-off", click: resume }, t("End the pause")));
}

function drawPause(row, goal, status) {
  row.hidden = !goal.repeats && !goal.paused_until;
  say(row.querySelector("span"), goal.paused_until ? t("Repeating goals pause until {time}.", { time: moment(goal.paused_until, status.at) }) : t("Away? Goals hold again from"));
  row.querySelector("input").hidden = row.querySelector(".pause-on").hidden = Boolean(goal.paused_until);
  row.querySelector(".pause-off").hidden = !goal.paused_until;
}

async function end(charger) {
  const problem = await change("DELETE", `goals/${encodeURIComponent(charger)}`);
  tell(problem || t("The goal has ended."), Boolean(problem));
}

export function drawGoal(form, goal, status, mayChange) {
  if (!form) return;
  form.hidden = !goal;
  if (!goal) return;
  unitFor(form, status.house.evs.find(({ name }) => name === goal.charger));
  say(form.querySelector(".by span"), sentence(goal, status));
  drawPause(form.querySelector(".pause"), goal, status);
  for (const part of form.querySelectorAll("button, input, select")) part.disabled = !mayChange;
  form.querySelector(".end").hidden = !goal.once || !mayChange;
}

// A goal in % needs a car whose state of charge is known. The choice of the reader stays.
function unitFor(form, ev) {
  if (form.dataset.unit || !ev) return;
  form.dataset.unit = form.querySelector("select").value = ev.soc_percent === null ? "kWh" : "%";
}

function sentence(goal, status) {
  if (goal.state === "none") return t("There is no goal.");
  const ready = moment(goal.ready, status.at), needs = goal.needs_wh === null ? "" : energy(goal.needs_wh), lacks = goal.lacks_wh === null ? "" : energy(goal.lacks_wh);
  const what = t("{goal} by {ready}", { goal: goal.goal, ready });
  const how = { away: t("the car is away"), open: needs ? t("{needs} to go", { needs }) : "", reached: t("reached"), overdue: t("not reached in time"),
    impossible: t("{lacks} will be missing, also with full power", { lacks }), unknown: t("it is not known how much is missing") }[goal.state];
  return [`${what}${how ? `: ${how}` : ""}.`, goal.once && goal.by ? t("Set by {who}.", { who: goal.by }) : ""].filter(Boolean).join(" ");
}
