// The page draws what /api/v1/events sends at every tick. No framework, no build, nothing from outside.

import { $, el, say } from "./dom.js";
import { access, drawControl } from "./control.js";
import { fetchAhead } from "./ahead.js";
import { fetchDay } from "./chart.js";
import { fetchEnergy } from "./energy.js";
import { fetchSessions } from "./sessions.js";
import { drawDevices, drawLog, drawNotices, drawSteps, drawWhy } from "./why.js";
import { drawHouse, drawToday } from "./house.js";
import { address, get } from "./service.js";
import { choose, clock, language, languages, span, t, translate, useZone, zoneKnown } from "./words.js";

const STALE_MS = 30000;
let heard = 0, stale = false, changes = [];

translate();
$("language").append(...languages.map((tag) => el("option", { value: tag, selected: tag === language }, new Intl.DisplayNames(tag, { type: "language" }).of(tag))));
$("language").addEventListener("change", (event) => choose(event.target.value));

async function learnAccess() {
  const found = await get("login");
  if (!found) return;
  access(found);
  say($("login"), found.may_change ? t("Logged in") : t("Log in"));
}
document.addEventListener("logged-out", learnAccess);

async function fetchLog() {
  changes = (await get("changes?hours=24"))?.reverse() ?? changes;
  if (zoneKnown()) drawLog(changes);
}

// The sums are for the currency that comes with the energies.
async function fetchPast() {
  await fetchEnergy();
  await fetchSessions();
}

function show(status) {
  heard = Date.now();
  fetchDay.offset = Date.parse(status.at) - heard;
  if (useZone(status.time_zone)) { fetchDay(); fetchAhead(); fetchLog(); fetchPast(); }
  say($("name"), status.name);
  document.title = status.name;
  drawHouse(status.house); drawToday(status.today); drawNotices(status); drawSteps(status.reminders); drawControl(status); drawWhy(status); drawDevices(status);
  $("live").className = status.healthy ? "bad" : "";
  say($("live"), clock(status.at));
  fresh(!status.healthy);
}

// Old figures are greyed and said once, not at each tick.
function fresh(is) {
  if (stale === !is) return;
  stale = !is;
  document.body.classList.toggle("stale", stale);
  $("stale").hidden = !stale;
  say($("stale"), stale ? t("These figures are old: nothing new since {time}.", { time: heard && zoneKnown() ? clock(heard + fetchDay.offset) : t("the page was opened") }) : "");
  $("live").className = stale ? "bad" : "";
}

function listen() {
  const source = new EventSource(address("events"));
  source.onmessage = (event) => show(JSON.parse(event.data));
  source.onerror = () => {
    fresh(false);
    say($("live"), t("no connection, trying again …"));
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  };
}
setInterval(() => {
  if (!heard || Date.now() - heard <= STALE_MS) return;
  fresh(false);
  say($("live"), t("no decision for {age}", { age: span((Date.now() - heard) / 1000) }));
}, 5000);
setInterval(() => { fetchDay(); fetchLog(); }, 20000);
setInterval(() => { fetchAhead(); fetchPast(); }, 60000);
learnAccess(); listen();
