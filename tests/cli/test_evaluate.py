# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``evaluate``: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from monai_skin.cli import main
from monai_skin.evaluation import EVALUATION_FILES, write_predictions
from monai_skin.io import sha256_of
from tests.evaluation.models import CLASSES, make_model


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_predictions("a.csv", make_model(images=60, lesions=30))
    write_predictions("validation.csv", make_model(images=60, prefix="v"))
    return tmp_path


def run(capsys, *words):
    code = main(["evaluate", *words, "--resamples", "10"])
    streams = capsys.readouterr()
    return code, streams.out, streams.err


def test_everything_is_written_and_the_headline_printed(folder, capsys):
    code, out, _ = run(capsys, "a.csv", "--validation", "validation.csv", "--out", "r")
    assert code == 0 and out.endswith("\nResearch use only. Not for diagnosis.\n") and "macro auc 0." in out
    assert sorted(path.name for path in (folder / "r").iterdir()) == sorted([*EVALUATION_FILES, "report.html"])
    page = (folder / "r" / "report.html").read_text()
    assert sha256_of(folder / "a.csv") in page and sha256_of(folder / "validation.csv") in page


def test_json_is_what_the_file_holds(folder, capsys):
    code, out, err = run(capsys, "a.csv", "--out", "r", "--json", "--seed", "4", "--name", "net")
    content = json.loads(out)
    assert (code, err, content["model"], content["interval"]["seed"]) == (0, "", "net", 4)
    assert content == json.loads((folder / "r" / "metrics.json").read_text())


def test_it_says_whether_the_model_is_less_sure_where_it_is_wrong(folder, capsys):
    model = make_model(images=60, lesions=30)
    wrong = (model.probabilities.argmax(axis=1) != model.truth).astype(float)
    write_predictions("a.csv", model, {"view_spread": wrong})
    code, out, _ = run(capsys, "a.csv", "--out", "r")
    uncertainty = json.loads((folder / "r" / "metrics.json").read_text())["uncertainty"]
    assert code == 0 and set(uncertainty) == {"entropy", "view_spread"}
    assert uncertainty["view_spread"]["error_auroc"]["value"] == 1
    entropy = uncertainty["entropy"]["error_auroc"]["value"]
    assert f"a wrong answer has the higher entropy in {entropy:.3f} (" in out


def test_a_submission_to_a_challenge_is_read_with_the_truth_besides(folder, capsys):
    model = make_model(images=60, lesions=30)
    header = ["image", *(code.upper() for code in CLASSES)]
    rows = [
        [image_id, *map(str, values)] for image_id, values in zip(model.image_ids, model.probabilities, strict=True)
    ]
    (folder / "submission.csv").write_text("\n".join(",".join(row) for row in [header, *rows]))
    one_hot = [
        [image_id, *(str(float(k == label)) for k in range(3))]
        for image_id, label in zip(model.image_ids, model.truth, strict=True)
    ]
    (folder / "truth.csv").write_text("\n".join(",".join(row) for row in [header, *one_hot]))
    code, out, _ = run(capsys, "submission.csv", "--truth", "truth.csv", "--out", "r", "--json")
    theirs = json.loads(run(capsys, "a.csv", "--out", "s", "--json")[1])
    ours = json.loads(out)
    assert code == 0 and ours["lesions"] == 60  # neither table names lesions
    assert ours["scores"]["macro_auc"]["value"] == pytest.approx(theirs["scores"]["macro_auc"]["value"])


def test_earlier_results_are_not_replaced_unasked(folder, capsys):
    assert run(capsys, "a.csv", "--out", "r")[0] == 0
    before = (folder / "r" / "metrics.json").read_bytes()
    code, _, err = run(capsys, "a.csv", "--out", "r", "--seed", "1")
    assert code == 2 and "holds metrics.json already" in err
    assert (folder / "r" / "metrics.json").read_bytes() == before
    assert run(capsys, "a.csv", "--out", "r", "--seed", "1", "--overwrite")[0] == 0
    assert (folder / "r" / "metrics.json").read_bytes() != before


def test_groups_of_people_are_looked_at_where_a_table_names_them(folder, capsys):
    rows = [f"{image_id},{30 + i},{'female' if i % 2 else 'male'}" for i, image_id in enumerate(make_model().image_ids)]
    (folder / "people.csv").write_text("\n".join(["image_id,age,sex", *rows]))
    words = ["a.csv", "--people", "people.csv", "--out", "r", "--json"]
    content = json.loads(run(capsys, *words)[1])
    assert {group["attribute"] for group in content["subgroups"]["groups"]} == {"sex", "age"}
    content = json.loads(run(capsys, *words, "--overwrite", "--groups", "sex+age")[1])
    assert {group["attribute"] for group in content["subgroups"]["groups"]} == {"sex+age"}
    assert (folder / "r" / "subgroups.csv").is_file()
    code, _, err = run(capsys, *words, "--overwrite", "--groups", "height")
    assert code == 2 and "attribute is 'height'" in err


def test_absent_classes_are_named(folder, capsys):
    model = make_model(images=60)
    write_predictions("b.csv", model.take([i for i in range(60) if model.truth[i] != 2]))
    assert f"no image is of class {CLASSES[2]}" in run(capsys, "b.csv", "--out", "r")[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--seed", "-1"], "--seed is -1"),
        (["--specificity", "2"], "specificity is 2"),
        (["--validation", "a.csv"], "share"),
        (["--truth", "missing.csv"], "missing.csv"),
    ],
)
def test_what_cannot_be_used_is_refused_before_anything_is_written(words, message, folder, capsys):
    code, _, err = run(capsys, "a.csv", "--out", "r", *words)
    assert code in {2, 3, 9} and message in err
    assert not (folder / "r").exists()


def test_e2_a_probability_that_is_no_number_is_named_by_row_and_column(folder, capsys):
    model = make_model(images=20)
    write_predictions("bad.csv", replace(model, probabilities=model.probabilities))
    lines = (folder / "bad.csv").read_text().splitlines()
    cells = lines[3].split(",")
    lines[3] = ",".join([*cells[:3], "nan", *cells[4:]])
    (folder / "bad.csv").write_text("\n".join(lines))
    code, _, err = run(capsys, "bad.csv", "--out", "r")
    assert code == 3 and "bad.csv row 4: column mel is 'nan'" in err
