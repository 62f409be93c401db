// Requests to the service. Changes need a login; the browser sends its cookie by itself.

import { language, t } from "./words.js";

const OURS = { "x-optimizer-page": "1", "content-type": "application/json" };

// The address of a document, in the language of the page.
export const address = (path) => `api/v1/${path}${path.includes("?") ? "&" : "?"}language=${language}`;

export async function get(path) {
  try {
    const answer = await fetch(address(path));
    return answer.ok ? await answer.json() : null;
  } catch { return null; }
}

// Returns "" when it is done, else why not.
export async function change(method, path, body) {
  try {
    const answer = await fetch(address(path), { method, headers: OURS, body: body && JSON.stringify(body) });
    const text = await answer.text(); // an answer that nobody reads keeps its connection
    if (answer.ok) return "";
    if (answer.status === 401) document.dispatchEvent(new Event("logged-out"));
    return JSON.parse(text).error;
  } catch { return t("The service does not answer. Try again in a moment."); }
}
