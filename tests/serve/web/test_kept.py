"""A kept document is made again when one of its sources is another one."""

from __future__ import annotations

from optimizer.serve.web.kept import Kept


def test_by_object_and_not_by_value() -> None:
    kept, made = Kept[int](), iter(range(9))
    first, equal = [1], [1]
    assert [kept.of((first,), lambda: next(made)) for _ in range(3)] == [0, 0, 0]
    assert kept.of((equal,), lambda: next(made)) == 1
    assert kept.of((equal, first), lambda: next(made)) == 2
    assert kept.of((), lambda: next(made)) == 3


async def test_by_an_equal_key() -> None:
    kept, made = Kept[int](), iter(range(9))

    async def make() -> int:
        return next(made)

    assert [await kept.of_key((1, 2), make), await kept.of_key((1, 2), make), await kept.of_key((2, 2), make)] == [
        0,
        0,
        1,
    ]
