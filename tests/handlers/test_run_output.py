# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Safe names and clean folders."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.errors import InvalidInputError, StorageError
from monai_skin.handlers.run_output import check_image_id, prepare_folder


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=20))
def test_an_id_is_one_name_inside_the_folder_or_refused(text):
    folder = Path("/out/masks")
    try:
        accepted = check_image_id(text)
    except InvalidInputError:
        return
    assert accepted == text
    assert (folder / f"{text}.png").parent == folder


def test_ids_of_the_field_are_accepted():
    for name in ("ISIC_0024306", "PAT_8_15_820", "läsion 3", "a.b", "$x"):
        assert check_image_id(name) == name


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="out: output folder cannot be prepared"):
        prepare_folder(tmp_path / "file" / "out", written=[], stale=[], overwrite=False)
