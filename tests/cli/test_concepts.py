# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``concepts``: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import numpy as np
import pytest

from monai_skin.cli import main
from monai_skin.concepts import open_cache
from monai_skin.io import image_size, write_image


@pytest.fixture
def pictures(tmp_path):
    noise = np.random.default_rng(0)
    for number in range(2):
        pixels = noise.integers(150, 220, (3, 40, 48), dtype=np.uint8)
        pixels[:, 10:25, 12:30] //= 3
        write_image(tmp_path / "pictures" / f"{number}.png", pixels)
    return tmp_path / "pictures"


def run(*words):
    return main(["concepts", *map(str, words)])


def test_proxy_concepts_are_extracted_shown_and_verified(pictures, tmp_path, capsys):
    cache = tmp_path / "cache"
    (pictures / "broken.png").write_bytes(b"no picture")
    assert run("extract", pictures, "--cache", cache) == 6
    streams = capsys.readouterr()
    assert streams.out.startswith("2 pictures, ") and "proxy concepts" in streams.out
    assert streams.out.endswith("Research use only. Not for diagnosis.\n")
    assert streams.err.startswith("rejected: broken.png")
    assert run("extract", pictures / "0.png", pictures / "1.png", "--cache", cache) == 0
    assert "2 had them already" in capsys.readouterr().out
    assert run("show", pictures / "0.png", "--cache", cache, "--out", tmp_path / "0.png", "--top", "3") == 0
    assert image_size(tmp_path / "0.png") == (40, 48)
    table = capsys.readouterr().out.splitlines()
    assert "proxy concepts" in table[0] and table[2].split()[:3] == ["1", "lesion", "1.000"] and len(table) == 6
    assert run("verify", "--cache", cache) == 0
    opened = open_cache(cache)
    opened.path(next(iter(opened))).write_bytes(b"torn")
    assert run("verify", "--cache", cache) == 9
    assert "2 files of proxy concepts, 1 with problems" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words, message",
    [
        (["--proposer", "grounded-sam"], "folder is not given; expected a folder with config.json"),
        (["--prompts", "arm"], "--prompts is given; expected it with a proposer that reads text"),
        (["--proposer", "proxy", "--settings", "x.json"], "--proposer and --settings are both given"),
    ],
)
def test_what_makes_no_sense_ends_with_2_and_says_what_would(pictures, tmp_path, capsys, words, message):
    assert run("extract", pictures, "--cache", tmp_path / "cache", *words) == 2
    assert message in capsys.readouterr().err
