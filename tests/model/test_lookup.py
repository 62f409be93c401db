"""Lookups take readings from a State by the names that the State gives them."""

from optimizer.model.device_lookups import of_ev, sum_of_batteries
from optimizer.model.house_lookups import of_house
from optimizer.model.lookup import negative, positive
from tests.model.test_fields import full


def test_a_reading_becomes_a_field_by_its_name_in_the_state() -> None:
    state = full()
    assert of_house("grid.power_w").get(state, "") == -600.0
    assert of_ev("power_w").get(state, "garage") == 1000.0
    assert of_ev("power_w").get(state, "shed") is None
    assert not list(of_ev("power_w").parts(state, "shed"))
    both = sum_of_batteries("power_w")
    assert (both.get(state, ""), both.get(state, "attic"), both.get(state, "shed")) == (400.0, -100.0, None)
    assert (positive(both).get(state, "attic"), negative(both).get(state, "attic")) == (0.0, 100.0)
    assert list(negative(both).parts(state, "attic")) == [state.batteries["attic"].power_w]
