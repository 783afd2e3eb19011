# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import hashlib

import pytest

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.label import WeightVersions


def weights(folder, content: bytes):
    (folder / "best.pt").write_bytes(content)
    return folder / "best.pt"


def test_before_any_training_the_bundles_own_weights_answer(tmp_path):
    versions = WeightVersions(tmp_path / "models")
    assert versions.active == 0 and versions.weights() is None


def test_every_version_is_kept_and_the_newest_answers_until_another_is_chosen(tmp_path):
    versions = WeightVersions(tmp_path / "models")
    assert versions.add(weights(tmp_path, b"one"), {"images": 3}) == 1
    assert versions.add(weights(tmp_path, b"two"), {"images": 5}) == 2
    assert [row["learnt_from_version"] for row in versions.record["versions"]] == [0, 1]
    file, digest = versions.weights()
    assert file.read_bytes() == b"two" and digest == hashlib.sha256(b"two").hexdigest()
    versions.activate(1)
    assert versions.weights()[0].read_bytes() == b"one"
    assert versions.add(weights(tmp_path, b"three"), {}) == 3, "a number is given once"
    versions.activate(0)
    assert versions.weights() is None
    assert sorted(path.name for path in (tmp_path / "models").glob("*.pt")) == [f"model_v{n}.pt" for n in (1, 2, 3)]


def test_a_version_that_is_not_there_is_refused(tmp_path):
    versions = WeightVersions(tmp_path)
    with pytest.raises(UsageError, match="version 4 does not exist; expected 0, or one of: none yet"):
        versions.activate(4)
    (tmp_path / "versions.json").write_text('{"active": 7, "versions": []}')
    with pytest.raises(InvalidInputError, match="is 7, which is not on record"):
        versions.weights()
