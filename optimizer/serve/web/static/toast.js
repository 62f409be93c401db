// What the page says after a tap, and what it asks before one that costs something.

import { $, say } from "./dom.js";

export function sure(text, action) {
  const dialog = $("sure");
  say($("sure-text"), text); say($("sure-yes"), action);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

let hiding = 0;
export function tell(text, bad = false, undo = null) {
  const toast = $("toast");
  toast.className = bad ? "bad" : "";
  say($("toast-text"), text);
  $("undo").hidden = !undo;
  $("undo").onclick = () => undo?.();
  toast.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { toast.hidden = true; }, 12000);
}
