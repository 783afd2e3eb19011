# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables as CSV (RFC 4180, 2005): read whatever spreadsheets write, write what spreadsheets cannot run."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Mapping, Sequence

from monai_skin.errors import InvalidInputError
from monai_skin.io.atomic import atomic_write
from monai_skin.io.files import FileOrBytes, read_bytes, source_name

__all__ = ["read_table", "write_table"]

_SEPARATORS = ",;\t"
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def read_table(file: FileOrBytes, *, source: str | None = None, required: Sequence[str] = ()) -> list[dict[str, str]]:
    """Read a CSV table in UTF-8, separated by commas, semicolons or tabs, with or without a byte order mark.

    Args:
        file: a path, or the content of a file.
        source: what errors call it; the file's name by default.
        required: columns that must be there.

    Returns:
        One dictionary a row, all values as text exactly as they stand.

    Raises:
        InvalidInputError: another encoding, no header, a missing or doubled column, a row of another length.
    """
    name = source_name(file, source)
    text = _decoded(read_bytes(file, source=name), name)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True))
    except csv.Error as error:
        raise InvalidInputError.about(name, "table", f"is damaged ({error})", expected="CSV text") from None
    header = _header(rows, name, required)
    return [_row(header, row, number, name) for number, row in enumerate(rows[1:], start=2) if row]


def _decoded(data: bytes, name: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = f"has bytes that are not UTF-8 from byte {error.start} on"
        raise InvalidInputError.about(name, "table", problem, expected="CSV text saved as UTF-8") from None
    if "\0" in text:
        raise InvalidInputError.about(name, "table", "has zero bytes", expected="CSV text saved as UTF-8")
    return text


def _separator(text: str) -> str:
    first = text.lstrip("\r\n").partition("\n")[0]
    outside_quotes = re.sub(r'"[^"]*"?', "", first)
    return max(_SEPARATORS, key=outside_quotes.count)


def _header(rows: list[list[str]], name: str, required: Sequence[str]) -> list[str]:
    while rows and not any(rows[0]):
        del rows[0]
    if not rows:
        raise InvalidInputError.about(name, "table", "is empty", expected="a header and rows")
    header = [column.strip() for column in rows[0]]
    doubled = sorted({column for column in header if header.count(column) > 1})
    if doubled:
        raise InvalidInputError.about(name, "header", f"repeats {', '.join(doubled)}", expected="one column a name")
    missing = [column for column in required if column not in header]
    if missing:
        problem = f"lacks {', '.join(missing)}"
        raise InvalidInputError.about(name, "header", problem, expected=f"it beside {', '.join(header)}")
    return header


def _row(header: list[str], row: list[str], number: int, name: str) -> dict[str, str]:
    if len(row) != len(header):
        raise InvalidInputError.about(name, f"row {number}", f"has {len(row)} cells", expected=f"{len(header)}")
    return dict(zip(header, row, strict=True))


def write_table(path: str | os.PathLike[str], rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> None:
    """Write rows as CSV in UTF-8, atomically; None becomes an empty cell.

    A cell that a spreadsheet would run as a formula gets an apostrophe in front.

    Raises:
        StorageError: the disk is full, read-only or refuses us.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_safe(column) for column in columns])
    for row in rows:
        writer.writerow([_safe(row.get(column)) for column in columns])
    atomic_write(path, text.getvalue().encode())


def _safe(value: object) -> str:
    cell = "" if value is None else str(value)
    is_formula = cell.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula else cell
