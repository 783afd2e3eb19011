# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Probabilities as tables."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import torch
from ignite.engine import Engine
from monai.data import MetaTensor

from monai_skin.errors import IntegrityError, UsageError
from monai_skin.handlers import WriteDiagnoses

# akiec, bcc, bkl, df, mel, nv, vasc
PROBABILITIES = (0.05, 0.125, 0.15, 0.025, 0.375, 0.25, 0.025)


def seen(value: float = 0.0, **meta: object) -> MetaTensor:
    """A picture as a network was given it."""
    return MetaTensor(torch.full((3, 8, 8), value), meta=meta)


def item(image_id: str, probabilities: tuple[float, ...] = PROBABILITIES, **others: object) -> dict[str, object]:
    pictures = {"image": seen(notes=""), "segmented": seen(mask_ok=True)}
    named = {"image_id": image_id, "file": f"/somewhere/{image_id}.jpg", "error": ""}
    return {**pictures, **named, "pred": torch.tensor(probabilities), **others}


def run(out: Path, *items: dict[str, object], vocabulary: str = "ham10000", **options: object) -> WriteDiagnoses:
    """Batches of one item, as a run writes them."""
    handler = WriteDiagnoses(folder=str(out), vocabulary=vocabulary, **options)
    engine = Engine(lambda _, batch: batch)
    handler.attach(engine)
    engine.run([[one] for one in items])
    return handler


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_one_row_for_each_picture_with_a_probability_for_each_class(tmp_path):
    handler = run(tmp_path / "out", item("a"), item("b", PROBABILITIES[::-1], image=seen(notes="16 bits became 8")))
    first, second = rows_of(tmp_path / "out" / "predictions.csv")
    assert list(first) == handler.columns
    assert first == {
        "image_id": "a",
        "file": "a.jpg",
        "prediction": "mel",
        "probability": "0.37500000",
        "entropy": "0.81869831",  # minus the sum of p ln p, 1.59311, over ln 7
        "akiec": "0.05000000",
        "bcc": "0.12500000",
        "bkl": "0.15000001",  # the nearest number of float32
        "df": "0.02500000",
        "mel": "0.37500000",
        "nv": "0.25000000",
        "vasc": "0.02500000",
        "mask_ok": "true",
        "notes": "",
    }
    assert (second["prediction"], second["bkl"], second["notes"]) == ("bkl", "0.37500000", "16 bits became 8")
    assert tuple(handler.rows) == (first, second)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"predictions.csv", "isic_submission.csv"}


def test_f6_what_was_measured_of_a_picture_has_a_column_behind_the_entropy(tmp_path):
    plain, spread = {"image": seen(notes="16 bits became 8")}, {"view_spread": 0.125}
    unlike = {"energy": -4.5, "feature_distance": 31.25, "unfamiliar": True}
    handler = run(tmp_path, item("a", **plain, **unlike), item("b", **{**unlike, "unfamiliar": False}), item("c"))
    assert handler.columns[2:8] == ["prediction", "probability", "entropy", "energy", "feature_distance", "unfamiliar"]
    first, second, third = rows_of(tmp_path / "predictions.csv")
    assert (first["energy"], first["feature_distance"]) == ("-4.50000000", "31.25000000")
    assert [row["unfamiliar"] for row in (first, second, third)] == ["true", "false", ""]
    assert first["notes"] == "16 bits became 8; unlike the training pictures: result unreliable"
    assert (second["notes"], third["notes"], third["energy"]) == ("", "", "")
    run(tmp_path, item("a", **spread), overwrite=True)
    (row,) = rows_of(tmp_path / "predictions.csv")
    assert row["view_spread"] == "0.12500000" and "energy" not in row


@pytest.mark.parametrize(
    ("vocabulary", "header"),
    [
        ("ham10000", "image,MEL,NV,BCC,AKIEC,BKL,DF,VASC"),  # as the challenges of 2018 and 2019 print it
        ("isic2019", "image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK"),
    ],
)
def test_the_submission_has_the_names_and_the_order_of_the_challenge(tmp_path, vocabulary, header):
    count = {"ham10000": 7, "isic2019": 8}[vocabulary]
    run(tmp_path / "out", item("a", tuple(range(count))), vocabulary=vocabulary)
    assert (tmp_path / "out" / "isic_submission.csv").read_text().splitlines()[0] == header
    (submitted,), (predicted,) = (
        rows_of(tmp_path / "out" / name) for name in ("isic_submission.csv", "predictions.csv")
    )
    assert submitted.pop("image") == "a"
    assert float(submitted.pop("UNK", "0")) == 0
    assert submitted == {code.upper(): predicted[code] for code in map(str.lower, submitted)}
    assert {float(value) for value in submitted.values()} == set(range(count))


def test_other_classes_have_no_submission(tmp_path):
    run(tmp_path / "out", item("a", (0.5, 0.25, 0.25)), vocabulary="isic2017")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"predictions.csv"}


def test_an_evaluation_has_lesion_and_truth_too(tmp_path):
    known = {"dx": "nv", "lesion_id": "L1"}
    handler = run(tmp_path / "out", item("a", **known), item("b", dx="mel", lesion_id=""), truth=True)
    assert handler.columns[:5] == ["image_id", "file", "lesion_id", "dx", "prediction"]
    truth = [(row["lesion_id"], row["dx"]) for row in rows_of(tmp_path / "out" / "predictions.csv")]
    assert truth == [("L1", "nv"), ("b", "mel")], "a picture of no known lesion is a lesion of its own"


@pytest.mark.parametrize(("meta", "said"), [({"mask_ok": True}, "true"), ({"mask_ok": False}, "false"), ({}, "false")])
def test_the_outlined_lesion_says_whether_its_mask_could_be_used(tmp_path, meta, said):
    assert run(tmp_path, item("a", segmented=seen(**meta))).rows[0]["mask_ok"] == said


def test_a_network_without_a_second_stream_has_no_mask_to_speak_of(tmp_path):
    bare = {key: value for key, value in item("a").items() if key not in {"segmented", "image", "file"}}
    (row,) = run(tmp_path, bare).rows
    assert (row["mask_ok"], row["notes"], row["file"]) == ("", "", "")


def test_what_monai_keeps_in_the_batch_belongs_to_the_item(tmp_path):
    whole = item("a", image=seen(notes="palette"))
    given = {key: whole[key] for key in ("image_id", "file", "error", "image", "segmented")}
    # the evaluator hands back the picture it gave the network, which is bare by then
    computed = {"pred": whole["pred"], "image": torch.zeros(3, 8, 8)}
    handler = WriteDiagnoses(folder=str(tmp_path), vocabulary="ham10000")
    engine = Engine(lambda _, batch: [computed])
    handler.attach(engine)
    engine.run([[given]])
    assert [(row["image_id"], row["mask_ok"], row["notes"]) for row in handler.rows] == [("a", "true", "palette")]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_f3_what_cannot_be_used_is_rejected_with_its_reason_and_stops_nothing(tmp_path, value):
    wrong = (value, *PROBABILITIES[1:])
    handler = run(tmp_path / "out", item("a"), item("cut", error="cut: image is cut off"), item("n", wrong), item("b"))
    assert [row["image_id"] for row in handler.rows] == ["a", "b"]
    assert rows_of(tmp_path / "out" / "rejected.csv") == handler.rejected
    cut, not_finite = handler.rejected
    assert cut == {"image_id": "cut", "file": "cut.jpg", "reason": "cut: image is cut off"}
    assert not_finite["reason"] == "n: pred has values that are not finite; expected probabilities"
    submitted = rows_of(tmp_path / "out" / "isic_submission.csv")
    assert [row["image"] for row in submitted] == ["a", "b"]


@pytest.mark.parametrize("hostile", ["../up", "a/b", "", ".hidden", "a\nb", "x" * 300])
def test_an_id_that_is_no_file_name_is_rejected(tmp_path, hostile):
    handler = run(tmp_path / "out", item(hostile))
    assert not handler.rows
    assert "image_id cannot name a file" in handler.rejected[0]["reason"]


def test_f1_the_same_id_twice_is_refused(tmp_path):
    with pytest.raises(IntegrityError, match="A: image_id stands twice in the input; expected unique ids"):
        run(tmp_path / "out", item("a", error="a: broken"), item("A"))


@pytest.mark.parametrize("count", [1, 6, 8])
def test_as_many_probabilities_as_classes_are_wanted(tmp_path, count):
    wanted = f"a: pred has {count} probabilities; expected 7, one a class of ham10000"
    with pytest.raises(IntegrityError, match=wanted):
        run(tmp_path / "out", item("a", tuple([1 / count] * count)))


def test_classes_nobody_knows_are_refused(tmp_path):
    with pytest.raises(UsageError, match="vocabulary is 'ham'; expected one of ham10000, isic2017"):
        WriteDiagnoses(folder=str(tmp_path), vocabulary="ham")


@pytest.mark.parametrize("name", ["predictions.csv", "isic_submission.csv", "rejected.csv", "report.html"])
def test_f2_what_is_there_is_not_replaced_unasked(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(UsageError, match=f"output folder holds {name} already; expected a new folder, or overwrite"):
        run(tmp_path, item("a"))
    assert (tmp_path / name).read_text() == "mine"


def test_f2_a_run_that_replaces_another_leaves_nothing_of_it(tmp_path):
    run(tmp_path, item("a"), item("x", error="x: broken"))
    run(tmp_path, item("b"), overwrite=True)
    assert [row["image_id"] for row in rows_of(tmp_path / "predictions.csv")] == ["b"]
    assert not (tmp_path / "rejected.csv").exists()
    with pytest.raises(IntegrityError):
        run(tmp_path, item("a"), item("a"), overwrite=True)
    assert not list(tmp_path.iterdir()), "a table stands for a run that ended"


def test_j6_no_full_path_stands_in_a_table(tmp_path):
    run(tmp_path, item("a"), item("b", error="b: broken"))
    for path in tmp_path.glob("*.csv"):
        assert "somewhere" not in path.read_text()
