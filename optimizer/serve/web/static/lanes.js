// The lanes of the schedule below the chart of the next hours: one for each car, and one for the battery.

import { LEFT } from "./axes.js";
import { svg } from "./dom.js";
import { t } from "./words.js";

const ROW = 18, FULL = 12, THIN = 4, GAP = 6;
// How a mode is drawn: its class and the height of its block. A mode that is not here leaves its lane empty.
const CAR = { fast: ["buys", FULL], surplus: ["follows", THIN] };
const STORE = { charge: ["charges", FULL], discharge: ["sells", FULL], hold: ["keeps", THIN], no_charge: ["waits", THIN] };

// One lane for each car and the battery: its name and the blocks of slots with the same mode, as Unix time in ms.
export function lanesOf(slots) {
  const chargers = [...new Set(slots.flatMap((slot) => slot.cars.map((car) => car.charger)))].sort();
  const lanes = chargers.map((name) => lane(name, slots, (slot) => CAR[slot.cars.find((car) => car.charger === name)?.mode]));
  return slots.some((slot) => slot.battery) ? [...lanes, lane(t("Battery"), slots, (slot) => STORE[slot.battery?.mode])] : lanes;
}

function lane(name, slots, drawn) {
  const blocks = [];
  for (const slot of slots) {
    const shape = drawn(slot), last = blocks.at(-1), start = Date.parse(slot.start);
    if (!shape) continue;
    if (last && last.shape === shape && last.end === start) last.end = Date.parse(slot.end);
    else blocks.push({ shape, start, end: Date.parse(slot.end) });
  }
  return { name, blocks };
}

export const heightOf = (lanes) => lanes.length ? lanes.length * ROW + 6 : 0;

// The name, or its beginning, as wide as the space on the left of the chart. The width depends on the font of the reader.
const ink = document.createElement("canvas").getContext("2d");
function fitting(name) {
  ink.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  let shown = name;
  for (let letters = name.length - 1; letters > 0 && ink.measureText(shown).width > LEFT - GAP; letters -= 1) shown = `${name.slice(0, letters)}…`;
  return shown;
}

export function drawLanes(box, x, lanes) {
  return lanes.flatMap(({ name, blocks }, row) => {
    const bottom = box.bottom + 6 + row * ROW + FULL;
    return [svg("text", { x: box.left - GAP, y: bottom - 2, class: "tick end" }, fitting(name), svg("title", {}, name)),
      svg("path", { d: `M${box.left} ${bottom + .5}H${box.right}`, class: "rule-line" }),
      ...blocks.map(({ shape: [mode, height], start, end }) => svg("rect", { x: x(start), width: Math.max(1, x(end) - x(start) - .6), y: bottom - height, height, class: `lane ${mode}` }))];
  });
}

// Why each car and the battery have their mode in a slot.
export const reasonsOf = (slot) => slot ? [...slot.cars.map((car) => `${car.charger}: ${car.text}`), ...(slot.battery ? [`${t("Battery")}: ${slot.battery.text}`] : [])] : [];
