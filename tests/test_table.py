"""Uploaded tables are read as people write them; whatever is wrong with one has a code and a place."""

import csv
import io
import zipfile

import numpy as np
import pytest
import refusals
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import name_of

from seqviz.tasks import table
from seqviz.tasks.table import fill_gaps, in_time_order, read_table
from seqviz.traces.refusal import Refusal

NAN = np.nan


def read(text):
    return read_table(text.encode())


def refused(do, *arguments):
    """The name and the facts of what `do` refuses."""
    name, facts = refusals.refused([table], do, *arguments)
    assert all(len(str(fact)) <= 40 for fact in facts.values())
    return name, facts


# ---- cells


@pytest.mark.parametrize(
    ("text", "delimiter", "header", "columns"),
    [
        ("day,value\n1,2\n3,4\n", ",", ("day", "value"), (("1", "3"), ("2", "4"))),
        ("day;value\r\n1;2,5\r\n3;4,5", ";", ("day", "value"), (("1", "3"), ("2,5", "4,5"))),
        ("a\tb\n1\t2,5\n3\t4,5\n", "\t", ("a", "b"), (("1", "3"), ("2,5", "4,5"))),
        ("a | b \n 1| 2\n", "|", ("a", "b"), (("1",), ("2",))),
        ("1;2\n3;4\n", ";", None, (("1", "3"), ("2", "4"))),
        ("1;2,5\n3;4,5\n", ";", None, (("1", "3"), ("2,5", "4,5"))),  # each cuts all rows in two
        ("value\n12,5\n13,2\n", "", ("value",), (("12,5", "13,2"),)),  # one name, one column
        ("1\r2\r3", "", None, (("1", "2", "3"),)),
        ("\n\na,b\n\n1,2\n   \n3,4\n\n", ",", ("a", "b"), (("1", "3"), ("2", "4"))),
        (",value\n0,7\n1,8\n", ",", ("1", "value"), (("0", "1"), ("7", "8"))),
        (",0\n0,7\n1,8\n", ",", ("1", "0"), (("0", "1"), ("7", "8"))),  # a pandas Series without a name
        (",5\n,6\n1,7\n", ",", None, (("", "", "1"), ("5", "6", "7"))),
        ("2024-01-01,high\n2024-01-02,low\n", ",", None, (("2024-01-01", "2024-01-02"), ("high", "low"))),
        ('temp; °C,label\n"p",1\n', ",", ("temp; °C", "label"), (("p",), ("1",))),
        ("2024-01-01,5\n2024-01-02,6\n", ",", None, (("2024-01-01", "2024-01-02"), ("5", "6"))),
        ("text,label\nfine,pos\nbad,neg\n", ",", ("text", "label"), (("fine", "bad"), ("pos", "neg"))),
        ("fine,pos\nbad,neg\ngood,pos\n", ",", None, (("fine", "bad", "good"), ("pos", "neg", "pos"))),
        ("NA,?\n1,2\n", ",", None, (("NA", "1"), ("?", "2"))),
        ('label,text\npos,"good, really ""good""\nand; long"\n', ",", ("label", "text"), None),
        ('a,b\n"x", "y, z"\n', ",", ("a", "b"), (("x",), ("y, z",))),
        ("x,y,\n1,2,\n3,4,\n", ",", ("x", "y", "3"), (("1", "3"), ("2", "4"), ("", ""))),
    ],
)
def test_a_table_is_cut_as_it_is_meant(text, delimiter, header, columns):
    found = read(text)
    assert found.delimiter == delimiter
    assert found.has_header == (header is not None)
    assert found.header == (header or tuple(str(n + 1) for n in range(len(found.columns))))
    assert columns is None or found.columns == columns


def test_a_quoted_cell_keeps_commas_quotes_and_lines_and_the_next_row_its_own_line():
    found = read('label,text\n\npos,"good, really ""good""\nand; long"\nneg,bad\n')
    assert found.columns == (("pos", "neg"), ('good, really "good"\nand; long', "bad"))
    assert found.lines == (3, 5)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_encoding_that_spreadsheets_write_is_read(encoding):
    found = read_table("día;precio €\n2024-01-01;−1,5\n".replace("−", "-").encode(encoding))
    assert found.header == ("día", "precio €")
    assert found.numbers(1).tolist() == [-1.5]


def test_utf_16_of_either_order_is_read_and_bytes_without_a_meaning_do_no_harm():
    assert read_table(b"\xfe\xff" + "a;b\n1;2\n".encode("utf-16-be")).header == ("a", "b")
    assert read_table(b"caf\x81\n1\n").header == ("caf\ufffd",)
    assert read_table(b"\xff\xfe" + "a\n1\n".encode("utf-16-le") + b"2").columns == (("1", "\ufffd"),)


# ---- numbers


@pytest.mark.parametrize(
    ("delimiter", "cells", "numbers"),
    [
        (",", ["1", "-2.5", "+.5", "3.", "1e-3", "−4"], [1, -2.5, 0.5, 3, 0.001, -4]),
        (",", ["1,5", "-2,25"], [1.5, -2.25]),
        (",", ["1,234", "987"], [1234, 987]),
        (",", ["1,234,567.5", "12"], [1234567.5, 12]),
        (";", ["1,234", "987"], [1.234, 987]),
        (";", ["1.234,5", "987"], [1234.5, 987]),
        (";", ["1.234", "2,5"], [1234, 2.5]),
        (";", ["1,234.5", "987"], [1234.5, 987]),
        (";", ["1.234", "0.5"], [1.234, 0.5]),
        (";", ["1.234.567", "987"], [1234567, 987]),
        (";", ["1,234,567", "1,234"], [1234567, 1234]),
        (";", ["0,5E+2", "-,5"], [50, -0.5]),
        ("\t", ["12,5", "1,234"], [12.5, 1.234]),
        ("\t", ["1,234", "5"], [1234, 5]),
        ("|", ["1 234,5", "1\u00a0234,5", "1\u202f234"], [1234.5, 1234.5, 1234]),
        ("|", ["1'234.5", "12’345"], [1234.5, 12345]),
        (",", ["", "NA", "n/a", "NaN", "NULL", "None", "-", "?", "7"], [NAN] * 8 + [7]),
    ],
)
def test_numbers_are_read_as_people_write_them(delimiter, cells, numbers):
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows([("n", "value"), *enumerate(cells)])
    found = read(stream.getvalue())
    np.testing.assert_array_equal(found.numbers(1), numbers)
    assert found.numbers(1).dtype == np.float64
    assert found.numeric_columns == (0, 1)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("abc", "not_a_number"),
        ("1_000", "not_a_number"),
        ("1,2345.6", "not_a_number"),
        ("0,123.5", "not_a_number"),
        ("1,234 567.5", "not_a_number"),
        ("1.2.3", "not_a_number"),
        ("١", "not_a_number"),
        ("- 5", "not_a_number"),
        (".", "not_a_number"),
        ("e5", "not_a_number"),
        ("$", "not_a_number"),
        ("12 %", "has_unit"),
        ("$5", "has_unit"),
        ("1.5€", "has_unit"),
        ("inf", "not_finite"),
        ("-Infinity", "not_finite"),
        ("1e999", "not_finite"),
        ("9" * 400, "not_finite"),
    ],
)
def test_a_cell_that_is_no_number_is_named_with_its_place(cell, code):
    found = read(f'n,value\n1,5\n2,"{cell}"\n3,oops\n')
    text = cell if len(cell) <= 40 else cell[:39] + "…"
    assert refused(found.numbers, 1) == (code, {"line": 3, "column": "value", "text": text})
    assert found.numeric_columns == (0,)


def test_a_long_name_and_a_long_text_are_cut_short():
    found = read(f"{'<b>' * 30},b\n{'<i>' * 30},7\n")
    facts = {"line": 2, "column": ("<b>" * 30)[:39] + "…", "text": ("<i>" * 30)[:39] + "…"}
    assert refused(found.numbers, 0) == ("not_a_number", facts)


def test_one_column_has_one_way_to_write_numbers():
    for cells in (["1.5", "2.5", "3,5"], ["1,5", "2,5", "3.5"]):
        place = {"line": 4, "column": "v", "text": cells[-1]}
        assert refused(read("\n".join(["v;w", *(f"{cell};0" for cell in cells)])).numbers, 0) == ("not_a_number", place)


def test_the_columns_of_numbers_are_those_without_the_dates():
    assert read("year,name,x,y\n2001,a,1,\n2002,b,2,\n2003,c,NA,\n").numeric_columns == (2,)
    assert read("2001,5\n2002,6\n2003,7\n").numeric_columns == (1,)


def test_where_no_column_is_numbers_the_nearest_miss_is_named():
    place = {"line": 4, "column": "b", "text": "3 %"}
    assert refused(lambda: read("a,b,c\nx,1,1\ny,2,z\nw,3 %,u\n").numeric_columns) == ("has_unit", place)
    assert refused(lambda: read("text,label\nfine,pos\n").numeric_columns) == ("no_numbers", {})
    assert refused(lambda: read("a,b\n,\n?,NA\n").numeric_columns) == ("no_numbers", {})


# ---- the order of time


@pytest.mark.parametrize(
    "dates",
    [
        ["2024-01-31", "2024-02-01", "2024-02-01", "2025-01-01"],
        ["2024-1-9", "2024-1-10"],
        ["2024/01/31", "2024/02/01"],
        ["20240131", "20240201"],
        ["2024-11", "2024-12", "2025-01"],
        ["31/12/2023", "01/01/2024"],
        ["12/31/2023", "1/1/2024"],
        ["31.12.2023", "01.01.2024"],
        ["01/02/2024", "02/01/2024", "03/01/2024"],  # up only with the month first
        ["2024-01-01 09:30", "2024-01-01 10:00"],
        ["2024-01-01T09:30:00Z", "2024-01-01T09:30:00.5Z"],
        ["2024-01-01T11:00+02:00", "2024-01-01T10:00Z"],  # 9 and 10 o'clock
        ["1/5/2024 9:05", "1/5/2024 10:05:30"],
        ["1999", "2000", "2001"],
        ["2024-01-01", "", "2024-01-03"],
    ],
)
def test_dates_that_ascend_are_found_and_those_that_descend_turned_round(dates):
    rows = [f"{date};x;{n}" for n, date in enumerate(dates)]
    up = read("\n".join(["date;name;value", *rows]))
    assert up.date_column == 0
    assert in_time_order(up) == (up, False)
    down = read("\n".join(["date;name;value", *rows[::-1]]))
    assert down.date_column is None
    turned, was_turned = in_time_order(down)
    assert was_turned and turned.columns == up.columns and turned.date_column == 0
    assert turned.lines == tuple(range(len(dates) + 1, 1, -1))


@pytest.mark.parametrize(
    ("dates", "line"),
    [
        (["2024-01-01", "2024-01-02", "2024-01-01"], 4),
        (["2024-01-03", "", "2024-01-02", "2024-01-05"], 5),
        (["13/01/2024", "12/02/2024", "14/01/2024"], 4),
        (["2024-02-01", "2024-02-02", "2024-01-01", "2024-01-02"], 4),  # two countries, one below the other
    ],
)
def test_dates_in_no_order_are_refused(dates, line):
    found = read("\n".join(["date;value", *(f"{date};{n}" for n, date in enumerate(dates))]))
    assert refused(in_time_order, found) == ("dates_unordered", {"line": line})


@pytest.mark.parametrize(
    "cells",
    [
        ["1800.5", "1700.1", "1900.3"],
        ["1800", "1700", "1950"],
        ["2024-01-01", "2024-01-01"],
        ["2024-13-01", "2024-01-01"],
        ["0001-01-01T00:00+14:00", "0001-01-02"],
        ["1/1/24", "2/1/24"],
        ["12-2023", "11-2023"],
        ["2024-01-01 late", "2023-01-01 late"],
        ["b", "a"],
    ],
)
def test_what_is_no_date_has_no_order(cells):
    found = read("\n".join(["x;value", *(f"{cell};7" for cell in cells)]))
    assert found.date_column is None
    assert in_time_order(found) == (found, False)


def test_a_column_of_dates_in_order_is_enough():
    found = read("born;seen\n2001-05-01;2024-01-01\n1999-01-01;2024-01-02\n2003-01-01;2024-01-03\n")
    assert found.date_column == 1
    assert in_time_order(found) == (found, False)


# ---- gaps


@pytest.mark.parametrize(
    ("values", "filled", "count"),
    [
        ([1, 2, 3], [1, 2, 3], 0),
        ([1, NAN, 3], [1, 1, 3], 1),
        ([1, NAN, NAN, NAN, 3, NAN, 5], [1, 1, 1, 1, 3, 3, 5], 4),
        ([NAN] * 9 + [1, NAN, 2] + [NAN] * 9, [1, 1, 2], 1),
        ([NAN, 7], [7], 0),
    ],
)
def test_a_gap_is_filled_with_the_value_before_it(values, filled, count):
    found, number = fill_gaps(np.array(values, dtype=float), range(2, 99))
    assert (found.tolist(), number) == (filled, count)


def test_a_long_gap_and_nothing_at_all_are_refused():
    found = read("n,value\n0,1\n1,\n2,2\n3,\n\n4,\n5,NA\n6,?\n7,3\n8,\n9,\n10,\n11,\n12,4\n")
    assert refused(fill_gaps, found.numbers(1), found.lines) == ("gap_too_long", {"line": 5, "length": 4, "most": 3})
    assert refused(fill_gaps, np.full(5, NAN), range(5)) == ("no_numbers", {})


def test_an_empty_line_in_one_column_is_a_quoted_missing_value_or_none():
    """As pandas writes a missing value in a single column."""
    np.testing.assert_array_equal(read('value\n1\n""\n\n3\n').numbers(0), [1, NAN, 3])


# ---- what is no table


def a_zip(name):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr(name, "x")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "code", "facts"),
    [
        (b"", "empty", {}),
        (b"\xef\xbb\xbf \r\n\t\n", "empty", {}),
        (b"1" * 1_000_001, "too_large", {"found": 1_000_001, "most": 1_000_000}),
        (a_zip("data.csv"), "binary", {"looks_like": "zip"}),
        (a_zip("xl/workbook.xml"), "binary", {"looks_like": "xlsx"}),
        (b"PAR1\x15\x04", "binary", {"looks_like": "parquet"}),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "binary", {"looks_like": "xls"}),
        (b"1,2\n3,\x004\n", "no_text", {}),
        ("a;b\n1;2\n".encode("utf-16-le"), "no_text", {}),
        (b"date,value\n", "no_rows", {}),
        (b"1,2\n" * 20_001, "too_many_rows", {"most": 20_000}),
        (b"a,b\n" + b"1,2\n" * 20_001, "too_many_rows", {"most": 20_000}),
        (b"1," * 50 + b"1", "too_many_columns", {"found": 51, "most": 50}),
        (b"a,b\n1,2\n\n3\n4,5\n", "ragged", {"line": 4, "found": 1, "wanted": 2}),
        (b"a;b\n1;2,5\n3;4;5\n", "ragged", {"line": 3, "found": 3, "wanted": 2}),
        (b'a,b\n"x\ny",1\n2\n', "ragged", {"line": 4, "found": 1, "wanted": 2}),
        (b"text,label\nfine, really,pos\n", "ragged", {"line": 2, "found": 3, "wanted": 2}),
        (b'label,text\npos,ok\npos,"oops\nneg,fine\n', "bad_cell", {"line": 3, "most": 131_072}),
        (b'text,label\n"good" movie,pos\n', "bad_cell", {"line": 2, "most": 131_072}),
        (b"x\n" + b"y" * 131_073, "bad_cell", {"line": 2, "most": 131_072}),
    ],
)
def test_a_file_that_is_no_table_says_what_is_wrong(data, code, facts):
    assert refused(read_table, data) == (code, facts)


def test_a_name_that_begins_like_a_zip_is_a_name():
    assert read("PK,value\n1,2\n").header == ("PK", "value")


def test_as_much_as_is_allowed_is_read():
    assert len(read("v\n" + "1\n" * 20_000).lines) == 20_000
    assert len(read(",".join(["1"] * 50)).columns) == 50
    assert len(read(("1" * 99 + "\n") * 10_000).lines) == 10_000  # a million bytes


@pytest.mark.parametrize(
    "data",
    [
        b"," * 1_000_000,
        b"a" + b"\n" * 999_999,
        b"9" * 1_000_000,
        b'"' * 1_000_000,
        b'"a" ' * 250_000,
        b"1,111," * 150_000,
        b"a,b;c|d\te\n" * 100_000,
        b"x\n1" + b",111" * 30_000 + b"x",
        (b",".join([b"1"] * 1000) + b"\n") * 400,
    ],
    ids=lambda data: repr(data[:9]),
)
def test_a_hostile_file_is_read_or_refused_at_once(data):
    try:
        read_all(data)
    except Refusal as error:
        assert name_of(error, table)


def read_all(data):
    """The table in some bytes, after all has been asked of it that can be."""
    found = read_table(data)
    assert len(found.header) == len(found.columns)
    assert {len(cells) for cells in found.columns} == {len(found.lines)}
    ordered, _ = in_time_order(found)
    for index in ordered.numeric_columns:
        values, _ = fill_gaps(ordered.numbers(index), ordered.lines)
        assert np.isfinite(values).all()
    return found


# ---- any table


numbers = st.floats(-1e6, 1e6).map(lambda value: round(value, 4))


@settings(max_examples=60)
@given(
    rows=st.integers(2, 4).flatmap(lambda width: st.lists(st.tuples(*[numbers] * width), min_size=1)),
    delimiter=st.sampled_from(table.DELIMITERS),
    decimal=st.sampled_from(".,"),
    has_header=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_numbers_written_down_are_read_back(rows, delimiter, decimal, has_header, encoding, ending):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=ending)
    writer.writerows([["á", "b", "c", "d"][: len(rows[0])]] * has_header)
    writer.writerows([[f"{value:.4f}".replace(".", decimal) for value in row] for row in rows])
    found = read_table(stream.getvalue().encode(encoding))
    assert (found.has_header, found.delimiter) == (has_header, delimiter)
    np.testing.assert_array_equal(np.transpose([found.numbers(n) for n in range(len(found.columns))]), rows)


cells = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from(',;|"\n'), max_size=8)


@settings(max_examples=30)
@given(st.lists(st.tuples(cells, st.sampled_from(["pos", "neg"])), min_size=1, max_size=8))
def test_any_text_is_read_back_whatever_stands_in_it(rows):
    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([("the text", "label"), *rows])
    found = read(stream.getvalue())
    assert found.header == ("the text", "label")
    assert list(zip(*found.columns, strict=True)) == [(text.strip(), label) for text, label in rows]


@settings(max_examples=60)
@given(st.binary() | st.text('0123456789.,;|\t\r\n"- /eaxinf€%').map(str.encode))
def test_any_bytes_are_read_or_refused(data):
    try:
        read_all(data)
    except Refusal as error:
        assert name_of(error, table)
