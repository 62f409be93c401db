// Gestures on a chart: pinch with two fingers, Ctrl and wheel, double click. uPlot itself knows only the mouse.
// `chart` has: time(x in px of the window) -> ms, zoom(factor, at).

export function gestures(node, chart) {
  const fingers = new Map();
  let spread = null;

  node.addEventListener("pointerdown", (event) => { if (event.pointerType === "touch") fingers.set(event.pointerId, event.clientX); });
  node.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, event.clientX);
    if (fingers.size !== 2) return;
    const [one, other] = fingers.values(), now = Math.max(20, Math.abs(one - other));
    if (spread !== null) chart.zoom(spread / now, chart.time((one + other) / 2));
    spread = now;
  });
  for (const end of ["pointerup", "pointercancel"]) node.addEventListener(end, (event) => { fingers.delete(event.pointerId); spread = null; });
  node.addEventListener("dblclick", (event) => chart.zoom(2, chart.time(event.clientX)));
  node.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return; // the wheel alone scrolls the page
    event.preventDefault();
    chart.zoom(2 ** (event.deltaY / 200), chart.time(event.clientX));
  }, { passive: false });
}
