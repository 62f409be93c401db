"""Plan: the house, the rules and the parameters that decisions are made by."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.control.params import Params
from optimizer.model.site import Site
from optimizer.rules.engine import Book


@dataclass(frozen=True, slots=True)
class Plan:
    """What stays the same from tick to tick; a rule reload makes a new one."""

    site: Site
    book: Book
    params: Params = Params()
