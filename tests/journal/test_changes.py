from dataclasses import replace

from optimizer.control.report import DeviceHealth
from optimizer.journal.changes import changes
from optimizer.model.condition import ChargerCondition
from optimizer.model.decision import Cause
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.state import Commanded
from tests.serve.house import report, state


def texts(before: object, after: object) -> list[tuple[str, str]]:
    return [(change.kind, change.text) for change in changes(before, after)]  # type: ignore[arg-type]


def test_a_first_tick_says_how_everything_stands() -> None:
    kinds = [kind for kind, _ in texts(None, report())]
    assert kinds.count("why") == 2
    assert "rules" in kinds


def test_nothing_new_is_nothing_to_say() -> None:
    assert texts(report(), report(state(1005.0, grid_w=-900.0), ticks=2)) == []


def test_another_reason_is_a_line() -> None:
    before, after = report(), report(ticks=2)
    causes = (Cause("ev.disconnected", "ev.carport.current_a"),)
    after = replace(after, decision=replace(after.decision, causes=causes))
    assert ("why", "No car is connected to carport.") in texts(before, after)


def test_devices_that_fall_silent_and_come_back() -> None:
    up, down = DeviceHealth("carport", "nrgkick", True), DeviceHealth("carport", "nrgkick", False, message="timed out")
    silent = texts(report(devices=(up,)), report(devices=(down,)))
    assert silent == [("device", "carport does not answer: timed out")]
    assert texts(report(devices=(down,)), report(devices=(up,))) == [("device", "carport answers again.")]
    stubborn = replace(up, disobeys="wanted 8 A, offers 16 A")
    assert texts(report(devices=(up,)), report(devices=(stubborn,))) == [
        ("device", "carport does not follow: wanted 8 A, offers 16 A")
    ]


def test_a_pause_is_a_line_but_not_each_step_of_the_current() -> None:
    before = report()

    def commanded(current_a: float, paused: bool) -> object:
        snapshot = state()
        ev = replace(snapshot.evs["carport"], commanded=Commanded(current_a, paused, 3, 1000.0))
        return report(replace(snapshot, evs={"carport": ev}))

    assert texts(before, commanded(9.5, False)) == []
    assert texts(before, commanded(6.0, True)) == [("write", "Command to carport: pause.")]


def test_a_fault_of_a_charger_is_a_line_when_it_begins_and_when_it_ends() -> None:
    def with_error(word: str | None, rcd: str = "none") -> object:
        snapshot = state()
        error: Reading[str] = unknown("odd") if word is None else known(word, 1000.0)
        condition = ChargerCondition(error=error, rcd=known(rcd, 1000.0))
        return report(replace(snapshot, evs={"carport": replace(snapshot.evs["carport"], condition=condition)}))

    begins = ("device", "carport reports an error: the housing is too hot (housing_overtemperature).")
    assert texts(with_error("none"), with_error("housing_overtemperature")) == [begins]
    assert texts(with_error("housing_overtemperature"), with_error("housing_overtemperature")) == []
    assert texts(with_error("housing_overtemperature"), with_error(None)) == []
    assert texts(with_error(None), with_error("none")) == []
    ends = ("device", "carport no longer reports an error.")
    assert texts(with_error("housing_overtemperature"), with_error("none")) == [ends]
    residual = "carport reports a residual current: AC residual current above 30 mA (ac_30ma_fault)."
    assert texts(with_error("none"), with_error("none", "ac_30ma_fault")) == [("device", residual)]
    assert begins in texts(None, with_error("housing_overtemperature"))


def test_rules_that_cannot_be_used() -> None:
    (line,) = texts(report(), report(book_error="rules.yaml:3:5: no such field"))
    assert line[0] == "rules"
    assert "rules.yaml:3:5" in line[1]


def test_a_reading_that_becomes_implausible_is_a_line_once() -> None:
    snapshot = state(grid_w=-9000.0)
    why = "implausible: PV, grid, batteries, and cars leave -4.1 kW for the home"
    judged = replace(snapshot, grid=replace(snapshot.grid, power_w=unknown(why, 1000.0)))
    believed, doubted = report(snapshot, judged=snapshot), report(snapshot, judged=judged)
    assert texts(believed, doubted) == [("device", f"grid.power_w is unknown: {why}.")]
    assert texts(doubted, doubted) == []
    assert texts(doubted, believed) == [("device", "grid.power_w is no longer implausible.")]


def test_a_rule_switched_by_hand_is_a_line_and_its_end_is_another() -> None:
    off, dry = report(rules_by_hand={"night": "false"}), report(rules_by_hand={"night": "dry-run"})
    assert texts(report(), off) == [("rules", "Rule night is switched off by hand.")]
    assert texts(off, off) == []
    assert [text for _, text in texts(off, dry)] == [
        "Rule night is in a dry run by hand: it shows what it would do and changes nothing."
    ]
    assert texts(dry, report()) == [("rules", "Rule night is again as its file says.")]
