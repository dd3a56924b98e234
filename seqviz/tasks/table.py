"""A table that somebody uploads as a text file, CSV and its kin: its columns, the numbers in them, the order of time.

Whatever is wrong with a file raises Refusal. What can be read in two ways is read by one stated rule, the same for all
of a column, or refused.
"""

import csv
import io
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from seqviz.traces.refusal import N_, Refusal

MOST_BYTES = 1_000_000
MOST_ROWS = 20_000
MOST_COLUMNS = 50
MOST_GAP = 3  # missing values in a row that are filled

MISSING = {"", "na", "n/a", "nan", "null", "none", "-", "?"}
DELIMITERS = "\t;|,"  # the last is the one that numbers and prose have too
NO_DELIMITER = "\x1f"  # stands in no text: files with control characters are refused

# What people take for a CSV file, by how it begins.
_OTHERS = {b"PK": "zip", b"\xd0\xcf\x11\xe0": "xls", b"PAR1": "parquet", b"\x1f\x8b": "gzip", b"%PDF": "pdf"}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_DATE = re.compile(r"([0-9]{1,4})([-/.])([0-9]{1,2})(?:\2([0-9]{1,4}))?(?:[T ]+([0-9]{1,2})(:[0-9]{2}.*))?")
_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_YEAR = re.compile(r"1[5-9][0-9]{2}|2[01][0-9]{2}")
_UNITS = "$€£¥% \u00a0"

EMPTY = N_("The file is empty: choose another one.")
TOO_LARGE = N_("The file has {found} bytes; at most {most} are read. Leave out rows or columns.")
BINARY = N_("This is not a text file (it looks like: {looks_like}). Save the table as CSV and choose that.")
NO_TEXT = N_("This is not a text file, and its format is not known here. Save the table as CSV and choose that.")
BAD_CELL = N_(
    "Line {line}: a quotation mark does not close, or has text behind it, or a cell has more than {most} "
    "characters. Mend that line."
)
RAGGED = N_("Line {line} has {found} cells, but the first line has {wanted}. Mend that line.")
NO_ROWS = N_("There is nothing under the header: choose another file.")
TOO_MANY_ROWS = N_("The table has more than {most} rows: leave some out.")
TOO_MANY_COLUMNS = N_("The table has {found} columns; at most {most} are read: leave some out.")
NO_NUMBERS = N_("No column of the table holds numbers: choose another file.")
NOT_A_NUMBER = N_("Line {line}, column {column}: “{text}” is no number. Write one, or leave the cell empty.")
HAS_UNIT = N_("Line {line}, column {column}: in “{text}” leave out the sign beside the number.")
NOT_FINITE = N_("Line {line}, column {column}: “{text}” is no finite number. Mend it or leave the cell empty.")
GAP_TOO_LONG = N_(
    "From line {line} on, {length} values in a row are missing; at most {most} are filled. Cut the table there."
)
DATES_UNORDERED = N_("The date in line {line} goes the other way than those before it: sort the rows by date.")


@dataclass(frozen=True)
class Table:
    """The cells of a table as text, without the white space around them; R rows, C columns."""

    header: tuple[str, ...]  # (C,): "1", "2", … where there is no name
    has_header: bool
    delimiter: str  # "" where there is one column
    columns: tuple[tuple[str, ...], ...]  # (C, R)
    lines: tuple[int, ...]  # (R,): the line of the file that each row begins in, from 1

    def numbers(self, index: int) -> np.ndarray:
        """The numbers of a column, (R,) float64, NaN where one is missing.

        A lone comma before three digits, 1,234, is a decimal one in a file with semicolons and groups thousands in
        others; a lone point is a decimal point, 1.234. Otherwise the column itself tells what groups and what divides;
        spaces and apostrophes only group. Raises Refusal: NOT_A_NUMBER, HAS_UNIT, NOT_FINITE.
        """
        cells = [(row, cell) for row, cell in enumerate(self.columns[index]) if cell.casefold() not in MISSING]
        styles = [_COMMA] * (self.delimiter == ";") + [_POINT_GROUPED, _COMMA_GROUPED]
        misfits = [next((at for at, (_, c) in enumerate(cells) if not style.fits(c)), len(cells)) for style in styles]
        style, misfit = styles[int(np.argmax(misfits))], max(misfits)
        numbers = np.full(len(self.lines), np.nan)
        for row, cell in cells[:misfit]:
            numbers[row] = style.number(cell)
            if np.isinf(numbers[row]):
                raise Refusal(NOT_FINITE, **self._place(row, index))
        if misfit < len(cells):
            row, cell = cells[misfit]
            bare = cell.strip(_UNITS)
            has_unit = bare != cell and any(style.fits(bare) for style in styles)
            raise Refusal(HAS_UNIT if has_unit else NOT_A_NUMBER, **self._place(row, index))
        return numbers

    @cached_property
    def numeric_columns(self) -> tuple[int, ...]:
        """The columns that are numbers throughout, but for the column of dates.

        Raises Refusal where there is none: what is wrong with the column that has the most numbers, or NO_NUMBERS.
        """
        found, errors = [], [(0, Refusal(NO_NUMBERS))]
        for index, cells in enumerate(self.columns):
            if index == self.date_column:
                continue
            try:
                if np.isfinite(self.numbers(index)).any():
                    found.append(index)
            except Refusal as error:
                errors.append((sum(map(_is_number, cells)), error))
        if not found:
            raise max(errors, key=lambda error: error[0])[1]
        return tuple(found)

    @cached_property
    def date_column(self) -> int | None:
        """The first column whose dates, times or years ascend."""
        return next((index for index, cells in enumerate(self.columns) if _order(cells) == (1, 0)), None)

    def _place(self, row: int, index: int) -> dict[str, str | int]:
        cell = self.columns[index][row]
        return {"line": self.lines[row], "column": _short(self.header[index]), "text": _short(cell)}


def read_table(data: bytes) -> Table:
    """The table in a text file: UTF-8, UTF-16 with its mark, or else Windows' Latin 1; quoted cells as in RFC 4180.

    The delimiter is the first of DELIMITERS that cuts all rows into as many cells. Where the first row has none of
    them, there is one column. Empty lines are left out. The first row is a header where it holds no number, no date,
    and nothing that its column holds again, or where its first cell alone of that column is empty. Raises Refusal.
    """
    text = _decoded(data)
    delimiter, rows, lines = _cut(text)
    has_header = _is_header(rows)
    if has_header and len(rows) == 1:
        raise Refusal(NO_ROWS)
    if len(rows) - has_header > MOST_ROWS:
        raise Refusal(TOO_MANY_ROWS, most=MOST_ROWS)
    names = rows[0] if has_header else [""] * len(rows[0])
    header = tuple(name or str(number) for number, name in enumerate(names, start=1))
    columns = tuple(zip(*rows[has_header:], strict=True))
    return Table(header, has_header, delimiter, columns, tuple(lines[has_header:]))


def in_time_order(table: Table) -> tuple[Table, bool]:
    """The table with its oldest row first, and whether it had to be turned round for that.

    By the first column of dates that ascend, or else descend; left as it is where no column holds dates. Raises
    Refusal: DATES_UNORDERED, where there are dates that do neither.
    """
    orders = [order for cells in table.columns if (order := _order(cells))]
    directions = [direction for direction, _ in orders]
    if not orders or 1 in directions:
        return table, False
    if -1 in directions:
        return replace(table, columns=tuple(cells[::-1] for cells in table.columns), lines=table.lines[::-1]), True
    raise Refusal(DATES_UNORDERED, line=table.lines[orders[0][1]])


def fill_gaps(values: np.ndarray, lines: Sequence[int]) -> tuple[np.ndarray, int]:
    """Values (R,) without NaN, and how many were filled in; `lines` are those of the table, for the error to name.

    A missing value is as the one before it, which looks into no future; at both ends they are left out. Raises
    Refusal: GAP_TOO_LONG for more than MOST_GAP in a row, NO_NUMBERS where all are missing.
    """
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        raise Refusal(NO_NUMBERS)
    gaps = np.diff(known) - 1
    if gaps.max(initial=0) > MOST_GAP:
        first = int((gaps > MOST_GAP).argmax())
        raise Refusal(GAP_TOO_LONG, line=lines[known[first] + 1], length=int(gaps[first]), most=MOST_GAP)
    return np.repeat(values[known], [*(gaps + 1), 1]), int(gaps.sum())


# ---- from bytes to cells


def _decoded(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise Refusal(TOO_LARGE, found=len(data), most=MOST_BYTES)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    if _CONTROL.search(text):
        looks_like = next((name for start, name in _OTHERS.items() if data.startswith(start)), "")
        if looks_like == "zip" and b"xl/workbook" in data:
            looks_like = "xlsx"
        raise Refusal(BINARY, looks_like=looks_like) if looks_like else Refusal(NO_TEXT)
    if not text.strip():
        raise Refusal(EMPTY)
    return text


def _cut(text: str) -> tuple[str, list[list[str]], list[int]]:
    """The delimiter, the rows of cells, all as wide as the first, and the line that each begins in."""
    cuts = {delimiter: _rows(text, delimiter) for delimiter in NO_DELIMITER + DELIMITERS}

    def fit(delimiter: str) -> float:
        """The share of rows that are as wide as the first, halved where not all can be read; 0 for one column."""
        rows, _, error = cuts[delimiter]
        if not rows or len(rows[0]) == 1:
            return 0
        return sum(len(row) == len(rows[0]) for row in rows) / len(rows) / (2 if error else 1)

    delimiter = max(cuts, key=fit)
    rows, lines, error = cuts[delimiter]
    if rows and len(rows[0]) > MOST_COLUMNS:
        raise Refusal(TOO_MANY_COLUMNS, found=len(rows[0]), most=MOST_COLUMNS)
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(rows[0]):
            raise Refusal(RAGGED, line=line, found=len(row), wanted=len(rows[0]))
    if error:
        raise error
    return delimiter.replace(NO_DELIMITER, ""), rows, lines


def _rows(text: str, delimiter: str) -> tuple[list[list[str]], list[int], Refusal | None]:
    """The rows that a delimiter gives, the line that each begins in, and the error that they end in, if any."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    rows, lines, line = [], [], 1
    try:
        for row in reader:
            # A line of white space is no row, but one of many columns would be: "" is how a missing value is written.
            if len(row) > 1 or (row and (row[0].strip() or delimiter == NO_DELIMITER)):
                rows.append([cell.strip() for cell in row])
                lines.append(line)
            line = reader.line_num + 1
            if len(rows) > MOST_ROWS + 1:
                break
    except csv.Error:
        return rows, lines, Refusal(BAD_CELL, line=line, most=csv.field_size_limit())
    return rows, lines, None


def _is_header(rows: list[list[str]]) -> bool:
    first, *others = rows
    if others and not first[0] and all(row[0] for row in others):
        return True  # an index, which has no name
    if any(_is_number(cell) or _moments([cell]) for cell in first) or all(c.casefold() in MISSING for c in first):
        return False
    return not any(name and name == row[index] for row in others for index, name in enumerate(first))


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


# ---- numbers


class _Style:
    """How numbers are written: what divides off the decimals, and what groups the thousands."""

    def __init__(self, decimal: str, groups: str):
        whole = rf"(?:[1-9][0-9]{{0,2}}([{groups}])[0-9]{{3}}(?:\1[0-9]{{3}})*|[0-9]+)"
        self.pattern = re.compile(
            rf"[+\-−]?(?:{whole}(?:[{decimal}][0-9]*)?|[{decimal}][0-9]+)(?:e[+\-−]?[0-9]+)?|[+\-−]?inf(?:inity)?", re.I
        )
        self.plain = str.maketrans({decimal: ".", "−": "-"} | dict.fromkeys(groups))

    def fits(self, text: str) -> bool:
        return self.pattern.fullmatch(text) is not None

    def number(self, text: str) -> float:
        return float(text.translate(self.plain))


_SPACES = " '’\u00a0\u202f"
_COMMA, _POINT_GROUPED, _COMMA_GROUPED = _Style(",", _SPACES), _Style(".", "," + _SPACES), _Style(",", "." + _SPACES)


def _is_number(text: str) -> bool:
    return _POINT_GROUPED.fits(text) or _COMMA_GROUPED.fits(text)


# ---- dates


def _order(cells: Sequence[str]) -> tuple[int, int] | None:
    """(1, 0) where the dates of a column ascend, (−1, 0) where they descend, else (0, the first row that turns).

    None where the cells are no dates, or all the same.
    """
    rows = [row for row, cell in enumerate(cells) if cell.casefold() not in MISSING]
    orders = []
    for moments in _moments([cells[row] for row in rows]):
        signs = np.sign(np.diff(moments).astype(np.int64))
        moves = np.flatnonzero(signs)
        if len(moves):
            turns = moves[signs[moves] != signs[moves[0]]]
            orders.append((0, rows[turns[0] + 1]) if len(turns) else (int(signs[moves[0]]), 0))
    return max(orders, key=lambda order: abs(order[0]), default=None)


def _moments(cells: Sequence[str]) -> list[np.ndarray]:
    """The ways in which all cells are dates, as moments (R,): years, year first, day first, month first."""
    if all(map(_YEAR.fullmatch, cells)):
        years = np.array(cells, dtype=np.int64)
        # Numbers of four digits are years only where they count on evenly.
        return [years] if len(set(np.diff(years))) == 1 else []
    readings = []
    for order in ("ymd", "dmy", "mdy"):
        with suppress(ValueError, OverflowError):
            readings.append(np.array([_moment(cell, order) for cell in cells], dtype="datetime64[us]"))
    return readings


def _moment(text: str, order: str) -> datetime:
    """The moment that a date names, its parts in this order. Raises ValueError; OverflowError at the ends of time."""
    found = _DATE.fullmatch(_DAY.sub(r"\1-\2-\3", text) if len(text) == 8 else text)
    if not found or (found[4] is None and found[2] == "."):  # 2024.5 is a number
        raise ValueError(text)
    parts = dict(zip(order, (found[1], found[3], found[4] or "1"), strict=True))
    clock = f"{found[5]:0>2}{found[6]}" if found[5] else "00:00"
    # Refuses a year that has not four digits, as where two parts are no year and month.
    moment = datetime.fromisoformat(f"{parts['y']}-{parts['m']:0>2}-{parts['d']:0>2}T{clock}")
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
