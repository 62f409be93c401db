"""A table of another program becomes samples: one for each column of each quantity."""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isnan
from pathlib import Path

from optimizer.study.input.cells import Cells
from optimizer.study.input.cut_off import refuse_cut_off
from optimizer.study.input.day_numbers import is_day_number
from optimizer.study.input.interval_ends import Side, side_by_name
from optimizer.study.input.layout import Form, Layout, find_layout
from optimizer.study.input.mapping import Source, Term, terms_of
from optimizer.study.input.numbers import NumberColumn
from optimizer.study.input.samples import MINUTE_S, Samples
from optimizer.study.input.series import StudyError
from optimizer.study.input.time_words import without_end
from optimizer.study.input.times import Times, checked_year, parse_time, unreadable
from optimizer.study.input.tracks import Reading, Track
from optimizer.study.input.units import Unit, bare, is_unit_row, unit_in_cell, unit_in_name
from optimizer.words.text import Text

MAX_ROWS = 12_000_000
MAX_NAMES = 10_000
"""Names of a table with one state in each row."""
SHOWN_NAMES = 20
UNIT_ROWS = 2
UNIT_COLUMNS = frozenset({"unit", "unit_of_measurement", "units", "einheit"})
"""Columns with the unit of the state in a table with one state in each row."""
SILENT_S = 3600.0
"""If a table of states has no row for longer, its writer was off, and the states are unknown."""
TOLD_EVERY = 10_000
"""Rows between two calls of `progress`."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a quantity as it is in the table, without factor and unit."""

    term: Term
    samples: Samples
    unit: Unit | None = None
    place: str = ""
    """The file and line of the unit."""


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of each quantity."""

    columns: Mapping[str, tuple[Column, ...]]
    unknown: int
    """Cells that are marked as unknown."""
    without_zone: bool = False
    """Whether times have no zone."""
    looks_like_ends: bool = False
    """Whether the times seem to be those of the ends of intervals."""
    side_by_name: Side = Side.UNKNOWN
    """What the name of the time column, or a cell with both times, tells about the times."""
    of_states: bool = False
    """Whether each row has one state, so that its time is no interval."""
    day_numbers: bool = False
    """Whether times are day numbers of a spreadsheet."""
    cut_line: int | None = None
    """The last line, if the file ends within it, so that it was left out."""
    left_out: int = 0
    """Rows of an hour that occurs twice, which the order of the rows does not tell apart."""

    @property
    def side(self) -> Side:
        """What the table tells about its times. The name of the column counts first."""
        if self.side_by_name is not Side.UNKNOWN:
            return self.side_by_name
        return Side.END if self.looks_like_ends else Side.UNKNOWN


def read_table(
    path: Path,
    mapping: Mapping[str, Source],
    form: Form,
    reading: Reading,
    progress: Callable[[float], None] = lambda _: None,
) -> Table:
    """The columns of a table of text. Raises StudyError with file and line.

    `progress` gets the finished part (0–1) of a table with even lines.
    """
    layout = find_layout(path, form, lambda header: _first_missing(mapping, header))
    cut: list[int] = []
    if layout.long_at is None:
        terms = {quantity: _terms(source, layout, layout.header) for quantity, source in mapping.items()}
        tracks, units = _wide(layout, terms, reading, _counted(layout, progress, cut.append))
        for name in () if cut else tracks[0].numbers:
            refuse_cut_off(layout, layout.header.index(name))
    else:
        names = _names(layout, layout.long_at[0])
        terms = {quantity: _terms(source, layout, names) for quantity, source in mapping.items()}
        tracks, units = _long(layout, layout.long_at, terms, reading, _counted(layout, progress, cut.append))
    samples: dict[str, Samples] = {}
    for track in tracks:
        samples |= track.samples(reading, held=layout.long_at is not None)
        units |= {name: cells.unit(*units[name]) for name, cells in track.numbers.items()}
    if layout.values_at_end:
        for own in samples.values():
            usual_s = own.spacing_s()
            own.at_s = array("d", (at_s + usual_s for at_s in own.at_s))
    if layout.long_at is not None:
        _mark_silence(samples)
    return Table(
        {
            quantity: tuple(Column(term, samples[term.name], *units[term.name]) for term in own)
            for quantity, own in terms.items()
        },
        sum(column.numbers.unknown for track in tracks for column in track.numbers.values()),
        without_zone=any(isnan(at_s) for track in tracks for at_s in track.times.unix_s),
        looks_like_ends=layout.long_at is None and any(track.times.look_like_ends for track in tracks),
        side_by_name=Side.BEGIN
        if any(track.times.first_of_two for track in tracks)
        else side_by_name(layout.header[at] for at in layout.time_at),
        of_states=layout.long_at is not None,
        day_numbers=any(track.times.day_numbers for track in tracks),
        cut_line=next(iter(cut), None),
        left_out=sum(track.left_out for track in tracks),
    )


def _first_missing(mapping: Mapping[str, Source], names: Sequence[str]) -> str:
    return next((source.text for source in mapping.values() if terms_of(source, names) is None), "")


def _terms(source: Source, layout: Layout, names: Sequence[str]) -> tuple[Term, ...]:
    terms = terms_of(source, names)
    if terms is None:
        shown = ", ".join(names[:SHOWN_NAMES]) + (" …" if len(names) > SHOWN_NAMES else "")
        raise StudyError(
            Text(
                "{path}:{line}: there are no rows of “{text}”. The names are {value}",
                path=str(layout.path),
                line=layout.line,
                text=source.text,
                value=shown or Text("none"),
            )
        )
    for term in terms:
        if names.count(term.name) > 1:
            raise StudyError(
                Text(
                    "{path}:{line}: there are two columns “{name}”. Rename one",
                    path=str(layout.path),
                    line=layout.line,
                    name=term.name,
                )
            )
    return terms


def _cells(name: str, reading: Reading) -> Cells:
    return Cells(NumberColumn(name, reading.decimal))


def _wide(
    layout: Layout, terms: Mapping[str, Sequence[Term]], reading: Reading, rows: Iterable[tuple[int, list[str]]]
) -> tuple[list[Track], dict[str, tuple[Unit | None, str]]]:
    places = {term.name: layout.header.index(term.name) for own in terms.values() for term in own}
    units = _units_in_names(layout, places)
    track = Track(Times(str(layout.path)), {name: _cells(name, reading) for name in places})
    for line, row in rows:
        if not track.times.lines and line <= layout.line + UNIT_ROWS and is_unit_row(row):
            units |= {
                name: (_unit(layout, line, name, row[place], units[name][0]), f"{layout.path}:{line}")
                for name, place in places.items()
            }
            continue
        at = f"{layout.path}:{line}"
        _add_time(track.times, at, line, layout.time_of(row), reading)
        for name, place in places.items():
            track.numbers[name].add(at, row[place])
    if len(layout.time_at) > 1 and side_by_name(layout.header[at] for at in layout.time_at) is Side.END:
        track.times.move_midnights()
    return [track], units


def _long(
    layout: Layout, places: tuple[int, int], terms: Mapping[str, Sequence[Term]], reading: Reading,
    rows: Iterable[tuple[int, list[str]]],
) -> tuple[list[Track], dict[str, tuple[Unit | None, str]]]:  # fmt: skip
    names = {term.name for own in terms.values() for term in own}
    tracks = {name: Track(Times(str(layout.path)), {name: _cells(name, reading)}) for name in sorted(names)}
    units = _units_in_names(layout, names)
    unit_at = next((n for n, word in enumerate(layout.header) if word.lower() in UNIT_COLUMNS), None)
    for line, row in rows:
        name = row[places[0]].strip()
        if name not in tracks:
            continue
        at = f"{layout.path}:{line}"
        if unit_at is not None and row[unit_at].strip():
            units[name] = _unit(layout, line, name, row[unit_at], units[name][0]), at
        _add_time(tracks[name].times, at, line, layout.time_of(row), reading)
        tracks[name].numbers[name].add(at, row[places[1]])
    return list(tracks.values()), units


def _units_in_names(layout: Layout, names: Iterable[str]) -> dict[str, tuple[Unit | None, str]]:
    return {name: (unit_in_name(name), f"{layout.path}:{layout.line}") for name in names}


def _names(layout: Layout, place: int) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for line, row in layout.rows():
        names[row[place].strip()] = None
        if len(names) > MAX_NAMES:
            raise StudyError(
                Text(
                    "{path}:{line}: more than {max_names} names. Check the columns in --long",
                    path=str(layout.path),
                    line=line,
                    max_names=MAX_NAMES,
                )
            )
    return tuple(names)


def _counted(
    layout: Layout, progress: Callable[[float], None], cut: Callable[[int], None]
) -> Iterator[tuple[int, list[str]]]:
    size = max(1, layout.path.stat().st_size)
    read = 0
    for count, (line, row) in enumerate(layout.rows(cut)):
        if count >= MAX_ROWS:
            raise StudyError(
                Text(
                    "{path}:{line}: more than {max_rows} rows. Split the table",
                    path=str(layout.path),
                    line=line,
                    max_rows=MAX_ROWS,
                )
            )
        read += sum(map(len, row)) + len(row)
        if line % TOLD_EVERY == 0:
            progress(min(1.0, read / size))
        yield line, row


def _add_time(times: Times, at: str, line: int, text: str, reading: Reading) -> None:
    try:
        times.add(line, checked_year(parse_time(text, reading.time_format)))
    except (ValueError, OverflowError) as error:
        raise unreadable(at, text, error) from error
    times.day_numbers = times.day_numbers or (not reading.time_format and is_day_number(text))
    if len(times.lines) == 1:
        times.first_of_two = without_end(text) != text
    times.day_ends = times.day_ends or " 24:0" in text or "T24:0" in text


def _unit(layout: Layout, line: int, name: str, cell: str, in_name: Unit | None) -> Unit | None:
    unit = unit_in_cell(cell)
    if unit is None and bare(cell) and bare(cell) != "-":
        raise StudyError(
            Text(
                "{path}:{line}: {name} is in {cell}, not in W, kW, Wh, kWh, or a price",
                path=str(layout.path),
                line=line,
                name=name,
                cell=bare(cell),
            )
        )
    if unit is not None and in_name is not None and in_name.sure and unit != in_name:
        raise StudyError(
            Text(
                "{path}:{line}: {name} is in {unit} here, and in {before} before",
                path=str(layout.path),
                line=line,
                name=name,
                unit=unit.name,
                before=in_name.name,
            )
        )
    return unit or in_name


def _mark_silence(samples: dict[str, Samples]) -> None:
    """Held values end where no name has a row for longer than `SILENT_S`, or twice the usual spacing."""
    longest_s = max(SILENT_S, 2.0 * min(own.spacing_s() for own in samples.values()))
    times = heapq.merge(*(own.at_s for own in samples.values()))
    silences = [earlier + MINUTE_S for earlier, later in pairwise(times) if later - earlier > longest_s]
    for name, own in list(samples.items()):
        if silences and len(own):
            ended = Samples(own, held=True, source=own.source)
            ended.lines = own.lines + array("l", [own.lines[-1]] * len(silences))
            ended.extend((at_s, float("nan")) for at_s in silences)
            samples[name] = ended.in_order()
