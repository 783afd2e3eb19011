# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin data``: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json
import re

import pytest

from monai_skin.cli.main import main
from monai_skin.data import load_sections, write_phantoms
from tests.small_bundle import edit, make_bundle


@pytest.fixture
def folder(tmp_path):
    write_phantoms(tmp_path, 12, size=(48, 64))
    return tmp_path


def run(capsys, *arguments):
    code = main(["data", *map(str, arguments)])
    streams = capsys.readouterr()
    return code, streams.out, streams.err


def test_phantoms_are_drawn_and_counted(tmp_path, capsys):
    code, out, _ = run(capsys, "phantoms", tmp_path, "--count", 3, "--size", 32, 40, "--json")
    assert (code, json.loads(out)) == (0, {"items": 3, "seed": 0})
    assert len(list((tmp_path / "images").iterdir())) == 3


def test_verify_of_a_sound_folder_ends_with_0_and_of_a_damaged_one_with_3(folder, capsys):
    assert run(capsys, "verify", folder)[:2] == (0, "12 items, 0 errors, 0 warnings\n")
    (folder / "images" / "PHANTOM_0000004.jpg").write_bytes(b"no picture")
    code, out, _ = run(capsys, "verify", folder, "--json")
    assert code == 3
    assert [finding["item"] for finding in json.loads(out)["findings"]] == ["PHANTOM_0000004"]
    assert run(capsys, "verify", folder, "--quick")[0] == 0


def test_verify_lists_bad_rows_with_everything_else(folder, capsys):
    table = folder / "metadata.csv"
    table.write_text(table.read_text().replace(",phantom,", ",phantom,-3", 2))
    (folder / "images" / "PHANTOM_0000004.jpg").unlink()
    code, out, _ = run(capsys, "verify", folder)
    assert code == 3
    assert "error: unusable row (2)" in out
    assert "error: missing file (1)" in out


def test_split_writes_the_sections_that_training_reads(folder, capsys):
    code, out, _ = run(capsys, "split", folder, "--seed", 4, "--fractions", 0.5, 0.25, 0.25, "--json")
    assert code == 0
    sections = load_sections(folder)
    assert {name: row["items"] for name, row in json.loads(out).items()} == {
        name: len(items) for name, items in sections.items()
    }
    assert json.loads((folder / "dataset.json").read_text())["seed"] == 4


def test_b6_verify_of_a_leaking_dataset_json_ends_with_9(folder, capsys):
    run(capsys, "split", folder)
    path = folder / "dataset.json"
    content = json.loads(path.read_text())
    content["test"].append(content["training"][0])
    path.write_text(json.dumps(content))
    code, out, _ = run(capsys, "verify", folder, "--quick")
    assert code == 9
    assert "group in two sections" in out


def test_prepare_writes_nothing_for_a_data_set_with_errors(folder, capsys):
    (folder / "images" / "PHANTOM_0000004.jpg").unlink()
    assert run(capsys, "prepare", folder)[0] == 3
    assert not (folder / "dataset.json").exists()


def test_prepare_says_what_is_absent_and_writes_where_it_is_told(folder, tmp_path, capsys):
    out_file = tmp_path / "elsewhere" / "mine.json"
    code, out, err = run(capsys, "prepare", folder, "--out", out_file)
    assert code == 0
    assert "written to mine.json" in out
    assert "class has no image in validation" in err
    assert out_file.exists()


def test_prepare_fetches_only_when_asked_and_refuses_unknown_names(tmp_path, capsys, monkeypatch):
    code, _, err = run(capsys, "prepare", tmp_path, "--download", "isic2027")
    assert code == 2
    assert "data set is 'isic2027'; expected one of ham10000" in err
    asked = []
    monkeypatch.setattr("monai_skin.data.download_dataset", lambda name, folder: asked.append((name, folder)))
    code, _, err = run(capsys, "prepare", tmp_path, "--download", "isic2019")
    assert asked == [("isic2019", tmp_path)]
    assert "CC BY-NC 4.0; credit ISIC 2019" in err
    assert code == 3


def test_a_folder_of_nothing_known_ends_with_3(tmp_path, capsys):
    code, _, err = run(capsys, "verify", tmp_path)
    assert code == 3
    assert "holds no known data set" in err


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """A bundle whose training suits a handful of small pictures."""
    root = make_bundle(tmp_path_factory.mktemp("bundles") / "small")
    edit(root / "configs" / "train.json", image_size=[32, 32], max_shift=[3, 3], batch_size=2, cache_rate=0.0)
    return root


def test_masks_tells_of_each_fold_and_writes_a_mask_an_image(folder, bundle, tmp_path_factory, capsys):
    out = tmp_path_factory.mktemp("runs") / "masks"
    words = ("masks", folder, "--out", out, "--bundle", bundle, "--folds", 2, "--epochs", 1, "--device", "cpu")
    code, text, err = run(capsys, *words)
    assert (code, text) == (0, "12 masks, 0 rejected; written to masks\n")
    assert "monai_skin data: fold 1 of 2: " in err
    assert "monai_skin data: fold 2 of 2: " in err
    assert len(list((out / "masks").iterdir())) == 12
    code, text, err = run(capsys, *words, "--json")
    assert len(json.loads(text)["rows"]) == 12
    assert err.count(", kept\n") == 2


def test_masks_by_the_weights_of_the_bundle_end_with_6_when_a_picture_is_rejected(
    folder, bundle, tmp_path_factory, capsys
):
    (folder / "images" / "PHANTOM_0000004.jpg").write_bytes(b"no picture")
    words = ("masks", folder, "--out", tmp_path_factory.mktemp("runs"), "--bundle", bundle, "--folds", 0)
    code, _, err = run(capsys, *words, "--device", "cpu")
    assert code == 6
    assert "weights of the bundle: 11 masks" in err
    assert "rejected: PHANTOM_0000004" in err


def test_the_soft_attention_protocol_is_written_with_its_label(folder, capsys):
    code, _, said = run(capsys, "split", folder, "--protocol", "soft-attention")
    assert code == 0
    assert "validation is the test section" in said
    content = json.loads((folder / "dataset.json").read_text())
    assert content["protocol"].startswith("soft attention (Datta et al., 2021)")
    sections = load_sections(folder)
    assert [item["image_id"] for item in sections["validation"]] == [item["image_id"] for item in sections["test"]]


def test_two_ways_to_split_at_once_are_refused(folder, capsys):
    code, _, said = run(capsys, "split", folder, "--protocol", "soft-attention", "--fractions", 0.5, 0.25, 0.25)
    assert code == 2
    assert "--fractions and --protocol soft-attention are both given" in said


def test_b6_a_test_set_that_holds_training_images_is_refused(folder, tmp_path_factory, capsys):
    other = tmp_path_factory.mktemp("other")
    write_phantoms(other, 3, size=(48, 64))
    table = other / "metadata.csv"
    table.write_text(re.sub(r"PHANTOM_(LESION_)?", "OTHER_", table.read_text()))
    code, _, said = run(capsys, "verify", folder, "--against", folder, "--quick")
    assert code == 9
    assert folder.name in said
    assert run(capsys, "verify", folder, "--against", other, "--quick")[0] == 0
