"""A table that the reader uploads: the file, a look at its first rows, and what is wrong with it."""

import streamlit as st

from seqviz.frame.errors import plain
from seqviz.frame.language import _
from seqviz.tasks.table import Table, read_table

ROWS, COLUMNS, SIGNS = 4, 6, 40  # of a table, that a look at it shows


def ask_table(label: str, key: str) -> Table | None:
    """The file; None as long as there is none. Raises Refusal where it cannot be read."""
    file = st.file_uploader(label, type=["csv", "tsv", "txt"], max_upload_size=1, key=key)
    if file is None:
        return None
    return read_table(file.getvalue())


def say_no_file() -> None:
    """What a lesson says while there is no file to learn from."""
    st.info(_("Choose a file above. Nothing of it leaves the machine that runs this page."))


def look_at(table: Table) -> None:
    """The first rows, as they were read."""
    shown = range(min(COLUMNS, len(table.columns)))
    st.table({plain(name(table, i)): [plain(cell[:SIGNS]) for cell in table.columns[i][:ROWS]] for i in shown})
    st.caption(_("{rows} rows, {columns} columns.").format(rows=len(table.lines), columns=len(table.columns)))


def name(table: Table, index: int) -> str:
    """What a column is called, as it was written."""
    return table.header[index][:SIGNS] if table.has_header else _("column {n}").format(n=index + 1)
