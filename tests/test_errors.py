# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Kinds of errors: exit codes, wording, and that they survive MONAI and a loader worker."""

from __future__ import annotations

import pytest
import torch
from monai.transforms import Compose
from torch.utils.data import DataLoader

from monai_skin import errors
from monai_skin.errors import InvalidInputError, SkinError, StorageError, UnsafeArtefactError, skin_error_in

# the table of exit codes as the documentation promises it to scripts
PROMISED = {
    "SkinError": 1,
    "UsageError": 2,
    "InvalidInputError": 3,
    "UnsafeArtefactError": 4,
    "TrainingDivergedError": 5,
    "ItemsSetAsideError": 6,
    "StorageError": 7,
    "PeerError": 8,
    "IntegrityError": 9,
}


def refuse(_item: object) -> None:
    raise InvalidInputError.about("isic_1", "age", "is -3", expected="0 to 120")


def test_each_kind_has_the_promised_exit_code():
    kinds = {name: getattr(errors, name).exit_code for name in errors.__all__ if name.endswith("Error")}
    assert kinds == PROMISED


def test_the_message_is_one_sentence_with_source_field_and_expectation():
    error = InvalidInputError.about("isic_0024306", "age_approx", "is -3", expected="0 to 120, or empty")
    assert str(error) == "isic_0024306: age_approx is -3; expected 0 to 120, or empty"
    assert (error.source, error.field) == ("isic_0024306", "age_approx")


@pytest.mark.parametrize("kind", [ValueError, SkinError])
def test_an_unusable_input_is_also_what_python_would_raise(kind):
    with pytest.raises(kind):
        refuse(None)


def test_storage_is_an_operating_system_error():
    assert issubclass(StorageError, OSError)


def test_the_typed_error_is_found_behind_a_compose():
    with pytest.raises(RuntimeError) as wrapped:
        Compose([refuse])(1)
    found = skin_error_in(wrapped.value)
    assert isinstance(found, InvalidInputError)
    assert found.source == "isic_1"


@pytest.mark.parametrize("workers", [0, 1])
def test_type_and_text_survive_a_loader_worker(workers):
    class Refusing(torch.utils.data.Dataset):
        def __len__(self):
            return 1

        def __getitem__(self, index):
            refuse(index)

    with pytest.raises(InvalidInputError, match="isic_1: age is -3; expected 0 to 120"):
        next(iter(DataLoader(Refusing(), num_workers=workers)))


def test_no_typed_error_inside_another_is_none_even_in_a_loop():
    first, second = RuntimeError("a"), RuntimeError("b")
    first.__cause__, second.__cause__ = second, first
    assert skin_error_in(first) is None


def test_the_nearest_typed_error_wins():
    outer, inner = UnsafeArtefactError("outer"), InvalidInputError("inner")
    outer.__cause__ = inner
    assert skin_error_in(outer) is outer
