// Small helpers for elements.

export const $ = (id) => document.getElementById(id);

export function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// Writes a text only if it differs, so that a screen reader and a selection are not disturbed.
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// A sentence with `commands` and `names` in backticks, as nodes: what stands between two backticks is code.
export function coded(text) {
  const parts = text.split("`");
  return parts.length % 2 ? parts.map((part, at) => at % 2 ? el("code", {}, part) : part).filter(Boolean) : [text];
}

// The same as `say`, for a sentence with code.
export function sayCoded(node, text) {
  const parts = coded(text);
  if (node.textContent !== parts.map((part) => part.textContent ?? part).join("")) node.replaceChildren(...parts);
}

// Reads a text to people who cannot see it: what their key has chosen in a chart.
export const speak = (text) => say($("spoken"), text);

export function table(head, rows) {
  return el("table", {}, el("thead", {}, el("tr", {}, ...head.map((cell) => el("th", { scope: "col" }, cell)))),
    el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((cell) => cell instanceof Node ? cell : el("td", {}, String(cell)))))));
}

// The element with this key among the children; made by `make` when it is new.
export function keyed(container, key, make) {
  const found = [...container.children].find((child) => child.dataset.key === key);
  if (found) return found;
  const node = make();
  node.dataset.key = key;
  container.append(node);
  return node;
}

export function prune(container, keys) {
  for (const node of [...container.children]) if (!keys.includes(node.dataset.key)) node.remove();
}
