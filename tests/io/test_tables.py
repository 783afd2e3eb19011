# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables: what spreadsheets write is read, what they would run is not written."""

from __future__ import annotations

import csv
import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_table, write_table

ROWS = [{"image_id": "a", "age": "4,5"}, {"image_id": 'b "c"', "age": "line\nbreak"}]
# Any text a CSV file in UTF-8 can hold; cells that a spreadsheet would run have a test of their own.
cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\r")).filter(lambda cell: cell[:1] not in "=+-@\t")


def as_csv(separator: str = ",", newline: str = "\r\n", encoding: str = "utf-8") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, ["image_id", "age"], delimiter=separator, lineterminator=newline)
    writer.writeheader()
    writer.writerows(ROWS)
    return text.getvalue().encode(encoding)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_b10_marks_separators_and_line_ends_make_no_difference(separator, newline, encoding):
    assert read_table(as_csv(separator, newline, encoding)) == ROWS


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "cp1252"])
def test_b10_another_encoding_is_one_clear_error(encoding, tmp_path):
    file = tmp_path / "groß.csv"
    file.write_bytes("image_id,site\na,Rücken\n".encode(encoding))
    with pytest.raises(InvalidInputError, match=r"^groß\.csv: table has bytes that are not UTF-8 from byte \d+ on"):
        read_table(file)


@settings(deadline=None)
@given(rows=st.lists(st.fixed_dictionaries({"a": cells, "b": cells, "c": cells})))
def test_b10_what_is_written_reads_back(rows, tmp_path_factory):
    file = tmp_path_factory.mktemp("tables") / "t.csv"
    write_table(file, rows, ["a", "b", "c"])
    assert read_table(file, required=["a", "b", "c"]) == rows


@settings(deadline=None)
@given(data=st.binary())
def test_b10_any_bytes_give_rows_or_one_typed_error(data):
    try:
        rows = read_table(data)
    except InvalidInputError:
        return
    assert all(isinstance(value, str) for row in rows for value in row.values())


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=1", "-", "+-1"])
def test_b10_formulas_are_escaped_when_we_write(cell, tmp_path):
    write_table(tmp_path / "t.csv", [{"a": cell}], ["a"])
    assert read_table(tmp_path / "t.csv") == [{"a": f"'{cell}"}]


@pytest.mark.parametrize("cell", ["-1", "+1.5", "-.5", "-1e-7", "-3.", -0.25, 7, 1e-300])
def test_b10_numbers_are_no_formulas(cell, tmp_path):
    write_table(tmp_path / "t.csv", [{"a": cell, "ignored": 1}], ["a"])
    assert read_table(tmp_path / "t.csv") == [{"a": str(cell)}]


def test_b10_a_column_name_can_be_a_formula_too(tmp_path):
    write_table(tmp_path / "t.csv", [{"=a": None}], ["=a", "b"])
    assert read_table(tmp_path / "t.csv") == [{"'=a": "", "b": ""}]


def test_a_missing_column_is_named_beside_those_present():
    with pytest.raises(InvalidInputError, match=r"^m\.csv: header lacks dx, sex; expected it beside image_id, age$"):
        read_table(as_csv(), source="m.csv", required=["image_id", "dx", "sex"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "table is empty"),
        ("\n\n", "table is empty"),
        ("a,a\n1,2\n", "header repeats a"),
        ("a,b\n1\n", "row 2 has 1 cells; expected 2"),
        ("a,b\n1,2\n\n1,2,3\n", "row 4 has 3 cells; expected 2"),
        ('a,b\n"1,2\n', "table is damaged"),
        ("a,b\n1,\0\n", "table has zero bytes"),
        ("a\n" + "x" * 200_000 + "\n", "table is damaged"),
    ],
)
def test_b10_damage_is_one_clear_error(text, words):
    with pytest.raises(InvalidInputError, match=f"^t: {words}"):
        read_table(text.encode(), source="t")


def test_b10_many_rows_are_read_in_reasonable_time():
    start = time.process_time()
    assert len(read_table(b"image_id,age\n" + b"ISIC_0000001,45\n" * 100_000)) == 100_000
    assert time.process_time() - start < 3


def test_the_hostile_table_is_read_as_it_stands(data_root):
    rows = read_table(data_root / "hostile" / "constructed" / "metadata_hostile.csv", required=["image_id", "dx"])
    assert rows[0]["image_id"] == "../../etc/passwd"
    assert [row["age"] for row in rows] == ["45", "999", "-5", "", "45.0", "forty"]


def test_official_tables_are_read(data_root):
    rows = read_table(data_root / "ham10000" / "metadata.csv", required=["lesion_id", "image_id", "dx"])
    assert len(rows) > 500
