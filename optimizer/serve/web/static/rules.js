// The rules: what each one does now, and its switch. A switch holds above the file, which stays as it is.

import { $, el, keyed, prune, say } from "./dom.js";
import { mayChange } from "./control.js";
import { change } from "./service.js";
import { tell } from "./toast.js";
import { moment, t } from "./words.js";

const PHASE = { idle: "idle", pending: "waits", active: "active", ending: "ends soon", disabled: "switched off" };
const STATES = [["true", "On"], ["dry-run", "Dry run"], ["false", "Off"]];
let drawn = null, held = new Map();

export function drawRules(explained, status, terms) {
  if (!explained) return;
  drawn = [explained, status, terms];
  const box = $("rules"), key = (rule) => `${rule.rule}${rule.limits ? " limits" : ""}`;
  held = new Map(status.rules_by_hand.map((one) => [one.rule, one.enabled]));
  prune(box, explained.rules.map(key));
  for (const rule of explained.rules) {
    const node = keyed(box, key(rule), () => card(rule)), byHand = held.get(rule.rule);
    const state = [t(PHASE[rule.phase] ?? rule.phase), rule.enabled === "dry-run" ? t("dry run") : "", rule.due ? t("until {time}", { time: moment(rule.due, status.at) }) : "",
      byHand ? t("switched by hand") : ""].filter(Boolean).join(", ");
    const head = node.querySelector("summary"), active = rule.phase === "active";
    head.replaceChildren(el("span", { class: active ? "good" : "faint" }, active ? "● " : "○ "), el("b", {}, rule.rule), el("span", { class: "faint" }, ` ${state}`));
    if (!node.open) continue;
    node.querySelector(".said").replaceChildren(...[rule.about && el("p", {}, rule.about), ...terms(rule, true)].filter(Boolean));
    for (const button of node.querySelectorAll("button")) button.disabled = !mayChange;
    for (const button of node.querySelectorAll("button[value]")) button.setAttribute("aria-pressed", button.value === (byHand ?? (rule.in_file ?? rule.enabled)));
    say(node.querySelector(".by span"), byHand ? t("Switched by hand until you end it. The file is not changed.") : t("As in the file."));
    node.querySelector(".end").hidden = !byHand || !mayChange;
    say(node.querySelector(".place"), t("To change it for good, edit {place}.", { place: rule.place }));
  }
}

function card(rule) {
  return el("details", { toggle: () => drawRules(...drawn) }, el("summary"), el("div", { class: "said" }),
    el("div", { class: "choices", role: "group", "aria-label": t("Rule {rule}", rule) },
      ...STATES.map(([value, text]) => el("button", { type: "button", value, click: () => set(rule.rule, value) }, t(text))),
      el("p", { class: "by" }, el("span"), " ", el("button", { type: "button", class: "end", click: () => set(rule.rule, null) }, t("End")))),
    el("p", { class: "faint place" }));
}

async function set(rule, enabled) {
  const before = held.get(rule) ?? null, address = `rules/${encodeURIComponent(rule)}`;
  const problem = enabled === null ? await change("DELETE", address) : await change("POST", address, { enabled });
  tell(problem || t("Done, from the next decision on."), Boolean(problem), problem ? null : () => set(rule, before));
}
