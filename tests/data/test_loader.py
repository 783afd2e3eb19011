# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The data loader; what it does to errors is tested with the dataset."""

from __future__ import annotations

import pytest

from monai_skin.data import LesionDataLoader, LesionDataset


def test_other_errors_pass_as_they_are():
    def fail(batch: object) -> object:
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        list(LesionDataLoader(LesionDataset([{"image_id": "a"}]), collate_fn=fail))


def test_it_can_be_walked_through_again_and_knows_its_length():
    loader = LesionDataLoader(LesionDataset([{"image_id": name} for name in "abc"]), batch_size=2)
    assert len(loader) == 2
    assert [batch["image_id"] for batch in loader] == [batch["image_id"] for batch in loader] == [["a", "b"], ["c"]]
