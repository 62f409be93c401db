// A field for a time of day. A browser shows its own time field by its own locale (07:00 AM), so this one is a text.

import { el } from "./dom.js";
import { t } from "./words.js";

export function clockField(label, value = "") {
  return el("input", { class: "clock", value, maxlength: 5, size: 5, placeholder: "07:00", autocomplete: "off", "aria-label": `${label} (${t("hours:minutes")})` });
}

// `7`, `7:5`, `0730`, and `7.30` mean what people mean by them. Null: no time of day.
export function clockOf(text) {
  const found = /^\s*(\d{1,2})(?:\s*[:.]?\s*(\d{2})|:(\d))?\s*$/.exec(text);
  if (!found) return null;
  const hour = Number(found[1]), minute = Number(found[2] ?? found[3] ?? 0);
  return hour < 24 && minute < 60 ? `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}` : null;
}
