// Gestures on a chart: drag with the mouse over a time, pinch with two fingers, Ctrl and wheel, keys.
// `chart` has: time(x in px of the screen) -> ms, zoom(factor, at), show(from, to), select(from, to or nothing).

const LEAST_DRAG_PX = 8;

export function gestures(node, chart) {
  const fingers = new Map();
  let begun = null, spread = null;
  const x = (event) => event.clientX - node.getBoundingClientRect().left;

  node.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") fingers.set(event.pointerId, x(event));
    else if (event.button === 0) { begun = x(event); node.setPointerCapture(event.pointerId); }
  });
  node.addEventListener("pointermove", (event) => {
    if (begun !== null) chart.select(chart.time(begun), chart.time(x(event)));
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, x(event));
    if (fingers.size !== 2) return;
    const [one, other] = fingers.values(), now = Math.max(20, Math.abs(one - other));
    if (spread !== null) chart.zoom(spread / now, chart.time((one + other) / 2));
    spread = now;
  });
  node.addEventListener("pointerup", (event) => {
    lift(event);
    if (begun === null) return;
    const from = begun, to = x(event);
    begun = null;
    chart.select();
    if (Math.abs(to - from) >= LEAST_DRAG_PX) chart.show(Math.min(chart.time(from), chart.time(to)), Math.max(chart.time(from), chart.time(to)));
  });
  node.addEventListener("pointercancel", (event) => { lift(event); begun = null; chart.select(); });
  node.addEventListener("dblclick", () => chart.zoom(2, chart.time(node.clientWidth / 2)));
  node.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return; // the wheel alone scrolls the page
    event.preventDefault();
    chart.zoom(2 ** (event.deltaY / 200), chart.time(x(event)));
  }, { passive: false });

  function lift(event) { fingers.delete(event.pointerId); spread = null; }
}
