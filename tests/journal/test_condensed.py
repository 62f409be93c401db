"""The log for people: reasons that flip within a minute are one line."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from optimizer.journal.changes import Change
from optimizer.journal.condensed import condensed
from optimizer.words.text import Text
from tests.serve.house import NOON

SENTENCES = {"own": "Battery {name} uses its own control.", "home": "Battery {name} supplies the home only."}


def why(at_s: float, reason: str, device: str = "battery.fems") -> Change:
    text = Text(SENTENCES[reason], name=device.partition(".")[2])
    return Change(NOON + timedelta(seconds=at_s), "why", device, text)


def said(changes: list[Change]) -> list[str]:
    return [str(change.text) for change in changes]


def test_a_short_interruption_is_one_line() -> None:
    assert said(condensed([why(0, "own"), why(300, "home"), why(340, "own"), why(900, "home")])) == [
        "Battery fems uses its own control.",
        "For 40 s: Battery fems supplies the home only.",
        "Battery fems supplies the home only.",
    ]


def test_interruptions_that_repeat_are_one_line_with_their_number() -> None:
    flips = [why(0, "own")]
    for start in range(300, 1500, 120):
        flips += [why(start, "home"), why(start + 30, "own")]
    assert said(condensed(flips)) == [
        "Battery fems uses its own control.",
        "10 times, 5 min in total: Battery fems supplies the home only.",
    ]


def test_what_lasts_longer_than_a_minute_has_its_lines() -> None:
    lines = [why(0, "own"), why(300, "home"), why(361, "own")]
    assert condensed(lines) == lines


def test_devices_and_other_lines_are_apart() -> None:
    device = Change(NOON + timedelta(seconds=310), "device", "fems", "fems answers again.")
    lines = [why(0, "own"), why(300, "home"), device, why(320, "home", "battery.attic"), why(330, "own")]
    assert said(condensed(lines)) == [
        "Battery fems uses its own control.",
        "For 30 s: Battery fems supplies the home only.",
        "fems answers again.",
        "Battery attic supplies the home only.",
    ]


@given(st.lists(st.tuples(st.floats(1, 400), st.sampled_from(["a", "b"])), max_size=40))
def test_the_last_reason_of_each_device_is_the_true_one(steps: list[tuple[float, str]]) -> None:
    at_s, lines, reasons = 0.0, list[Change](), {"a": "own", "b": "own"}
    for pause_s, device in steps:
        at_s += pause_s
        reasons[device] = "home" if reasons[device] == "own" else "own"
        lines.append(why(at_s, reasons[device], f"battery.{device}"))
    short = condensed(lines)
    assert len(short) <= len(lines)
    for device in ("a", "b"):
        own = [line for line in lines if line.subject == f"battery.{device}"]
        standing = [line for line in short if line.subject == f"battery.{device}" and line in own]
        assert [str(line.text) for line in standing[-1:]] == [str(line.text) for line in own[-1:]]
    assert [line.at for line in short] == sorted(line.at for line in short)
