"""`optimizer device NAME set …`: writes values by hand and reads them back."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.cli.console import echo, said
from optimizer.cli.device.manual import NOT_WRITTEN, ON_RECORD, closed, device_of, ev_now, run_or_fail, written_by_hand
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.table import table
from optimizer.words.text import Text, joined, message_of

if TYPE_CHECKING:
    from optimizer.cli.device.requests import ManualOrder
    from optimizer.devices.port import Charger
    from optimizer.model.clock import Clock
    from optimizer.model.decision import BatteryOrder
    from optimizer.model.site import Site
    from optimizer.model.state import Ev
    from optimizer.runtime.parts import Device
    from optimizer.runtime.record.ownership import Ownership
    from optimizer.settings import Settings

SAME_A = 0.05
FOLLOW_S = 5.0
"""Time for a battery to follow before its readings are shown."""


def set_by_hand(settings: Settings, one: Device, words: tuple[str, ...], yes: bool) -> None:
    """Print what would be written to `one`. With `yes`, write it under the lock and on the record."""
    from optimizer.cli.device.requests import order_sentence
    from optimizer.settings.mapping import to_site

    name = one.name
    request, battery = _requested(to_site(settings), one, words)
    what = order_sentence(request) if battery else request.sentence()
    target = (
        Text("battery {battery} ({brand})", battery=battery, brand=one.brand)
        if battery
        else Text("{name} ({brand})", name=name, brand=one.brand)
    )
    if not yes:
        fail(
            Text(
                "this would write to {target}: {names}\n{not_written}",
                target=target,
                names=what,
                not_written=NOT_WRITTEN,
            ),
            ExitCode.MISTAKE,
        )
    from optimizer.model.clock import SystemClock

    with written_by_hand(settings) as ownership:
        clock = SystemClock()
        device = device_of(settings, name, clock, ownership)
        if battery:
            floor_percent = to_site(settings).batteries[battery].floor_soc_percent
            run_or_fail(_order(device, battery, request, floor_percent, clock, ownership))
        else:
            run_or_fail(_write(device, request, clock, ownership))


def _requested(site: Site, one: Device, words: tuple[str, ...]) -> Any:
    """The requested order, and the name of its battery. An empty name is the charger."""
    from optimizer.cli.device.requests import Unclear, battery_order, charger_order

    named = [word.removeprefix("battery=") for word in words if word.startswith("battery=")]
    rest = tuple(word for word in words if not word.startswith("battery="))
    try:
        if one.charger is not None:
            return charger_order(words, site.chargers[one.evs[0]]), ""
        if one.battery is None:
            off = " (battery.control: false)" if one.batteries else ""
            raise Unclear(Text("{name} has no writable values{off}", name=one.name, off=off))
        if len(one.batteries) > 1 and not named:
            raise Unclear(Text("it has several batteries. Choose one: battery={batteries}", batteries=one.batteries[0]))
        battery = named[0] if named else one.batteries[0]
        if battery not in one.batteries:
            raise Unclear(
                Text(
                    "it has no battery “{battery}”. Batteries: {names}", battery=battery, names=", ".join(one.batteries)
                )
            )
        return battery_order(rest, site.batteries[battery]), battery
    except Unclear as unclear:
        fail(message_of(unclear), ExitCode.MISTAKE)


async def _write(one: Device, request: ManualOrder, clock: Clock, ownership: Ownership) -> None:
    """Write the safer value first. Then print what the charger reports."""
    from optimizer.devices.port import DeviceError

    charger = one.charger
    assert charger is not None  # only a charger has such requests
    try:
        request = await _possible(one, charger, request, clock)
        ownership.require(one.controlled[0], one.brand, clock.now())
        async with clock.timeout(one.write_deadline_s * 4):
            await _carry_out(charger, request)
        echo(said(Text("written: {names}", names=request.sentence())))
        await _confirm(one, request, clock)
    except TimeoutError:
        raise DeviceError(
            "timeout",
            Text(
                "{name}: no answer. The write may have been carried out. {on_record}",
                name=one.name,
                on_record=ON_RECORD,
            ),
        ) from None
    finally:
        await closed((one,))


async def _possible(one: Device, charger: Charger, request: ManualOrder, clock: Clock) -> ManualOrder:
    """The request within the rating of charger and connector. Raises DeviceError if it is not possible now."""
    from optimizer.devices.port import DeviceError, EnergyLimit, PhaseSwitch

    before = await ev_now(one, clock)
    offered_a = before.offered_a.value
    allowed = request.within(before.rated_a.value)
    if allowed != request:
        text = Text(
            "{name} and its connector allow {value} A, so that is written",
            name=one.name,
            value=before.rated_a.value or 0.0,
        )
        echo(said(text))
    if allowed.phases == 3 and before.paused.value is not True and (offered_a is None or offered_a > 6.0):
        raise DeviceError("refused", Text("phases can be added only at 6 A. Set current=6 first"))
    for wanted, possible in ((allowed.phases, PhaseSwitch), (allowed.energy_limit_wh, EnergyLimit)):
        if wanted is not None and not isinstance(charger, possible):
            raise DeviceError("refused", Text("a {brand} cannot do that", brand=one.brand))
    return allowed


async def _carry_out(charger: Charger, request: ManualOrder) -> None:
    """Write a pause first, and its end last."""
    from optimizer.devices.port import EnergyLimit, PhaseSwitch

    if request.paused:
        await charger.set_pause(True)
    if request.current_a is not None:
        await charger.set_current(request.current_a)
    if request.phases is not None and isinstance(charger, PhaseSwitch):
        await charger.set_phases(request.phases)
    if request.energy_limit_wh is not None and isinstance(charger, EnergyLimit):
        await charger.set_energy_limit(request.energy_limit_wh)
    if request.paused is False:
        await charger.set_pause(False)


async def _confirm(one: Device, request: ManualOrder, clock: Clock) -> None:
    """Wait until the charger reports the request. Raises DeviceError if it does not."""
    from optimizer.devices.port import DeviceError

    differs = ""
    for wait_s in (one.lag_s[0], one.lag_s[1] - one.lag_s[0]):
        await clock.sleep(wait_s)
        differs = _differs(request, await ev_now(one, clock))
        if not differs:
            echo(said(Text("{name} confirms it\n{on_record}", name=one.name, on_record=ON_RECORD)))
            return
    raise DeviceError(
        "refused",
        Text(
            "{name} accepted it but does not follow: {differs}\n{on_record}",
            name=one.name,
            differs=differs,
            on_record=ON_RECORD,
        ),
    )


def _differs(request: ManualOrder, ev: Ev) -> str:
    """The values of the charger that differ from the request. Empty if none does."""
    offered_a, paused, phases = ev.offered_a.value, ev.paused.value, ev.phases.value
    texts: list[str] = []
    if request.current_a is not None and (offered_a is None or abs(offered_a - request.current_a) > SAME_A):
        texts.append(
            Text("its current is unknown")
            if offered_a is None
            else Text("its current is {offered} A", offered=offered_a)
        )
    if request.paused is not None and paused != request.paused:
        texts.append(
            Text("whether it is paused is unknown")
            if paused is None
            else Text("it is paused")
            if paused
            else Text("it is not paused")
        )
    if request.phases is not None and phases != request.phases:
        texts.append(Text("its phases are unknown") if phases is None else Text("its phases are {count}", count=phases))
    limit_wh = ev.energy_limit_wh.value
    if request.energy_limit_wh is not None and limit_wh != request.energy_limit_wh:
        texts.append(
            Text("its energy limit is unknown")
            if limit_wh is None
            else Text("its energy limit is {limit} Wh", limit=limit_wh)
        )
    return joined(texts, "{first}, {then}")


async def _order(
    one: Device, battery: str, order: BatteryOrder, floor_percent: float, clock: Clock, ownership: Ownership
) -> None:
    """Adapters verify the order as far as the device allows. Then print the readings."""
    from optimizer.cli.device.readings import HEAD, sample_rows
    from optimizer.cli.device.requests import order_sentence
    from optimizer.devices.port import DeviceError
    from optimizer.model.decision import BatteryAction

    control, key = one.battery, f"battery.{battery}"
    assert control is not None  # only such a device has such requests
    try:
        auto = order.action is BatteryAction.AUTO
        limit_s = one.hand_back_deadline_s if auto else one.write_deadline_s
        if limit_s > 60.0:
            echo(
                said(
                    Text(
                        "{name} answers slowly: this may take {limit} minutes",
                        name=one.name,
                        limit=f"{limit_s / 60.0:.0f}",
                    )
                ),
                err=True,
            )
        if order.power_w > 0.0:
            batteries = {one.name: one for one in (await one.meter.read()).batteries}
            soc = batteries[battery].soc_percent
            if soc.value is None or soc.value <= floor_percent:
                seen = (
                    Text("at {value} %", value=soc.value)
                    if soc.value is not None
                    else Text("of unknown charge ({why})", why=soc.why)
                )
                raise DeviceError(
                    "refused",
                    Text(
                        "{battery} is {seen}: it does not discharge below {floor} % (floor_soc_percent)",
                        battery=battery,
                        seen=seen,
                        floor=floor_percent,
                    ),
                )
        ownership.require(key, one.brand, clock.now())
        async with clock.timeout(limit_s):
            await (control.hand_back(battery) if auto else control.order(battery, order))
        echo(said(Text("written: {order}", order=order_sentence(order))))
        if auto:
            ownership.clear(key)
        else:
            await clock.sleep(min(one.settle_s, FOLLOW_S))
        sample = await one.meter.read()
        echo(table(HEAD, [row for row in sample_rows(sample, clock.monotonic_s()) if row[0].startswith(key)]))
        if not auto:
            dropped = (
                Text("; it drops the setpoint after {own_timeout} s", own_timeout=one.own_timeout_s)
                if one.own_timeout_s
                else ""
            )
            echo(ON_RECORD + dropped)
    except TimeoutError:
        raise DeviceError(
            "timeout",
            Text("{name}: not done within {limit} s. {on_record}", name=one.name, limit=limit_s, on_record=ON_RECORD),
        ) from None
    finally:
        await closed((one,))
