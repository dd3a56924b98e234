"""A table that the reader uploads: the file, a look at its first rows, and what is wrong with it."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from seqviz.frame.errors import Problem, plain
from seqviz.frame.language import _
from seqviz.tasks.table import Table, TableError, read_table

ROWS, COLUMNS, SIGNS = 4, 6, 40  # of a table, that a look at it shows


def ask_table(label: str, key: str) -> Table | None:
    """The file; None as long as there is none. Raises Problem where it cannot be read."""
    file = st.file_uploader(label, type=["csv", "tsv", "txt"], max_upload_size=1, key=key)
    if file is None:
        return None
    with told():
        return read_table(file.getvalue())


def look_at(table: Table) -> None:
    """The first rows, as they were read."""
    shown = range(min(COLUMNS, len(table.columns)))
    st.table({plain(name(table, i)): [plain(cell[:SIGNS]) for cell in table.columns[i][:ROWS]] for i in shown})
    st.caption(_("{rows} rows, {columns} columns.").format(rows=len(table.lines), columns=len(table.columns)))


def name(table: Table, index: int) -> str:
    """What a column is called, as it was written."""
    return table.header[index][:SIGNS] if table.has_header else _("column {n}").format(n=index + 1)


@contextmanager
def told() -> Iterator[None]:
    """Around what reads a table: what is wrong with it becomes a Problem."""
    try:
        yield
    except TableError as error:
        raise Problem(sentence(error)) from error


def sentence(error: TableError) -> str:
    """What is wrong with a table and what to do, in the reader's language."""
    sentences = {
        "empty": _("The file is empty: choose another one."),
        "too_large": _("The file has {found} bytes; at most {most} are read. Leave out rows or columns."),
        "binary": _("This is no text file (it looks like: {looks_like}). Save the table as CSV and choose that."),
        "bad_cell": _(
            "Line {line}: a quotation mark does not close, or has text behind it, or a cell has more than {most} "
            "characters. Mend that line."
        ),
        "ragged": _("Line {line} has {found} cells, but the first line has {wanted}. Mend that line."),
        "no_rows": _("There is nothing under the header: choose another file."),
        "too_many_rows": _("The table has more than {most} rows: leave some out."),
        "too_many_columns": _("The table has {found} columns; at most {most} are read: leave some out."),
        "no_numbers": _("No column of the table holds numbers: choose another file."),
        "not_a_number": _("Line {line}, column {column}: “{text}” is no number. Write one, or leave the cell empty."),
        "has_unit": _("Line {line}, column {column}: in “{text}” leave out the sign beside the number."),
        "not_finite": _("Line {line}, column {column}: “{text}” is no finite number. Mend it or leave the cell empty."),
        "gap_too_long": _(
            "From line {line} on, {length} values in a row are missing; at most {most} are filled. Cut the table there."
        ),
        "dates_unordered": _("The date in line {line} goes the other way than those before it: sort the rows by date."),
    }
    facts = error.facts | ({"looks_like": _("nothing known")} if error.facts.get("looks_like") == "unknown" else {})
    return sentences[error.code].format(**facts)
