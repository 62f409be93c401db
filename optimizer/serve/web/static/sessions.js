// The visits of cars by month: energy by source, cost, meter, and goal, with their sums and a file for spreadsheets.

import { $, el, table } from "./dom.js";
import { address, get } from "./service.js";
import { clock, dateIn, day, energy, money, number, share, span, t, zoneKnown } from "./words.js";

let months = [], month = "", list = [];

export const shownMonths = () => months;

$("month").addEventListener("change", (event) => { month = event.target.value; fetchSessions(); });

export async function fetchSessions() {
  months = await get("sessions/months") ?? months;
  const chosen = months.some((one) => one.month === month) ? month : months.at(-1)?.month ?? "";
  const found = chosen ? await get(`sessions?month=${chosen}`) : [];
  if (found) [month, list] = [chosen, found];
  drawSessions();
  document.dispatchEvent(new Event("sessions"));
}

function drawSessions() {
  $("sessions-section").hidden = !zoneKnown();
  if (!zoneKnown()) return;
  $("sessions-bar").hidden = !months.length;
  const names = [...months].reverse().map((one) => one.month);
  if ($("month").dataset.names !== names.join()) {
    $("month").dataset.names = names.join();
    $("month").replaceChildren(...names.map((name) => el("option", { value: name }, dateIn(name))));
  }
  $("month").value = month;
  $("csv").setAttribute("href", address(`sessions?month=${month}&form=csv`));
  if (!months.length) { $("sessions").replaceChildren(el("p", { class: "faint" }, t("No car has been here yet."))); return; }
  const sums = months.find((one) => one.month === month);
  const head = [t("Plugged in"), t("Charger"), t("Energy"), t("Sun"), t("Cost"), t("Saved"), t("Goal"), t("Meter")];
  const rows = [...[...list].reverse().map(row), sumRow(sums)];
  // On a narrow screen each row is a block, and each cell says what it is.
  for (const cells of rows) cells.forEach((one, index) => { one.dataset.head = head[index]; });
  $("sessions").replaceChildren(table(head, rows));
}

const sunOf = (one) => one.sun_percent === null ? "–" : share(one.sun_percent / 100);
// An imported session does not tell PV from battery, and not always where its energy came from.
const isOwn = (one) => one.own_sessions === undefined ? !one.source : one.own_sessions === one.sessions;
function parts(one) {
  if (isOwn(one)) return t("PV {pv}, battery {battery}, grid {grid}", { pv: energy(one.surplus_wh), battery: energy(one.battery_wh), grid: energy(one.grid_wh) });
  const known = one.sun_percent === null ? "" : t("PV and battery {sun}, grid {grid}", { sun: energy(one.sun_wh), grid: energy(one.grid_wh) });
  const unknown = one.unknown_wh > 0 ? t("{energy} of unknown origin", { energy: energy(one.unknown_wh) }) : "";
  return [known, unknown].filter(Boolean).join(", ");
}
const cell = (value, note = "") => el("td", {}, value, note ? el("small", {}, note) : null);
const bold = (value, note) => cell(el("b", {}, value), note);
// No part of the energy has a price: the cost is not known.
const costOf = (one) => one.unpriced_wh > 0 && one.unpriced_wh >= one.energy_wh - 1 ? "?" : money(one.cost_ct);
const unpriced = (one) => one.unpriced_wh > 0 ? t("{energy} without a known price", { energy: energy(one.unpriced_wh) }) : "";
// The meter has the energy of a time without readings, and the sources do not. A start has some seconds of it.
const unaccounted = (one) => one.unaccounted_s >= 60 ? t("without {time} of unknown readings", { time: span(one.unaccounted_s) }) : "";
const meter = (wh) => wh === null ? "?" : number(wh / 1000, 1);

function row(one) {
  const till = one.end === null ? t("still here") : day(one.end) === day(one.start) ? clock(one.end, false) : `${day(one.end)} ${clock(one.end, false)}`;
  const hasMeter = one.meter_start_wh !== null || one.meter_end_wh !== null;
  return [cell(`${day(one.start)} ${clock(one.start, false)} – ${till}`), cell(one.charger, [one.vehicle, one.source ? t("from {source}", { source: one.source }) : ""].filter(Boolean).join(", ")), cell(energy(one.energy_wh), [parts(one), unaccounted(one)].filter(Boolean).join(", ")), cell(sunOf(one)),
    cell(costOf(one), unpriced(one)), cell(one.end === null ? "–" : money(one.saved_ct)), goalOf(one),
    hasMeter ? cell(`${meter(one.meter_start_wh)} → ${meter(one.meter_end_wh)}`, "kWh") : cell("?")];
}

// No goal, and a goal of which nothing is known, are not the same.
function goalOf(one) {
  const missing = one.goal_missing_percent !== null ? share(one.goal_missing_percent / 100) : one.goal_missing_wh !== null ? energy(one.goal_missing_wh) : "";
  switch (one.goal_result) {
    case "met": return cell(one.goal, t("reached"));
    case "missed": return cell(one.goal, missing ? t("not reached in time, {missing} missing", { missing }) : t("not reached in time"));
    case "open": return cell(one.goal, one.end === null ? t("{missing} missing", { missing: missing || "?" }) : t("left early, {missing} missing", { missing: missing || "?" }));
    case "unknown": return cell(one.goal, t("the need was not known"));
    case "none": return cell(t("no goal"));
    default: return cell("–");
  }
}

function sumRow(sums) {
  return [bold(dateIn(sums.month)), cell(t("Sessions: {sessions}", { sessions: sums.sessions })), bold(energy(sums.energy_wh), parts(sums)), bold(sunOf(sums)),
    bold(costOf(sums), unpriced(sums)), bold(money(sums.saved_ct), t("known for {counted} of {sessions}", { counted: sums.saved_sessions, sessions: sums.sessions })), cell("–"), cell("–")];
}
