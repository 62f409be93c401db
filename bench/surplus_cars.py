"""Two cars on one surplus, on an external plant: what the second car costs and brings."""

from __future__ import annotations

from typing import Any

from bench.surplus_product import Controller

SHORT_S = 180.0
KWH = 3.6e6
"""W s in a kWh."""


def run_cars(plant: Any, controller: Controller, pv: Any, load: Any, phases: int, ev_poll: int) -> dict[str, Any]:
    """The figures in kWh and counts: as `plant.run`, without a battery, with one plant for each charger of
    `controller`. The lists are by car."""
    count = len(controller.settings)
    plants = [plant.Plant(phases) for _ in range(count)]
    charged_ws = [0.0] * count
    import_ws = least_import_ws = 0.0
    grid_w, sun_w, drawn_w = float(load[0] - pv[0]), float(pv[0]), [0.0] * count
    observed: list[dict[str, Any]] = [{"ev_w": 0.0, "charging": False} for _ in range(count)]
    observed_s, due_s = -1, 0.0
    for t, (pv_w, load_w) in enumerate(zip(pv.tolist(), load.tolist(), strict=True)):
        if t % ev_poll == min(1, ev_poll - 1):  # just after the decision: the worst alignment
            observed_s = t - 1
            observed = [{"ev_w": drawn_w[n], "charging": one.state == "on"} for n, one in enumerate(plants)]
        if t >= due_s:
            m = {"grid": grid_w, "pv": sun_w}
            cars = [{**car, "ev_age": t - observed_s} for car in observed]
            for one, (wired, amps) in zip(plants, controller.step_all(t, m, cars), strict=True):
                one.command(t, wired, amps)
            due_s += controller.interval
        drawn_w = [float(one.tick(t)) for one in plants]
        for n, power_w in enumerate(drawn_w):
            charged_ws[n] += power_w
        grid_w, sun_w = load_w + sum(drawn_w) - pv_w, pv_w
        import_ws += max(0.0, grid_w)
        least_import_ws += max(0.0, load_w - pv_w)
    for one in plants:
        if one.on_since is not None and one.state != "off":
            one.runs.append(len(pv) - one.on_since)
    imported_kwh = (import_ws - least_import_ws) / KWH
    return {
        "E_sur": sum(charged_ws) / KWH - imported_kwh,
        "E_imp": imported_kwh,
        "cars_kwh": [charged / KWH for charged in charged_ws],
        "cars_starts": [one.starts for one in plants],
        "cars_short": [sum(run < SHORT_S for run in one.runs) for one in plants],
        "starts": sum(one.starts for one in plants),
        "switches": sum(one.switches for one in plants),
        "changes": sum(one.changes for one in plants),
    }
