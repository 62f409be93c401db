// The house as a picture, and the energies of today.

import { $, el, say, svg } from "./dom.js";
import { bound, energy, number, power, share, t } from "./words.js";

const HUB = [210, 170];
const ICONS = {
  pv: "M12 7a5 5 0 1 1 0 10a5 5 0 0 1 0-10M12 1v3M12 20v3M1 12h3M20 12h3M4.2 4.2l2.1 2.1M17.7 17.7l2.1 2.1M4.2 19.8l2.1-2.1M17.7 6.3l2.1-2.1",
  grid: "M12 2L6 22M12 2l6 20M8.5 10h7M7 16h10M5 7h14M5 7v2M19 7v2",
  battery: "M3 7h15v10H3zM18 10h3v4h-3M6 10v4M9.5 10v4M13 10v4",
  ev: "M3 17v-5l2.5-5h13L21 12v5zM3 12h18M6.5 17v2.5M17.5 17v2.5",
  home: "M3 12L12 4l9 8M5.5 10v10h13V10M10 20v-6h4v6",
};
const STATUS = { disconnected: "no car", connected: "connected", charging: "charging", error: "error" };

export const statusOf = (ev) => ev.status === null ? t("unknown") : t(STATUS[ev.status] ?? ev.status);
const sum = (list, key) => list.some((item) => item[key] === null) ? null : list.reduce((total, item) => total + item[key], 0);
const size = (w) => w === null ? null : Math.abs(w);

function nodesOf(house) {
  const nodes = [{ kind: "grid", label: t("grid"), at: [55, 170], inward: house.grid_w, shown: size(house.grid_w),
    note: house.grid_w === null ? "" : house.grid_w < -5 ? t("feeds in") : house.grid_w > 5 ? t("supplies") : "" }];
  if (house.pvs.length) {
    const w = sum(house.pvs, "power_w");
    nodes.push({ kind: "pv", label: t("PV"), at: [210, 45], inward: w, shown: w, note: "" });
  }
  if (house.batteries.length) {
    const w = sum(house.batteries, "power_w");
    const soc = house.batteries.map((b) => `${number(b.soc_percent)} %`).join(" · ");
    nodes.push({ kind: "battery", label: t("battery"), at: [210, 295], inward: w, shown: size(w),
      note: `${soc} ${w > 20 ? t("discharges") : w < -20 ? t("charges") : ""}`.trim() });
  }
  house.evs.forEach((ev, index) => {
    const y = 170 + (index - (house.evs.length - 1) / 2) * 140;
    nodes.push({ kind: "ev", label: ev.name, at: [365, y], inward: ev.power_w === null ? null : -ev.power_w, shown: ev.power_w,
      note: ev.offered_a ? `${number(ev.offered_a, 1)} A × ${ev.phases ?? "?"}` : statusOf(ev) });
  });
  return nodes;
}

export function drawHouse(house) {
  const nodes = nodesOf(house), signature = nodes.map((node) => node.label).join();
  if ($("nodes").dataset.signature !== signature) {
    $("nodes").dataset.signature = signature;
    $("house").setAttribute("viewBox", boxOf(nodes));
    $("wires").replaceChildren(...nodes.flatMap((node, index) => {
      const d = `M${node.at} L${HUB}`;
      return [svg("path", { d, class: "wire" }), svg("path", { d, class: `flow ${node.kind}`, id: `flow-${index}`, visibility: "hidden" })];
    }));
    $("nodes").replaceChildren(...nodes.flatMap((node, index) => drawNode(node.at, node.kind, `n${index}`)), ...drawNode(HUB, "home", "home"));
  }
  nodes.forEach((node, index) => {
    say($(`n${index}-value`), power(node.shown));
    say($(`n${index}-note`), node.kind === "ev" ? node.label : node.note || node.label);
    say($(`n${index}-more`), node.kind === "ev" ? node.note : "");
    const flow = $(`flow-${index}`), w = node.inward;
    flow.setAttribute("visibility", w !== null && Math.abs(w) >= 20 ? "visible" : "hidden");
    flow.classList.toggle("back", w < 0);
    flow.style.animationDuration = `${Math.max(0.35, 2.4 - Math.log10(Math.max(20, Math.abs(w ?? 0))) * 0.5)}s`;
  });
  say($("home-value"), power(house.home_w));
  say($("home-note"), t("home"));
  say($("house-title"), nodes.map((n) => `${n.label} ${power(n.shown)} ${n.note}`.trim()).join(", ") + `, ${t("home")} ${power(house.home_w)}`);
}

// As high as these nodes with their labels, so that a house without a battery leaves no gap, and many cars fit.
function boxOf(nodes) {
  const top = Math.min(...nodes.map(({ at }) => at[1] - 51)), low = Math.max(HUB[1] + 51, ...nodes.map(({ at, kind }) => at[1] + (kind === "ev" ? 90 : 73)));
  return `-10 ${top} 436 ${low - top}`;
}

// Beside the circle where a wire leaves it downwards, else below it.
const NOTES = { pv: [54, 6, "start"], home: [-42, -38, "end"] };

function drawNode([x, y], kind, id) {
  const [right, down, anchor] = NOTES[kind] ?? [0, 65, "middle"];
  return [svg("circle", { cx: x, cy: y, r: 47, class: `node ${kind}` }), svg("path", { d: ICONS[kind], transform: `translate(${x - 12} ${y - 33})`, class: `icon ${kind}` }),
    svg("text", { x, y: y + 14, class: "value", id: `${id}-value` }), svg("text", { x: x + right, y: y + down, class: `note ${anchor}`, id: `${id}-note` }),
    svg("text", { x, y: y + 83, class: "note", id: `${id}-more` })];
}

export function drawToday(today) {
  const total = (s) => s.surplus_wh + s.battery_wh + s.grid_wh;
  const parts = (s) => t("PV {pv}, battery {battery}, grid {grid}", { pv: energy(s.surplus_wh), battery: energy(s.battery_wh), grid: energy(s.grid_wh) });
  const rows = [[t("PV today"), energy(today.pv_wh), ""], [t("Self-consumption"), share(today.self_consumption), ""], [t("Autarky"), share(today.autarky), ""],
    [t("Grid today"), t("{in} in, {out} out", { in: energy(today.import_wh), out: energy(today.export_wh) }), ""],
    ...Object.entries(today.consumed).map(([who, s]) => [who === "home" ? t("Home") : t("Car on {name}", { name: who.slice(3) }), energy(total(s)), parts(s)])];
  $("today").replaceChildren(...rows.map(([name, value, note]) => el("div", {}, el("dt", {}, name), el("dd", {}, bound(value), el("small", {}, bound(note))))));
}
