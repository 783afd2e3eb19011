# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``explain``: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import numpy as np
import pytest

from monai_skin.cli import main
from monai_skin.io import read_image, read_table, write_mask
from tests.small_bundle import make_diagnosis_bundle, make_pictures


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return make_diagnosis_bundle(tmp_path_factory.mktemp("bundles") / "classifying")


@pytest.fixture
def pictures(tmp_path):
    make_pictures(tmp_path / "pictures", 2)
    return tmp_path / "pictures"


def run(bundle, *words):
    return main(["explain", *map(str, words), "--bundle", str(bundle), "--device", "cpu"])


def test_maps_are_written_and_a_rejected_picture_gives_6(bundle, pictures, tmp_path, capsys):
    assert run(bundle, pictures, "--out", tmp_path / "out", "--age", "61") == 0
    out = capsys.readouterr().out
    assert out.startswith("2 explained, 0 rejected\n") and out.endswith("Research use only. Not for diagnosis.\n")
    assert "with an outline" not in out and "not whether it was right" in out
    assert len(list((tmp_path / "out" / "heat").iterdir())) == len(list((tmp_path / "out" / "maps").iterdir())) == 2
    (pictures / "broken.png").write_bytes(b"no picture")
    assert run(bundle, pictures, "--out", tmp_path / "out", "--overwrite", "--quiet") == 6
    streams = capsys.readouterr()
    assert streams.out == "" and streams.err.startswith("rejected: ") and "broken" in streams.err


def test_with_masks_it_says_how_much_heat_is_on_the_lesions(bundle, pictures, tmp_path, capsys):
    for path in pictures.iterdir():
        rows, columns = read_image(path).pixels.shape[1:]
        mask = np.zeros((rows, columns), bool)
        mask[rows // 4 : 3 * rows // 4, columns // 4 : 3 * columns // 4] = True
        write_mask(tmp_path / "masks" / path.with_suffix(".png").name.replace(" ", "_"), mask)
    assert run(bundle, pictures, "--masks", tmp_path / "masks", "--out", tmp_path / "out") == 0
    out = capsys.readouterr().out
    assert "2 with an outline: " in out
    for row in read_table(tmp_path / "out" / "explanations.csv"):
        assert 0.1 < float(row["lesion"]) < 0.3 and 0 <= float(row["heat_in_lesion"]) <= 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--class", "wart"], "target is 'wart'"),
        (["--batch-size", "0"], "--batch-size is 0"),
        (["--age", "200"], "--age is 200"),
    ],
)
def test_wrong_words_end_with_their_code_and_nothing_is_written(words, message, bundle, pictures, tmp_path, capsys):
    assert run(bundle, pictures, "--out", tmp_path / "out", *words) in {2, 3}
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out" / "explanations.csv").exists()
