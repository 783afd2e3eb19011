# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Digests that stand beside their file."""

from __future__ import annotations

import hashlib

import pytest

from monai_skin.errors import InvalidInputError
from monai_skin.io import sha256_of, stated_digest


def test_the_digest_stated_beside_a_file_is_what_sha256sum_writes(tmp_path):
    (tmp_path / "model.pt").write_bytes(b"weights")
    assert stated_digest(tmp_path / "model.pt") is None
    # printf weights | sha256sum
    digest = hashlib.sha256(b"weights").hexdigest()
    (tmp_path / "model.pt.sha256").write_text(f"{digest}  model.pt\n")
    assert stated_digest(tmp_path / "model.pt") == digest == sha256_of(tmp_path / "model.pt")


@pytest.mark.parametrize("text", ["", "\n", "abc  model.pt\n", "é" * 64])
def test_a_file_beside_it_without_a_digest_is_refused(text, tmp_path):
    (tmp_path / "model.pt.sha256").write_text(text)
    with pytest.raises(InvalidInputError, match=r"model\.pt\.sha256: digest is not SHA-256; expected 64 hex"):
        stated_digest(tmp_path / "model.pt")
