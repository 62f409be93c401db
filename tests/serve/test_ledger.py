from dataclasses import replace

import pytest

from optimizer.model.by_source import BySource
from optimizer.model.state import Prices
from optimizer.serve.costs import Costs
from optimizer.serve.energy import Books
from optimizer.serve.ledger import Ledger
from tests.serve.prices import prices

NO_PRICES = Prices()


def test_a_day_begins_at_midnight() -> None:
    monday = Ledger().booked(Books(pv_wh=10.0), "2025-06-23", NO_PRICES)
    monday = monday.booked(Books(pv_wh=40.0), "2025-06-23", NO_PRICES)
    assert monday.today.pv_wh == 40.0
    tuesday = monday.booked(Books(pv_wh=45.0, consumed={"home": BySource(1.0)}), "2025-06-24", NO_PRICES)
    assert tuesday.today == Books(pv_wh=5.0, consumed={"home": BySource(1.0)})


def test_the_money_of_a_day_begins_with_the_first_energy_after_midnight() -> None:
    noon = Ledger().booked(Books(import_wh=1000.0), "2025-06-23", prices(30.0))
    assert noon.costs.import_ct == pytest.approx(30.0)
    night = noon.booked(Books(import_wh=3000.0), "2025-06-23", prices(20.0))
    assert night.costs.import_ct == pytest.approx(70.0)
    tuesday = night.booked(Books(import_wh=3500.0), "2025-06-24", prices(20.0))
    assert tuesday.costs.import_ct == pytest.approx(10.0)


def test_books_of_an_earlier_version_have_no_costs() -> None:
    assert replace(Ledger(), day="2025-06-23").costs == Costs()
