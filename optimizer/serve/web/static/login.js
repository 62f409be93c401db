// Log in once. The service answers with a cookie that no script can read.

import { $, say } from "./dom.js";
import { change, get } from "./service.js";
import { language, t, translate } from "./words.js";

// The link of `optimizer login` has the token behind the #, which no browser sends to a server.
const linked = decodeURIComponent(location.hash.slice(1));
if (linked) history.replaceState(null, "", location.pathname);

async function show(problem = "") {
  const access = await get("login");
  say($("state"), problem || (access ? "" : t("The service does not answer. Try again in a moment.")));
  $("login").hidden = !access || !access.token_set || access.may_change;
  $("missing").hidden = !access || access.token_set;
  $("inside").hidden = !access || !access.may_change;
  if (access?.until) say($("until"), t("This browser is logged in until {day}.", { day: new Date(access.until).toLocaleDateString(language) }));
}

async function enter(token) {
  const problem = await change("POST", "login", { token });
  if (problem) show(problem); else location.replace("./");
}

translate();
document.title = t("Log in");
$("login").addEventListener("submit", (event) => { event.preventDefault(); enter($("token").value); });
$("leave").addEventListener("click", async () => show(await change("DELETE", "login")));
if (linked) enter(linked); else show();
