// What the schedule of the next hours costs, with those of its parts that are not zero.

import { moment, money, t } from "./words.js";

const LEAST_CT = 0.5;

export function costOf(scheduled, now) {
  if (scheduled.cost_ct === null || !scheduled.slots.length) return "";
  const costs = scheduled.costs, parts = !costs ? [] : [
    [costs.import_ct, t("import")], [-costs.feed_in_ct, t("feed-in")], [costs.wear_ct, t("wear of the battery")], [costs.changes_ct, t("starts and other changes")],
  ].filter(([ct]) => Math.abs(ct) >= LEAST_CT).map(([ct, name]) => `${name} ${money(ct)}`);
  const total = t("Expected cost of the schedule until {time}: {cost}", { time: moment(scheduled.slots.at(-1).end, now), cost: money(scheduled.cost_ct) });
  return `${total}${parts.length ? ` (${parts.join(", ")})` : ""}.`;
}
