# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Tensors with a description."""

from __future__ import annotations

import pickle

import pytest
import torch

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_described_tensors, save_weights, write_described_tensors

TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.zeros(1)}


def test_tensors_and_description_come_back_as_they_were(tmp_path):
    description = {"kind": "test", "numbers": [1, 2.5], "word": "ü", "nothing": None}
    write_described_tensors(tmp_path / "t.safetensors", TENSORS, description)
    tensors, found = read_described_tensors(tmp_path / "t.safetensors")
    assert found == description and tensors.keys() == TENSORS.keys()
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)
    assert read_described_tensors((tmp_path / "t.safetensors").read_bytes())[1] == description


def test_a_file_without_a_description_is_named(tmp_path):
    for name, metadata in (("none", {}), ("list", {"description": "[1]"}), ("text", {"description": "{"})):
        save_weights(tmp_path / f"{name}.safetensors", TENSORS, metadata=metadata)
        expected = f"{name}.safetensors: metadata describe nothing; expected a JSON object in 'description'"
        with pytest.raises(InvalidInputError, match=expected):
            read_described_tensors(tmp_path / f"{name}.safetensors")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (pickle.dumps({"a": 1}), "file is of another kind; expected safetensors"),
        (b"", "file is of another kind"),
        ((20).to_bytes(8, "little") + b"{" + b"x" * 30, "x"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path, content, problem):
    (tmp_path / "x.safetensors").write_bytes(content)
    with pytest.raises(InvalidInputError, match=problem):
        read_described_tensors(tmp_path / "x.safetensors")
