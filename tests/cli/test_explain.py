# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``explain``: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import numpy as np
import pytest

from monai_skin.cli import main
from monai_skin.cli.predict import HEAT_METHODS
from monai_skin.interpretability import MAP_METHODS
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


def test_the_methods_on_offer_are_those_of_the_library():
    assert tuple(MAP_METHODS) == HEAT_METHODS  # written out there, as nothing heavy is imported for --help


def test_curves_and_values_of_age_sex_and_site_are_summed_up(bundle, pictures, tmp_path, capsys):
    assert run(bundle, pictures, "--out", tmp_path / "out", "--curves", "--method", "rollout", "--age", "61") == 0
    out = capsys.readouterr().out
    for name, better in (("deletion", "lower"), ("insertion", "higher")):
        values = [float(row[name]) for row in read_table(tmp_path / "out" / "explanations.csv")]
        assert f"2 measured: {name} {np.mean(values):.3f} (" in out and f"{better} is better" in out
    ages = [abs(float(row["age"])) for row in read_table(tmp_path / "out" / "clinical.csv")]
    assert (
        f"2 with age, sex and site: they move the probability by points, on average age {100 * np.mean(ages):.1f},"
        in out
    )
    assert (
        str(tmp_path / "out" / "report.html") in out and "Heat map of" in (tmp_path / "out" / "report.html").read_text()
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--class", "wart"], "target is 'wart'"),
        (["--method", "soft_attention"], "method is 'soft_attention', which needs a soft-attention block; expected"),
        (["--method", "rollout", "--class", "mel"], "target is 'mel' for 'rollout'"),
        (["--stream", "both"], "stream is 'both' for 'grad_cam_plus_plus'; expected 'image' or 'segmented'"),
        (["--background", "nowhere.csv"], "nowhere.csv"),
        (["--batch-size", "0"], "--batch-size is 0"),
        (["--age", "200"], "--age is 200"),
    ],
)
def test_wrong_words_end_with_their_code_and_nothing_is_written(words, message, bundle, pictures, tmp_path, capsys):
    assert run(bundle, pictures, "--out", tmp_path / "out", *words) in {2, 3}
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out" / "explanations.csv").exists()
