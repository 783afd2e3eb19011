# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``predict``."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys

import pytest

from monai_skin.cli import main
from monai_skin.labels import VOCABULARIES
from tests.small_bundle import WEIGHTS, edit, make_bundle, make_diagnosis_bundle, make_pictures

OUTLINES = ("--task", "segmentation")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A folder of bundles, as the environment names it."""
    folder = tmp_path_factory.mktemp("shelf")
    make_bundle(folder / "lesion_segmentation")
    make_diagnosis_bundle(folder / "dual_encoder_diagnosis")
    return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return make_pictures(tmp_path_factory.mktemp("pictures"))


@pytest.fixture
def predict(shelf, monkeypatch, tmp_path):
    monkeypatch.setenv("MONAI_SKIN_BUNDLES", str(shelf))

    def run(*words: object) -> int:
        return main(["predict", *map(str, words), "--out", str(tmp_path / "out"), "--device", "cpu"])

    return run


def rows_of(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def ids(path):
    return [row["image_id"] for row in rows_of(path)]


def probabilities(row):
    return [float(row[code]) for code in VOCABULARIES["ham10000"]]


def write_calibration_of(path, **changes):
    names = {"classes": list(VOCABULARIES["ham10000"]), "fitted_on": "phantoms", "images": 10}
    path.write_text(json.dumps({"format": 1, "kind": "temperature", "temperature": 2, **names, **changes}))
    return path


def test_a_folder_gives_masks_overlays_a_table_and_a_report(predict, pictures, tmp_path, capsys):
    assert predict(pictures[0].parent, *OUTLINES) == 0
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == ["masks", "overlays", "predictions.csv", "report.html"]
    assert len(ids(out / "predictions.csv")) == len(list((out / "masks").iterdir())) == len(pictures)
    captured = capsys.readouterr()
    assert captured.out.startswith("3 outlined, ")
    assert "report.html" in captured.out
    assert captured.out.endswith("Research use only. Not for diagnosis.\n")
    assert captured.err == ""


def test_outlines_and_probabilities_come_in_one_go(predict, pictures, tmp_path, capsys):
    assert predict(pictures[0].parent) == 0
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == [
        "isic_submission.csv",
        "predictions.csv",
        "report.html",
        "segmentation",
    ]
    assert sorted(path.name for path in (out / "segmentation").iterdir()) == [
        "masks",
        "overlays",
        "predictions.csv",
        "report.html",
    ]
    for place in (out, out / "segmentation"):
        assert ids(place / "predictions.csv") == ["lesion_0", "lesion_1", "lesion_2"]
    for row in rows_of(out / "predictions.csv"):
        assert sum(probabilities(row)) == pytest.approx(1, abs=1e-6)
        assert row["mask_ok"] == "true"
    captured = capsys.readouterr()
    assert captured.out.startswith("3 classified, the outline of 0 doubtful, 0 rejected\n")
    assert str(out / "report.html") in captured.out
    assert captured.out.endswith("Research use only. Not for diagnosis.\n")
    assert captured.err == ""


def test_predictions_are_explained_when_asked_for(predict, pictures, tmp_path, capsys):
    assert predict(*pictures[:2], "--explain", "--age", 61) == 0
    out = tmp_path / "out"
    assert {"heat", "maps", "explanations.csv", "clinical.csv"} <= {path.name for path in out.iterdir()}
    assert {row["method"] for row in rows_of(out / "explanations.csv")} == {"grad_cam_plus_plus"}
    warning = "A heat map shows where the network was sensitive, not whether it was right."
    assert warning in capsys.readouterr().out and warning in (out / "report.html").read_text()


def test_json_says_where_the_heat_is_and_what_age_sex_and_site_did(predict, pictures, tmp_path, capsys):
    odd = shutil.copy(pictures[0], tmp_path / "-1+1.png")  # a table would have it behind an apostrophe
    assert predict(odd, pictures[1], "--explain", "rollout", "--json", "--age", 61) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [row["image_id"] for row in answer["rows"]] == ["-1_1", "lesion_1"]
    for row in answer["rows"]:
        assert row["heat"]["method"] == "rollout" and row["heat"]["class"] == row["prediction"]
        assert (tmp_path / "out" / row["heat"]["overlay"]).is_file() and (
            tmp_path / "out" / row["heat"]["map"]
        ).is_file()
        assert float(row["clinical"]["sum"]) == pytest.approx(float(row["probability"]), abs=0.01)


def test_what_is_known_of_the_person_may_be_given_in_a_table_or_by_options_or_not_at_all(predict, pictures, tmp_path):
    table = tmp_path / "people.csv"
    table.write_text(f"image,age,sex,site\n{pictures[0].name},80,male,scalp\n")

    def answer(*words: object) -> list[list[float]]:
        assert predict(*pictures[:2], "--overwrite", "--quiet", *words) == 0
        return [probabilities(row) for row in rows_of(tmp_path / "out" / "predictions.csv")]

    nothing, listed = answer(), answer("--metadata", table)
    options = answer("--age", 80, "--sex", "male", "--site", "scalp")
    assert listed[0] == options[0] != nothing[0]
    assert listed[1] == nothing[1] != options[1], "of the second picture the table knows nothing"
    assert answer("--age", 0) != nothing, "0 is an age"


def test_a_calibration_given_by_hand_goes_before_that_of_the_bundle(predict, pictures, tmp_path):
    file = write_calibration_of(tmp_path / "mine.json", temperature=0.25)

    def answer(*words: object) -> list[float]:
        assert predict(pictures[0], "--overwrite", "--quiet", *words) == 0
        (row,) = rows_of(tmp_path / "out" / "predictions.csv")
        return probabilities(row)

    bare, mine = answer("--calibration", "none"), answer("--calibration", file)
    # 1 / 0.25 is 4; the bundle's own temperature of 0.5 would take squares
    assert mine == pytest.approx([share**4 / sum(one**4 for one in bare) for share in bare], abs=1e-5)
    assert "mine.json, SHA-256" in (tmp_path / "out" / "report.html").read_text()


def test_a_calibration_of_other_classes_is_named_before_a_picture_is_read(predict, pictures, tmp_path, capsys):
    file = write_calibration_of(tmp_path / "mine.json", classes=["mel", "nv", "sk"])
    assert predict(pictures[0], "--calibration", file) == 3
    problem = "mine.json: classes are mel, nv, sk; expected those of the bundle, akiec, bcc, bkl, df, mel, nv, vasc"
    assert problem in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_patterns_and_tables_are_inputs_too(predict, pictures, tmp_path):
    table = pictures[0].parent / "some.csv"
    table.write_text(f"image\n{pictures[2].name}\n")
    assert predict(table, pictures[0].parent / "*1.png", *OUTLINES) == 0
    table.unlink()
    assert len(ids(tmp_path / "out" / "predictions.csv")) == 2


def test_f3_rejected_pictures_end_with_6_and_a_reason(predict, pictures, tmp_path, capsys):
    for number in range(7):
        (tmp_path / f"empty{number}.png").touch()
    assert predict(pictures[0], tmp_path, *OUTLINES) == 6
    captured = capsys.readouterr()
    assert captured.out.startswith("1 outlined, ")
    assert "7 rejected" in captured.out
    assert captured.err.count("rejected: ") == 6
    assert "2 more, see rejected.csv" in captured.err
    assert len(ids(tmp_path / "out" / "rejected.csv")) == 7


def test_f3_a_picture_that_cannot_be_read_is_rejected_once_and_the_others_are_classified(
    predict, pictures, tmp_path, capsys
):
    cut = tmp_path / "cut.png"
    cut.write_bytes(pictures[0].read_bytes()[:-400])
    assert predict(cut, *pictures[:2]) == 6
    (rejected,) = rows_of(tmp_path / "out" / "rejected.csv")
    assert rejected["image_id"] == "cut"
    assert "image is cut off" in rejected["reason"]
    captured = capsys.readouterr()
    assert captured.err == f"rejected: {rejected['reason']}\n"
    assert "1 rejected" in captured.out
    assert ids(tmp_path / "out" / "predictions.csv") == ["lesion_0", "lesion_1"]
    assert rejected["reason"] in (tmp_path / "out" / "report.html").read_text()


def test_f2_earlier_results_are_kept_unless_asked(predict, pictures, capsys):
    assert predict(pictures[0], "--quiet", *OUTLINES) == 0
    assert predict(pictures[0], "--quiet", *OUTLINES) == 2
    assert "expected a new folder, or overwrite" in capsys.readouterr().err
    assert predict(pictures[0], "--quiet", *OUTLINES, "--overwrite") == 0
    assert capsys.readouterr().out == ""


def test_f2_results_of_one_task_are_not_mixed_with_those_of_the_other(predict, pictures, tmp_path, capsys):
    assert predict(pictures[0], "--quiet", *OUTLINES) == 0
    assert predict(pictures[0], "--quiet") == 2
    assert "out: output folder holds predictions.csv already" in capsys.readouterr().err
    assert not (tmp_path / "out" / "segmentation").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a name is text")
@pytest.mark.parametrize("task", ["diagnosis", "segmentation"])
def test_a_name_that_is_no_utf_8_is_shown_as_far_as_it_is(predict, pictures, tmp_path, capsys, task):
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(pictures[0], os.fsencode(folder) + b"/l\xe4sion.png")
    (folder / os.fsdecode(b"l\xe4se.png")).write_bytes(b"no picture")
    assert predict(folder, "--task", task, "--json") == 6
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["image_id"], row["file"]) == ("l_sion", "l\ufffdsion.png")
    assert rows_of(tmp_path / "out" / "rejected.csv")[0]["reason"].startswith("l_se: l\ufffdse.png: image ")


@pytest.mark.parametrize("task", ["segmentation", "diagnosis"])
def test_results_come_as_json_when_asked(predict, pictures, capsys, task):
    assert predict(pictures[0], "--task", task, "--json", "--batch-size", 1) == 0
    captured = capsys.readouterr()
    answer = json.loads(captured.out)
    assert answer["note"] == "Research use only. Not for diagnosis."
    assert answer["rejected"] == []
    assert answer["rows"][0]["file"] == pictures[0].name
    assert ("mel" in answer["rows"][0]) == (task == "diagnosis")
    assert captured.err == ""


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (["nowhere.png"], 2, "nowhere.png"),
        (["{picture}", "--batch-size", "0"], 2, "--batch-size is 0; expected 1 or more"),
        (["{picture}", *OUTLINES, "--bundle", "nowhere"], 3, "bundle has no configs folder"),
        (["{picture}", "--bundle", "nowhere"], 3, "nowhere: bundle has no configs folder"),
        (["{picture}", "--diagnosis-bundle", "nowhere"], 3, "nowhere: bundle has no configs folder"),
        (["{picture}", *OUTLINES, "--age", "0"], 2, "--age is given; expected it with --task diagnosis only"),
        (["{picture}", *OUTLINES, "--metadata", "x.csv"], 2, "--metadata is given; expected it with --task diagnosis"),
        (
            ["{picture}", *OUTLINES, "--diagnosis-bundle", "x"],
            2,
            "--diagnosis-bundle is given; expected it with --task",
        ),
        (["{picture}", "--age", "121"], 3, "predict: --age is 121; expected a number of years from 0 to 120"),
        (["{picture}", "--site", "bakc"], 3, "--site is 'bakc' (did you mean 'back'?)"),
        (["{picture}", "--sex", "male", "--metadata", "x.csv"], 2, "--metadata and --sex are both given"),
        (["{picture}", "--metadata", "nowhere.csv"], 3, "nowhere.csv"),
        (["{picture}", "--calibration", "nowhere.json"], 3, "nowhere.json"),
        (["{picture}", *OUTLINES, "--calibration", "none"], 2, "--calibration is given; expected it with --task"),
        (["{picture}", *OUTLINES, "--explain"], 2, "--explain is given; expected it with --task diagnosis only"),
        (["{picture}", "--explain", "soft_attention"], 2, "method is 'soft_attention', which needs a soft-attention"),
    ],
)
def test_wrong_words_are_told_before_anything_runs(predict, pictures, tmp_path, capsys, words, code, problem):
    assert predict(*[word.format(picture=pictures[0]) for word in words]) == code
    assert problem in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_another_task_ends_as_wrong_usage(predict, pictures):
    with pytest.raises(SystemExit) as stop:
        predict(pictures[0], "--task", "treatment")
    assert stop.value.code == 2


def test_b1_a_site_the_model_does_not_know_is_named_with_its_row_and_column(predict, pictures, tmp_path, capsys):
    table = tmp_path / "people.csv"
    for site, problem in (("torsoo", "is 'torsoo'"), ("thigh", "is 'thigh', which this model was not shown")):
        table.write_text(f"image_id,localization\nlesion_1,back\nlesion_0,{site}\n")
        assert predict(*pictures[:2], "--metadata", table) == 3
        assert f"people.csv row 3: column localization {problem}" in capsys.readouterr().err
        assert not (tmp_path / "out").exists()


def test_c5_without_weights_nothing_is_predicted(predict, shelf, pictures, tmp_path, capsys):
    bare = shutil.copytree(shelf / "dual_encoder_diagnosis", tmp_path / "bare")
    (bare / WEIGHTS).unlink()
    assert predict(pictures[0], "--diagnosis-bundle", bare) == 3
    assert f"loads {WEIGHTS}, which is missing" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_c3_a_network_of_other_classes_is_refused(predict, pictures, tmp_path, capsys):
    eight = make_diagnosis_bundle(tmp_path / "eight", num_classes=8)
    edit(eight / "configs" / "inference.json", calibration=None)
    assert predict(pictures[0], "--diagnosis-bundle", eight) == 9
    assert "pred has 8 probabilities; expected 7, one a class of ham10000" in capsys.readouterr().err
    assert not (tmp_path / "out" / "predictions.csv").exists()
