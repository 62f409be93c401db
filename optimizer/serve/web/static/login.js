"use strict";
// Log in once. The service answers with a cookie that no script can read.

const $ = (id) => document.getElementById(id);
const OURS = { "x-optimizer-page": "1", "content-type": "application/json" };

async function ask(method, body) {
  try {
    const answer = await fetch("api/v1/login", { method, headers: OURS, body });
    return { ok: answer.ok, document: answer.status === 204 ? {} : await answer.json() };
  } catch {
    return { ok: false, document: { error: "The service does not answer. Try again in a moment." } };
  }
}
async function show() {
  const { ok, document: access } = await ask("GET");
  $("state").textContent = ok ? "" : access.error;
  $("login").hidden = !ok || !access.token_set || access.may_change;
  $("missing").hidden = !ok || access.token_set;
  $("inside").hidden = !ok || !access.may_change;
  if (access.until) $("until").textContent = `This browser is logged in until ${new Date(access.until).toLocaleDateString()}.`;
}
async function enter(token) {
  const { ok, document: said } = await ask("POST", JSON.stringify({ token }));
  if (ok) location.replace("./"); else { await show(); $("state").textContent = said.error; }
}
$("login").addEventListener("submit", (event) => { event.preventDefault(); enter(event.target.elements.token.value); });
$("leave").addEventListener("click", async () => { await ask("DELETE"); show(); });
// The link of `optimizer login` has the token behind the #, which no browser sends to a server.
const linked = decodeURIComponent(location.hash.slice(1));
if (linked) { history.replaceState(null, "", location.pathname); enter(linked); } else show();
