# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Published files are fetched once, checked always, and never kept where they differ."""

from __future__ import annotations

import hashlib

import pytest

from monai_skin.errors import IntegrityError, PeerError
from monai_skin.handlers import fetch_weights
from tests.handlers.server import serving

BODY = b"some weights"
DIGEST = hashlib.sha256(BODY).hexdigest()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MONAI_SKIN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("time.sleep", lambda _: None)
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "a.pth").write_bytes(BODY)
    return tmp_path / "cache"


@pytest.mark.parametrize("digest", [DIGEST, DIGEST[:8], DIGEST.upper()])
def test_a_file_is_fetched_once(tmp_path, cache, digest):
    with serving(tmp_path / "served") as address:
        path = fetch_weights(f"{address}/a.pth", digest=digest)
    assert path == cache / "a.pth"
    assert path.read_bytes() == BODY
    assert fetch_weights(f"{address}/a.pth", digest=digest) == path  # nobody listens there any more


def test_it_may_have_another_name_in_the_cache(tmp_path, cache):
    with serving(tmp_path / "served") as address:
        assert fetch_weights(f"{address}/a.pth", digest=DIGEST, name="owner--a.pth") == cache / "owner--a.pth"


def test_a_file_with_another_digest_is_refused_and_not_kept(tmp_path, cache):
    with serving(tmp_path / "served") as address, pytest.raises(IntegrityError, match=f"is {DIGEST}; expected .* 0000"):
        fetch_weights(f"{address}/a.pth", digest="0000")
    assert list(cache.iterdir()) == []


def test_without_a_network_the_error_says_which_file_could_be_put_where(cache):
    cache.mkdir()
    address = "http://127.0.0.1:1/models/b.pth"
    with pytest.raises(PeerError) as caught:
        fetch_weights(address, digest=DIGEST)
    assert str(caught.value) == (
        f"b.pth: file could not be fetched from {address}; "
        f"expected that file as b.pth in the folder {cache}, or a path to it"
    )
    (cache / "b.pth").write_bytes(BODY)
    assert fetch_weights(address, digest=DIGEST).read_bytes() == BODY
