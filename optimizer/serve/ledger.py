"""The ledger: the energy books over all days, and the energies and the money of this day."""

from __future__ import annotations

from dataclasses import dataclass, replace

from optimizer.model.state import Prices
from optimizer.serve.costs import Costs, priced
from optimizer.serve.energy import Books, since
from optimizer.serve.pv_day import PvDay


@dataclass(frozen=True, slots=True)
class Ledger:
    """The books now, and at the beginning of this day."""

    books: Books = Books()
    day: str = ""
    """Local date, ISO; empty before the first tick."""
    day_start: Books = Books()
    pv_day: PvDay = PvDay()
    """The energy of each PV system since midnight."""
    costs: Costs = Costs()
    """The money of this day."""

    def booked(self, books: Books, day: str, prices: Prices) -> Ledger:
        """The ledger with new books. If the day differs, it begins with the old books."""
        if day != self.day:
            fresh = priced(Costs(), self.books, books, prices)
            return Ledger(books=books, day=day, day_start=self.books, pv_day=self.pv_day, costs=fresh)
        return replace(self, books=books, costs=priced(self.costs, self.books, books, prices))

    @property
    def today(self) -> Books:
        """The energies of this day."""
        return since(self.books, self.day_start)
