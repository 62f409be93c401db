"use strict";
// The page draws what /api/v1/events sends at every tick. No framework, no build, nothing from outside.

const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const OURS = { "x-optimizer-page": "1", "content-type": "application/json" };
let access = { may_change: false };
let points = [], changes = [], heard = 0, offset = null;

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== null));
  return node;
}
function svg(tag, attributes = {}, text = null) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== null) node.textContent = text;
  return node;
}
const power = (w) => w === null || w === undefined ? "?" :
  Math.abs(w) >= 1000 ? `${(w / 1000).toFixed(Math.abs(w) >= 10000 ? 1 : 2)} kW` : `${Math.round(w)} W`;
const energy = (wh) => wh >= 100000 ? `${Math.round(wh / 1000)} kWh` : `${(wh / 1000).toFixed(wh >= 10000 ? 1 : 2)} kWh`;
const share = (ratio) => ratio === null ? "–" : `${Math.round(100 * ratio)} %`;
const span = (s) => s === null ? "never" : s < 120 ? `${Math.round(s)} s` : s < 7200 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3600)} h`;
// Times are those of the house, wherever the page is read; `offset` is null until the house has told its own.
const clock = (at, seconds = true) => new Date(new Date(at).getTime() + offset).toISOString().slice(11, seconds ? 19 : 16);
const sum = (list, key) => list.some((item) => item[key] === null) ? null : list.reduce((total, item) => total + item[key], 0);

// The house as a picture --------------------------------------------------------------------------------------------
const HUB = [210, 150];
const ICONS = {
  pv: "M12 7a5 5 0 1 1 0 10a5 5 0 0 1 0-10M12 1v3M12 20v3M1 12h3M20 12h3M4.2 4.2l2.1 2.1M17.7 17.7l2.1 2.1M4.2 19.8l2.1-2.1M17.7 6.3l2.1-2.1",
  grid: "M12 2L6 22M12 2l6 20M8.5 10h7M7 16h10M5 7h14M5 7v2M19 7v2",
  battery: "M3 7h15v10H3zM18 10h3v4h-3M6 10v4M9.5 10v4M13 10v4",
  ev: "M3 17v-5l2.5-5h13L21 12v5zM3 12h18M6.5 17v2.5M17.5 17v2.5",
  home: "M3 12L12 4l9 8M5.5 10v10h13V10M10 20v-6h4v6",
};

function nodesOf(house) {
  const nodes = [{ kind: "grid", label: "grid", at: [55, 150], inward: house.grid_w, shown: house.grid_w === null ? null : Math.abs(house.grid_w),
    note: house.grid_w === null ? "" : house.grid_w < -5 ? "feeding in" : house.grid_w > 5 ? "drawing" : "" }];
  if (house.pvs.length) {
    const w = sum(house.pvs, "power_w");
    nodes.push({ kind: "pv", label: "sun", at: [210, 42], inward: w, shown: w, note: "" });
  }
  if (house.batteries.length) {
    const w = sum(house.batteries, "power_w");
    const soc = house.batteries.map((b) => b.soc_percent === null ? "? %" : `${Math.round(b.soc_percent)} %`).join(" · ");
    nodes.push({ kind: "battery", label: "battery", at: [210, 262], inward: w, shown: w === null ? null : Math.abs(w),
      note: soc + (w > 20 ? " discharging" : w < -20 ? " charging" : "") });
  }
  house.evs.forEach((ev, index) => {
    const y = 150 + (index - (house.evs.length - 1) / 2) * 96;
    nodes.push({ kind: "ev", label: ev.name, at: [365, y], inward: ev.power_w === null ? null : -ev.power_w, shown: ev.power_w,
      note: [ev.status ?? "unknown", ev.offered_a ? `${ev.offered_a.toFixed(1)} A × ${ev.phases ?? "?"}` : ""].filter(Boolean).join(", ") });
  });
  return nodes;
}

function drawHouse(house) {
  const nodes = nodesOf(house), signature = nodes.map((node) => node.label).join();
  if ($("nodes").dataset.signature !== signature) {
    $("nodes").dataset.signature = signature;
    $("wires").replaceChildren(...nodes.flatMap((node, index) => {
      const d = `M${node.at} L${HUB}`;
      return [svg("path", { d, class: "wire" }), svg("path", { d, class: `flow ${node.kind}`, id: `flow-${index}`, visibility: "hidden" })];
    }));
    $("nodes").replaceChildren(...nodes.flatMap((node, index) => drawNode(node.at, node.kind, `n${index}`)),
      ...drawNode(HUB, "home", "home"));
  }
  nodes.forEach((node, index) => {
    $(`n${index}-value`).textContent = power(node.shown);
    $(`n${index}-note`).textContent = node.note;
    const flow = $(`flow-${index}`), w = node.inward;
    flow.setAttribute("visibility", w !== null && Math.abs(w) >= 20 ? "visible" : "hidden");
    flow.classList.toggle("back", w < 0);
    flow.style.animationDuration = `${Math.max(0.35, 2.4 - Math.log10(Math.max(20, Math.abs(w ?? 0))) * 0.5)}s`;
  });
  $("home-value").textContent = power(house.home_w);
  $("house-title").textContent = `Grid ${power(house.grid_w)}, ` + nodes.slice(1).map((n) => `${n.label} ${power(n.shown)}`).join(", ");
}
function drawNode([x, y], kind, id) {
  return [svg("circle", { cx: x, cy: y, r: 38, class: `node ${kind}` }), svg("path", { d: ICONS[kind], transform: `translate(${x - 12} ${y - 31})`, class: `icon ${kind}` }),
    svg("text", { x, y: y + 14, class: "value", id: `${id}-value` }), svg("text", { x, y: y + 55, class: "note", id: `${id}-note` })];
}

function drawToday(today) {
  const parts = (s) => `sun ${energy(s.surplus_wh)}, battery ${energy(s.battery_wh)}, grid ${energy(s.grid_wh)}`;
  const total = (s) => s.surplus_wh + s.battery_wh + s.grid_wh;
  const rows = [["Sun today", energy(today.pv_wh), ""], ["Self-consumption", share(today.self_consumption), ""], ["Autarky", share(today.autarky), ""],
    ...Object.entries(today.consumed).map(([who, s]) => [who === "home" ? "Home" : `Car ${who.slice(3)}`, energy(total(s)), parts(s)])];
  $("today").replaceChildren(...rows.map(([name, value, note]) => el("div", {}, el("dt", {}, name), el("dd", {}, value, el("small", {}, note)))));
}

// Why, rules, devices -----------------------------------------------------------------------------------------------
function unfolding(container, key, summary, lines) {
  let node = container.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!node) container.append(node = el("details", { "data-key": key }, el("summary"), el("ul")));
  node.firstChild.replaceChildren(...summary);
  node.lastChild.replaceChildren(...lines.map((line) => el("li", {}, line)));
  return node;
}
function prune(container, keys) {
  for (const node of [...container.children]) if (!keys.has(node.dataset.key)) node.remove();
}
function drawWhy(why) {
  prune($("why"), new Set(why.map((one) => one.device)));
  for (const one of why) {
    const summary = [el("b", {}, `${one.device} · ${one.wanted}`), el("span", { class: "answer" }, one.answer)];
    unfolding($("why"), one.device, summary, one.causes.map((cause) => cause.text + figures(cause)));
  }
}
function figures(cause) {
  const numbers = Object.entries(cause.numbers).map(([name, value]) => `${name} ${value === null ? "∞" : Math.round(value * 100) / 100}`).join(", ");
  return ` [${cause.code}${cause.rule ? ` · ${cause.rule}` : ""}${numbers ? ` · ${numbers}` : ""}]`;
}
function table(head, rows) {
  return el("table", {}, el("tr", {}, ...head.map((cell) => el("th", {}, cell))),
    ...rows.map((row) => el("tr", {}, ...row.map((cell) => cell instanceof Node ? cell : el("td", {}, String(cell))))));
}
// The figure of a target, with the unit at the end of its name.
function figure(target, value) {
  if (typeof value !== "number") return value;
  return target.endsWith("_wh") ? energy(value) : target.endsWith("_w") ? power(value) : target.endsWith("_a") ? `${value} A` : value;
}
function drawRules(status) {
  $("targets").replaceChildren(table(["Target", "", "Rule"], status.targets.map((t) =>
    [t.target, (t.kind === "limit" ? "at most " : "") + figure(t.target, t.value), t.rule])));
  prune($("rules"), new Set(status.rules.map((rule) => rule.rule)));
  for (const rule of status.rules)
    unfolding($("rules"), rule.rule, [el("span", { class: rule.in_force ? "good" : "faint" }, rule.in_force ? "● " : "○ "), `${rule.rule} `,
      el("span", { class: "faint" }, [rule.state, rule.for_s != null ? `for ${span(rule.for_s)}` : "", rule.due_in_s != null ? `next in ${span(rule.due_in_s)}` : ""].filter(Boolean).join(", "))], rule.said);
  $("book").textContent = status.book.version.slice(0, 12) || "–";
}
// What a charger measures of itself; a device that measures nothing has no line.
function conditionOf(ev) {
  const c = ev.condition, list = (values) => values.map((value) => value === null ? "?" : Math.round(value)).join(" / ");
  const parts = [c.housing_temp_c === null ? "" : `housing ${Math.round(c.housing_temp_c)} °C`, c.connector_temp_c.length ? `contacts ${list(c.connector_temp_c)} °C` : "",
    c.plug_temp_c.length ? `plug ${list(c.plug_temp_c)} °C` : "", c.voltage_v.length ? `${list(c.voltage_v)} V` : "",
    c.relays === null ? "" : c.relays === "none" ? "relays open" : `relays ${c.relays} closed`, c.signal_dbm === null ? "" : `signal ${Math.round(c.signal_dbm)} dBm`].filter(Boolean);
  return parts.length ? [el("p", { class: "faint" }, `Charger ${ev.name}: ${parts.join(", ")}.`)] : [];
}
function drawDevices(status) {
  const rows = status.devices.map((d) => {
    const errors = Object.entries(d.errors).map(([fault, count]) => `${count} × ${fault}`).join(", ");
    const trouble = d.disobeys || d.refuses || d.message || errors || "no errors";
    return [`${d.name} (${d.brand})`, el("td", { class: d.up ? "good" : "bad" }, d.up ? `answers, ${span(d.age_s)} ago` : `silent, last ${span(d.age_s)} ago`),
      el("td", { class: d.disobeys || d.refuses || d.message ? "bad" : "faint" }, trouble)];
  });
  const leases = status.leases.map((l) => [l.device, l.order, span(l.remaining_s), l.written_age_s === null ? "–" : `${span(l.written_age_s)} ago`]);
  $("devices").replaceChildren(table(["Device", "Reading", "Trouble"], rows), ...status.house.evs.flatMap(conditionOf), ...(status.meter.text ? [el("p", { class: "faint" }, status.meter.text)] : []), el("h3", {}, "Leases"), table(["Device", "Told", "Good for", "Written"], leases),
    el("p", { class: "faint" }, "Every decision makes an order good anew; without one it ends. A device that keeps what it was told is written to only when that changes."));
}
function drawNotices(status) {
  const notes = [];
  if (status.healthy) notes.push(status.healthy);
  if (status.observe_only) notes.push("Observing only: nothing is written to any device.");
  if (status.book.error) notes.push(`The changed rules cannot be used, the last good ones stay:\n${status.book.error}`);
  if (status.journal) notes.push(`Nothing is being recorded: ${status.journal}`);
  for (const ev of status.house.evs) for (const fault of ev.condition.faults) notes.push(`Charger ${ev.name} reports ${fault}.`);
  for (const u of status.unknown) notes.push(`${u.what} is unknown: ${u.why}`);
  for (const one of status.locked_out) notes.push(one.text);
  if ($("notices").dataset.text !== notes.join("|")) {
    $("notices").dataset.text = notes.join("|");
    $("notices").replaceChildren(...notes.map((note) => el("p", {}, note)));
  }
}

// By hand -----------------------------------------------------------------------------------------------------------
function drawHand(status) {
  $("hand").hidden = !status.can_override || !access.may_change;
  const select = $("override-form").elements.ev, names = status.house.evs.map((ev) => ev.name);
  if ([...select.options].map((option) => option.value).join() !== names.join()) select.replaceChildren(...names.map((name) => el("option", {}, name)));
  $("overrides").replaceChildren(...status.overrides.map((o) => {
    const end = el("button", { type: "button" }, "end");
    end.onclick = () => change("DELETE", `api/v1/overrides/${encodeURIComponent(o.target)}`);
    return el("li", {}, `${o.target} = ${figure(o.target, o.value)} until ${clock(o.until, false)}${o.session ? " or unplugged" : ""} `, end);
  }));
}
async function change(method, url, body) {
  const answer = await fetch(url, { method, headers: OURS, body: body && JSON.stringify(body) });
  $("override-result").textContent = answer.ok ? "Done, from the next tick on." : (await answer.json()).error;
  if (answer.status === 401) learnAccess();
}
async function learnAccess() {
  access = await get("api/v1/login") ?? access;
  $("login").textContent = access.may_change ? "Logged in" : "Log in";
}
$("override-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target.elements, length = form.span.value;
  const body = { target: `ev.${form.ev.value}.mode`, value: form.value.value };
  if (length === "session" || length === "midnight") body[length] = true; else body.minutes = Number(length);
  change("POST", "api/v1/overrides", body);
});
learnAccess();

// The last day ------------------------------------------------------------------------------------------------------
const LINES = [["pv_w", "pv", "sun"], ["home_w", "home", "home"], ["ev_w", "ev", "cars"], ["battery_w", "battery", "battery (+ out)"], ["grid_w", "grid", "grid (+ in)"]];
$("legend").append(...LINES.map(([, kind, label]) => el("span", { class: kind }, label)), el("span", { class: "soc" }, "charge"));

function drawChart() {
  if (points.length < 2) { $("probe").textContent = "The chart begins with the first minutes."; return; }
  const from = points[0].at_ms, to = points.at(-1).at_ms, all = points.flatMap((p) => LINES.map(([key]) => p[key])).filter((v) => v !== null);
  const top = Math.max(1000, ...all), bottom = Math.min(0, ...all);
  const x = (ms) => 900 * (ms - from) / (to - from || 1), y = (w) => 250 - 240 * (w - bottom) / (top - bottom);
  const path = (key, scale) => points.reduce((d, p, i) => p[key] === null ? d :
    d + `${d && points[i - 1]?.[key] !== null && p.at_ms - points[i - 1].at_ms < 300000 ? "L" : "M"}${x(p.at_ms).toFixed(1)} ${scale(p[key]).toFixed(1)}`, "");
  $("chart").replaceChildren(svg("path", { d: `M0 ${y(0)}H900`, class: "axis" }), svg("path", { d: path("soc_percent", (v) => 250 - 2.4 * v), class: "soc" }),
    ...LINES.map(([key, kind]) => svg("path", { d: path(key, y), class: kind })), svg("path", { d: "", class: "cursor", id: "cursor" }));
  $("hours").replaceChildren(...[0, .25, .5, .75, 1].map((part) => el("span", {}, clock(from + part * (to - from), false))));
  if (!$("chart").matches(":hover")) $("probe").textContent = `Highest ${power(top)}.`;
}
$("chart").addEventListener("pointermove", (event) => {
  if (points.length < 2 || offset === null) return;
  const box = $("chart").getBoundingClientRect(), part = (event.clientX - box.left) / box.width;
  const at = points[0].at_ms + part * (points.at(-1).at_ms - points[0].at_ms);
  const p = points.reduce((a, b) => Math.abs(a.at_ms - at) < Math.abs(b.at_ms - at) ? a : b);
  $("cursor")?.setAttribute("d", `M${900 * part} 0V250`);
  $("probe").textContent = `${clock(p.at_ms, false)}: ` + LINES.map(([key, , label]) => `${label} ${power(p[key])}`).join(", ") +
    (p.soc_percent === null ? "" : `, charge ${Math.round(p.soc_percent)} %`);
});
async function fetchDay() {
  const [history, log] = await Promise.all([get("api/v1/history?hours=24"), get("api/v1/changes?hours=24")]);
  if (history) points = history.rows.map((row) => Object.fromEntries(history.columns.map((name, i) => [name, row[i]])));
  if (log) changes = log.reverse();
  drawDay();
}
function drawDay() {
  if (offset === null) return;
  drawChart();
  $("log").replaceChildren(...changes.map((line) => el("li", {}, el("time", { datetime: line.at }, clock(line.at)), el("span", {}, line.text))));
}
async function get(url) {
  try { const answer = await fetch(url); return answer.ok ? await answer.json() : null; } catch { return null; }
}

// Prices --------------------------------------------------------------------------------------------------------------
let prices = null;
const ct = (value) => `${value.toFixed(1)} ct`;
const priceAt = (list, ms) => list.find((slot) => Date.parse(slot.start) <= ms && ms < Date.parse(slot.end));

function drawPrices() {
  if (offset === null || prices === null) return;
  const now = Date.parse(prices.now), day = 86400000, from = Math.floor((now + offset) / day) * day - offset;
  const shown = prices.import.filter((slot) => Date.parse(slot.end) > from);
  $("prices-section").hidden = !shown.length && !prices.sources.length;
  if ($("prices-section").hidden) return;
  const to = shown.length ? Date.parse(shown.at(-1).end) : from + day, all = shown.map((slot) => slot.ct);
  const top = Math.max(1, ...all), bottom = Math.min(0, ...all);
  const x = (ms) => 900 * (ms - from) / (to - from), y = (value) => 115 - 110 * (value - bottom) / (top - bottom);
  const cheap = [...all].sort((a, b) => a - b)[Math.floor(all.length / 4)];
  $("prices").replaceChildren(...shown.map((slot) => svg("rect", { x: x(Math.max(from, Date.parse(slot.start))), width: Math.max(.5, x(Date.parse(slot.end)) - x(Math.max(from, Date.parse(slot.start))) - .4),
    y: Math.min(y(slot.ct), y(0)), height: Math.max(.5, Math.abs(y(slot.ct) - y(0))), class: slot.ct <= cheap ? "cheap" : "price" })),
    svg("path", { d: `M${x(now)} 0V120`, class: "cursor" }));
  $("price-hours").replaceChildren(...[0, .25, .5, .75, 1].map((part) => el("span", {}, clock(from + part * (to - from), false))));
  $("prices").onpointermove = (event) => {
    const box = $("prices").getBoundingClientRect();
    sayPrice(from + (event.clientX - box.left) / box.width * (to - from));
  };
  $("prices").onpointerleave = () => sayPrice(now);
  if (!$("prices").matches(":hover")) sayPrice(now);
}
function sayPrice(ms) {
  const bought = priceAt(prices.import, ms), sold = priceAt(prices.feed_in, ms);
  const parts = bought ? Object.entries(bought.parts).map(([name, value]) => `${name} ${ct(value)}`).join(", ") : "";
  const trouble = prices.sources.filter((source) => source.problem).map((source) => `${source.name}: ${source.problem}`);
  $("price-probe").textContent = [`${clock(ms, false)}: import ${bought ? ct(bought.ct) : "unknown"}${parts ? ` (${parts})` : ""}, feed-in ${sold ? ct(sold.ct) : "unknown"}.`,
    `Sources: ${prices.sources.map((source) => source.service).join(", ") || "settings"}.`, ...trouble].join(" ");
}
async function fetchPrices() {
  prices = await get("api/v1/prices") ?? prices;
  drawPrices();
}

// Live --------------------------------------------------------------------------------------------------------------
function show(status) {
  const before = offset;
  heard = Date.now(); offset = Date.parse(status.local.slice(0, 19) + "Z") - Math.floor(Date.parse(status.at) / 1000) * 1000;
  if (offset !== before) { drawDay(); drawPrices(); }
  $("name").textContent = document.title = status.name;
  drawHouse(status.house); drawToday(status.today); drawWhy(status.why); drawRules(status); drawDevices(status); drawNotices(status); drawHand(status);
  $("live").className = status.healthy ? "bad" : "";
  $("live").textContent = `${clock(status.at)} · tick ${status.tick}`;
}
function listen() {
  const source = new EventSource("api/v1/events");
  source.onmessage = (event) => show(JSON.parse(event.data));
  source.onerror = () => {
    $("live").className = "bad"; $("live").textContent = "no connection, trying again …";
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  };
}
setInterval(() => {
  if (heard && Date.now() - heard > 30000) { $("live").className = "bad"; $("live").textContent = `no decision for ${span((Date.now() - heard) / 1000)}`; }
}, 5000);
setInterval(fetchDay, 20000);
setInterval(fetchPrices, 60000);
fetchDay(); fetchPrices(); listen();
