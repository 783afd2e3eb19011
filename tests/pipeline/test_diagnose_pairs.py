# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Cases from a table to an answer, in Python and on the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from monai_skin.cli import main
from monai_skin.data import list_pairs, write_phantom_pairs
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import read_image, write_json
from monai_skin.pipeline import PairRun, diagnose_pairs, takes_pairs
from tests.bundles.test_clinical_ultrasound_diagnosis import rows_of, spoil
from tests.io.test_ultrasound import SEVERAL, region, scan
from tests.small_bundle import BUNDLES, edit, make_pair_bundle

NAME = "clinical_ultrasound_diagnosis"


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen phantom cases, of one to four pairs each."""
    folder = tmp_path_factory.mktemp("pairs")
    write_phantom_pairs(folder, 16, seed=0, size=(48, 40))
    return folder


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of bundles, as the environment names it."""
    folder = tmp_path_factory.mktemp("shelf")
    make_pair_bundle(folder / NAME)
    return folder


def test_cases_pairs_and_what_was_rejected_come_back(pairs, shelf, tmp_path):
    items = [
        *list_pairs(pairs),
        {**list_pairs(pairs)[0], "image_id": "LONE_1_0", "case_id": "LONE", "paired_image": ""},
    ]
    done = diagnose_pairs(items, tmp_path, bundle_root=shelf / NAME, device="cpu", progress=False)
    assert isinstance(done, PairRun) and done.explanations is None
    assert (len(done.cases), len(done.rows)) == (16, len(items) - 1)
    assert [row["case_id"] for row in done.rejected] == ["LONE"]


def test_a_calibration_moves_no_case_to_another_class(pairs, shelf, tmp_path):
    """A temperature of 2 halves the logits."""
    words = {"format": 1, "kind": "temperature", "fitted_on": "nothing", "images": 1, "temperature": 2.0}
    write_json(tmp_path / "file.json", {**words, "classes": ["benign", "malignant"]})
    given = {"bundle_root": shelf / NAME, "device": "cpu", "progress": False}
    plain = diagnose_pairs(list_pairs(pairs), tmp_path / "a", **given)
    halved = diagnose_pairs(list_pairs(pairs), tmp_path / "b", calibration=tmp_path / "file.json", **given)
    for one, other in zip(plain.rows, halved.rows, strict=True):
        odds = [float(row["malignant"]) / float(row["benign"]) for row in (one, other)]
        assert odds[1] ** 2 == pytest.approx(odds[0], rel=1e-3)


def test_a_bundle_that_gives_no_cases_or_another_method_is_refused(pairs, shelf, tmp_path):
    root = shutil.copytree(shelf / NAME, tmp_path / "other")
    handlers = json.loads((root / "configs" / "inference.json").read_text())["handlers"]
    edit(root / "configs" / "inference.json", handlers=[one for one in handlers if "Case" not in one["_target_"]])
    given = {"device": "cpu", "progress": False}
    with pytest.raises(InvalidInputError, match=r"^other: cases.csv was not written; expected a bundle with"):
        diagnose_pairs(list_pairs(pairs), tmp_path / "a", bundle_root=root, **given)
    with pytest.raises(UsageError, match="method is 'soft_attention', which needs"):
        diagnose_pairs(list_pairs(pairs), tmp_path / "b", bundle_root=shelf / NAME, explain="soft_attention", **given)


def test_predict_answers_cases_rejects_by_case_and_draws_a_map_of_both_pictures(
    pairs, shelf, monkeypatch, tmp_path, capfd
):
    monkeypatch.setenv("MONAI_SKIN_BUNDLES", str(shelf))
    spoiled = spoil(pairs, tmp_path / "spoiled")
    words = ["predict", "--task", "pairs", spoiled / "pairs.csv", "--out", tmp_path / "out", "--device", "cpu"]
    assert main([*map(str, words), "--explain", "--quiet"]) == 6
    assert "PAIR_00001_1.png" in capfd.readouterr().err
    rows = rows_of(tmp_path / "out" / "explanations.csv")
    answered = {row["image_id"] for row in rows_of(tmp_path / "out" / "predictions.csv")}
    assert {row["image_id"] for row in rows} == answered
    for row in rows:
        assert row["overlay"] == f"heat/{row['image_id']}_{row['stream']}.jpg"
        assert read_image(str(tmp_path / "out" / row["overlay"])).pixels.shape[1:] == (48, 40)
    assert [row["stream"] for row in rows[:2]] == ["image", "ultrasound"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count('alt="Heat map of the ultrasound picture of ') == len(answered)


def test_predict_prints_cases_as_json_and_says_what_it_did(pairs, shelf, monkeypatch, tmp_path, capfd):
    monkeypatch.setenv("MONAI_SKIN_BUNDLES", str(shelf))
    words = ["predict", "--task", "pairs", str(pairs), "--out", str(tmp_path / "out"), "--device", "cpu"]
    assert main([*words, "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert "Research use only" in told["note"] and len(told["cases"]) == 16 and not told["rejected"]
    assert main([*words, "--overwrite", "--explain", "local_attention"]) == 0
    words_printed = capfd.readouterr().out
    assert "16 cases classified from 36 pairs, 0 cases without an answer, 0 pairs rejected" in words_printed
    assert "cases.csv" in words_printed and "Research use only" in words_printed


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--views", "4"], "--views is given; expected it without --task pairs"),
        (["--age", "30"], "--age is given; expected it without --task pairs"),
        (["other.csv"], "2 inputs are given; expected one table with --task pairs"),
        (["--explain", "rollout"], "method is 'rollout', which needs"),
    ],
)
def test_what_pairs_do_not_have_is_refused(words, message, pairs, shelf, monkeypatch, tmp_path, capfd):
    monkeypatch.setenv("MONAI_SKIN_BUNDLES", str(shelf))
    given = ["predict", str(pairs), *words, "--task", "pairs", "--out", str(tmp_path / "out"), "--quiet"]
    assert main(given) == 2
    assert message in capfd.readouterr().err


def several_frames(pairs: Path, folder: Path) -> Path:
    """One case whose scan is an object of two frames with a bar of settings above, and one with plain files."""
    table = rows_of(pairs / "pairs.csv")
    photographs, scans = ([pairs / row[column] for row in table[:2]] for column in ("clinical_path", "us_path"))
    frames = np.stack([read_image(str(path)).pixels[0] for path in scans])
    framed = np.concatenate([np.full((2, 8, 40), 255, np.uint8), frames], axis=1)
    (folder / "scan.dcm").write_bytes(
        scan(region(0, 8, 39, 55), pixels=framed, SOPClassUID=SEVERAL, NumberOfFrames=2, Rows=56, Columns=40)
    )
    rows = [f"loop,{photographs[0]},{folder / 'scan.dcm'}", f"plain,{photographs[0]},{scans[0]}"]
    rows.append(f"other,{photographs[0]},{scans[1]}")
    (folder / "pairs.csv").write_text("\n".join(["case_id,clinical_path,us_path", *rows, ""]))
    return folder / "pairs.csv"


def test_g5_each_frame_of_a_scan_is_answered_cut_to_its_region_and_the_case_has_their_mean(pairs, shelf, tmp_path):
    items = list_pairs(several_frames(pairs, tmp_path))
    given = {"bundle_root": shelf / NAME, "device": "cpu", "progress": False}
    done = diagnose_pairs(items, tmp_path / "all", scan_frame=0, **given)
    values = {row["case_id"]: float(row["malignant"]) for row in done.cases}
    assert [(row["case_id"], row["pairs"]) for row in done.cases] == [("loop", "2"), ("plain", "1"), ("other", "1")]
    assert values["loop"] == pytest.approx((values["plain"] + values["other"]) / 2, abs=1e-6)
    second = diagnose_pairs(items, tmp_path / "second", scan_frame=2, **given)
    assert float(second.cases[0]["malignant"]) == pytest.approx(values["other"], abs=1e-6)
    none = diagnose_pairs(items, tmp_path / "none", **given)
    assert [row["case_id"] for row in none.rejected] == ["loop"] and "NumberOfFrames is 2" in none.rejected[0]["reason"]
    absent = diagnose_pairs(items, tmp_path / "absent", scan_frame=3, **given)
    assert [row["case_id"] for row in absent.rejected] == ["loop"]


def test_a_case_whose_name_leads_elsewhere_writes_nothing_there(pairs, shelf, tmp_path):
    items = list_pairs(several_frames(pairs, tmp_path))
    items[0]["image_id"] = "../../loop_1_1"
    done = diagnose_pairs(items, tmp_path / "out", bundle_root=shelf / NAME, scan_frame=0, device="cpu", progress=False)
    assert [row["case_id"] for row in done.rejected] == ["loop"] and not list(tmp_path.glob("loop*"))


def test_earlier_results_stay_as_they_are(pairs, shelf, tmp_path):
    (tmp_path / "predictions.csv").write_text("image_id\n")
    with pytest.raises(UsageError, match=r"holds predictions\.csv already; expected a new folder, or overwrite"):
        diagnose_pairs(list_pairs(pairs), tmp_path, bundle_root=shelf / NAME, scan_frame=0)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--task", "pairs", "--scan-frame", "0"], "--scan-frame is 0; expected a number from 1, or all"),
        (["--scan-frame", "1"], "--scan-frame is given; expected it with --task pairs only"),
    ],
)
def test_a_frame_that_makes_no_sense_is_refused(words, message, pairs, shelf, monkeypatch, tmp_path, capfd):
    monkeypatch.setenv("MONAI_SKIN_BUNDLES", str(shelf))
    assert main(["predict", str(pairs), *words, "--out", str(tmp_path / "out"), "--quiet"]) == 2
    assert message in capfd.readouterr().err


def test_explain_takes_the_table_of_pairs_for_a_bundle_of_pairs(pairs, shelf, tmp_path, capfd):
    assert takes_pairs(shelf / NAME) and not takes_pairs(BUNDLES / "dual_encoder_diagnosis")
    words = ["explain", str(pairs), "--bundle", str(shelf / NAME), "--out", str(tmp_path / "out"), "--device", "cpu"]
    assert main([*words, "--class", "malignant", "--stream", "ultrasound", "--method", "grad_cam"]) == 0
    assert "36 explained, 0 rejected" in capfd.readouterr().out
    rows = rows_of(tmp_path / "out" / "explanations.csv")
    assert {(row["stream"], row["class"]) for row in rows} == {("ultrasound", "malignant")}
    assert main([*words, "--age", "30"]) == 2 and main(["explain", "other.csv", *words[1:]]) == 2
    told = capfd.readouterr().err
    assert "--age is given; expected it for a bundle of pictures" in told and "2 inputs are given" in told
