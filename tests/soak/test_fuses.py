"""The soak's look at the fuses finds what it is meant to find."""

from __future__ import annotations

from bench.soak_fuses import FuseWatch, Overloads
from optimizer.model.site import ChargerSite, Site
from optimizer.twin.physics import ChargerSpec, House, PhysicsSpec

SITE = Site(fuse_a=23.0, chargers={"carport": ChargerSite("carport", settle_s=13.0)})
PACES_S = {"meter": 1.0, "carport": 5.0}


def watched(load_w: float, current_a: float, ailing: frozenset[str] = frozenset()) -> Overloads:
    """The findings of 60 s with this load in the home and this offer to the car."""
    house = House(PhysicsSpec(chargers=(ChargerSpec(initial_current_a=0.0),), batteries=()))
    found = Overloads()
    watch = FuseWatch(found, SITE, {"carport": "box"}, "meter", PACES_S)
    house.chargers[0].command(0.0, 3, current_a)
    for second in range(60):
        house.step(1.0, 0.0, load_w)
        watch.look(house, float(second), 1.0, ailing)
    return found


def test_a_car_that_stays_above_a_fuse_is_found() -> None:
    found = watched(4_600.0, 16.0)
    assert len(found.broken) == 1
    assert found.broken[0].startswith("carport on L1 at 26.0 A for over 24 s")
    assert found.longest_s > 24.0


def test_below_the_fuse_and_without_a_car_there_is_nothing_to_find() -> None:
    assert watched(4_600.0, 9.0) == Overloads()
    assert watched(30_000.0, 0.0) == Overloads()


def test_what_cannot_be_seen_or_told_is_counted_and_not_blamed() -> None:
    for device in ("meter", "box"):
        found = watched(4_600.0, 16.0, frozenset({device}))
        assert found.seconds > 20.0
        assert not found.broken
