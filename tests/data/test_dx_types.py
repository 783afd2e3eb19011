# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How each diagnosis was made, where a table says so."""

from __future__ import annotations

import pytest

from monai_skin.data import read_dx_types


@pytest.mark.parametrize(
    "file, column",
    [("HAM10000_metadata", "dx_type"), ("metadata.csv", "dx_type"), ("labels.csv", "diagnosis_confirm_type")],
)
def test_the_word_of_each_image_is_read_from_the_table_of_its_data_set(tmp_path, file, column):
    (tmp_path / file).write_text(f"image_id,{column}\na, Histo \nb,\n")
    assert read_dx_types(tmp_path) == {"a": "histo", "b": ""}


@pytest.mark.parametrize("text", ["image_id,dx\na,mel\n", "dx_type\nhisto\n", "", None])
def test_other_tables_say_nothing(tmp_path, text):
    if text is not None:
        (tmp_path / "metadata.csv").write_text(text)
    assert read_dx_types(tmp_path) is None
