# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures in, outlines and then probabilities out."""

from __future__ import annotations

import base64
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from monai_skin.data import list_images
from monai_skin.errors import IntegrityError, InvalidInputError, UnsafeArtefactError, UsageError
from monai_skin.io import apply_weights, load_weights, read_image, read_json, read_table
from monai_skin.labels import VOCABULARIES
from monai_skin.networks import DenseNetEncoder, DualEncoderNet
from monai_skin.pipeline import DiagnosisRun, diagnose
from monai_skin.transforms import FitLesionImage, LoadDermoscopy, NormalizeImageNet, encode_clinical_metadata
from tests.small_bundle import (
    CALIBRATION,
    TINY_DUAL,
    TINY_ENCODER,
    WEIGHTS,
    edit,
    make_bundle,
    make_diagnosis_bundle,
    make_pictures,
)

CLASSES = VOCABULARIES["ham10000"]
PERSON = {"age": 61.0, "sex": "female", "site": "back"}
EXACT = {"amp": False}  # bfloat16 has three digits


@pytest.fixture(scope="module")
def outlining(tmp_path_factory):
    return make_bundle(tmp_path_factory.mktemp("bundles") / "outlining")


@pytest.fixture(scope="module")
def classifying(tmp_path_factory):
    return make_diagnosis_bundle(tmp_path_factory.mktemp("bundles") / "classifying")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return make_pictures(tmp_path_factory.mktemp("pictures"), 2)


@pytest.fixture
def run(outlining, classifying, tmp_path):
    def run(items: list[dict[str, Any]], name: str = "out", **options: Any) -> DiagnosisRun:
        roots = {"segmentation_root": outlining, "diagnosis_root": classifying}
        return diagnose(items, tmp_path / name, **{**roots, "device": "cpu", "progress": False, **options})

    return run


def probabilities(row: dict[str, str]) -> list[float]:
    return [float(row[code]) for code in CLASSES]


def test_a_run_writes_outlines_then_probabilities_then_a_report(run, pictures, tmp_path):
    items = [{**item, **PERSON} for item in list_images(pictures)]
    done = run(items)
    assert done.folder == tmp_path / "out"
    assert done.segmentation.folder == tmp_path / "out" / "segmentation"
    assert {path.name for path in done.folder.iterdir()} == {
        "segmentation",
        "predictions.csv",
        "isic_submission.csv",
        "report.html",
    }
    assert {path.name for path in done.segmentation.folder.iterdir()} == {
        "masks",
        "overlays",
        "predictions.csv",
        "report.html",
    }
    assert done.rejected == done.segmentation.rejected == ()
    assert [row["image_id"] for row in done.rows] == ["lesion_0", "lesion_1"]
    assert tuple(read_table(done.folder / "predictions.csv")) == done.rows
    for row, outline in zip(done.rows, done.segmentation.rows, strict=True):
        assert sum(probabilities(row)) == pytest.approx(1, abs=1e-6)
        assert row["mask_ok"] == outline["mask_ok"]
    page = (done.folder / "report.html").read_text()
    assert "Research use only. Not for diagnosis." in page
    assert page.count("61 years, female, back") == 2
    assert Path(WEIGHTS).name in page and Path(CALIBRATION).name in page
    shown = [read_image(base64.b64decode(image)) for image in re.findall(r'base64,([^"]+)"', page)]
    # each original beside its overlay, which has its size; what the network saw is square
    assert [picture.full_size for picture in shown] == [(60, 90), (60, 90), (61, 90), (61, 90)]


def test_a_run_may_explain_its_predictions_which_stay_the_same(run, pictures):
    items = [{**item, **PERSON} for item in list_images(pictures)]
    plain, done = run(items, "plain"), run(items, "explained", explain="grad_cam_plus_plus")
    assert plain.explanations is None and done.rows == plain.rows
    found = {path.name for path in done.folder.iterdir()} - {path.name for path in plain.folder.iterdir()}
    assert found == {"heat", "maps", "explanations.csv", "clinical.csv"}
    for answer, row, values in zip(done.rows, done.explanations.rows, done.explanations.clinical, strict=True):
        assert answer["image_id"] == row["image_id"] == values["image_id"]
        assert answer["prediction"] == row["class"] == values["class"]
        assert float(row["lesion"]) > 0, "measured on the outline that was just drawn"
        assert (done.folder / row["overlay"]).is_file() and (done.folder / row["map"]).is_file()
    page = (done.folder / "report.html").read_text()
    assert page.count('alt="Heat map of lesion_') == 2 and page.count("What age, sex and site did") == 2
    again = run(items, "explained", overwrite=True)
    assert again.explanations is None and not (done.folder / "explanations.csv").exists()


def test_a_method_the_network_has_not_is_told_before_anything_is_outlined(run, pictures, tmp_path, classifying):
    wanted = "DualEncoderNet: method is 'soft_attention', which needs a soft-attention block; expected grad_cam"
    with pytest.raises(UsageError, match=wanted):
        run(list_images(pictures), explain="soft_attention")
    bare = shutil.copytree(classifying, tmp_path / "bare")
    (bare / "configs" / "explain.json").unlink()
    with pytest.raises(InvalidInputError, match=r"bare: explain\.json is absent"):
        run(list_images(pictures), explain="grad_cam", diagnosis_root=bare)
    assert not (tmp_path / "out").exists()


def by_hand(picture: Path, classifying: Path, person: dict[str, Any]) -> list[float]:
    """What the network says of a whole picture, without any bundle."""
    encoders = {name: DenseNetEncoder(**TINY_ENCODER) for name in ("encoder", "segmented_encoder")}
    network = DualEncoderNet(**encoders, **TINY_DUAL).eval()
    apply_weights(network, load_weights(classifying / WEIGHTS), source="model")
    config = read_json(classifying / "configs" / "inference.json")
    image = NormalizeImageNet()(FitLesionImage([64, 64])(LoadDermoscopy(shrink_to=[64, 64])(picture)))
    scales = {name: config[name] for name in ("age_mean", "age_std", "sites")}
    clinical = encode_clinical_metadata(person["age"], person["sex"], person["site"], **scales)
    with torch.no_grad():
        logits = network(image.as_tensor()[None], None, clinical[None])
    return torch.softmax(logits / 0.5, dim=1)[0].tolist()  # the temperature of the calibration


def never_outlining(outlining: Path, folder: Path) -> Path:
    """The same bundle, with a threshold no probability exceeds."""
    root = shutil.copytree(outlining, folder)
    file = root / "configs" / "inference.json"
    file.write_text(file.read_text().replace('"threshold": 0.5', '"threshold": 1.0'))
    assert json.loads(file.read_text()) != read_json(outlining / "configs" / "inference.json")
    return root


def test_a_lesion_that_was_not_found_is_diagnosed_from_the_whole_picture(
    run, pictures, outlining, classifying, tmp_path
):
    root = never_outlining(outlining, tmp_path / "never")
    items = [{**item, **PERSON} for item in list_images(pictures)]
    done = run(items, segmentation_root=root, overrides=EXACT)
    assert [row["mask_ok"] for row in done.rows] == ["false", "false"]
    for picture, row in zip(pictures, done.rows, strict=True):
        assert probabilities(row) == pytest.approx(by_hand(picture, classifying, PERSON), abs=1e-5)


def test_the_outline_makes_a_difference_and_a_mask_the_item_came_with_does_not(run, pictures, classifying):
    (item,) = list_images(pictures[:1])
    (row,) = run([{**item, "mask": "nowhere.png"}], overrides=EXACT).rows
    assert row["mask_ok"] == "true"
    difference = np.abs(np.array(probabilities(row)) - by_hand(pictures[0], classifying, item))
    assert difference.max() > 1e-4


def test_the_person_changes_the_probabilities_and_may_be_unknown(run, pictures):
    (item,) = list_images(pictures[:1])
    items = [{**item, "image_id": "known", **PERSON}, {**item, "image_id": "unknown"}]
    bare = {key: item[key] for key in ("image", "file")}
    known, unknown, nothing = map(probabilities, run([*items, {**bare, "image_id": "nothing"}], overrides=EXACT).rows)
    assert np.abs(np.array(known) - unknown).max() > 1e-3
    assert nothing == pytest.approx(unknown, abs=1e-6)


def test_f5_the_batch_size_changes_nothing(run, pictures):
    items = list_images(pictures)
    one = run(items, "one", batch_size=1, overrides=EXACT)
    many = run(items, "many", batch_size=8, overrides=EXACT)
    for left, right in zip(one.rows, many.rows, strict=True):
        assert probabilities(left) == pytest.approx(probabilities(right), abs=1e-5)


def test_f3_a_bad_picture_is_rejected_once_with_its_reason_and_the_others_are_as_without_it(run, pictures, tmp_path):
    (tmp_path / "cut.png").write_bytes(pictures[0].read_bytes()[:-400])
    good = run(list_images(pictures[:1]), "good", overrides=EXACT)
    done = run(list_images([tmp_path / "cut.png", pictures[0]]), overrides=EXACT)
    assert [probabilities(row) for row in done.rows] == [pytest.approx(probabilities(good.rows[0]), abs=1e-5)]
    (rejected,) = done.rejected
    assert (rejected["image_id"], rejected["file"]) == ("cut", "cut.png")
    assert "image is cut off" in rejected["reason"]
    assert read_table(done.folder / "rejected.csv") == [rejected]
    assert done.segmentation.rejected == done.rejected


def test_what_could_not_be_honoured_when_a_picture_was_read_stands_in_its_notes(run, pictures, tmp_path):
    Image.open(pictures[0]).save(tmp_path / "a.png", icc_profile=b"not a profile")
    (row,) = run(list_images([tmp_path / "a.png"])).rows
    assert row["notes"] == "its colour profile is damaged and was left out"


def test_c5_without_the_weights_of_either_bundle_nothing_is_written(run, pictures, outlining, classifying, tmp_path):
    for name, root in (("segmentation_root", outlining), ("diagnosis_root", classifying)):
        bare = shutil.copytree(root, tmp_path / name)
        (bare / WEIGHTS).unlink()
        with pytest.raises(InvalidInputError, match=r"model\.safetensors, which is missing"):
            run(list_images(pictures), **{name: bare})
        assert not (tmp_path / "out").exists()


def test_c6_an_unsafe_bundle_runs_nothing(run, pictures, classifying, tmp_path):
    root = shutil.copytree(classifying, tmp_path / "evil")
    evil = {"_target_": "subprocess.getoutput", "cmd": f"touch {tmp_path / 'canary'}"}
    edit(root / "configs" / "inference.json", inferer=evil)
    with pytest.raises(UnsafeArtefactError, match=r"_target_ is 'subprocess\.getoutput'"):
        run(list_images(pictures), diagnosis_root=root)
    assert not (tmp_path / "canary").exists()
    assert not (tmp_path / "out").exists()


def test_c3_weights_of_another_network_and_a_network_of_other_classes_are_refused(run, pictures, classifying, tmp_path):
    eight = make_diagnosis_bundle(tmp_path / "eight", num_classes=8)
    edit(eight / "configs" / "inference.json", calibration=None)
    items = list_images(pictures[:1])
    with pytest.raises(IntegrityError, match="lesion_0: pred has 8 probabilities; expected 7, one a class of ham10000"):
        run(items, diagnosis_root=eight)
    mixed = shutil.copytree(classifying, tmp_path / "mixed")
    shutil.copy(eight / WEIGHTS, mixed / WEIGHTS)
    with pytest.raises(
        InvalidInputError, match=r"weights have other shapes in head\.4\.weight \(8, 256\) not \(7, 256\)"
    ):
        run(items, diagnosis_root=mixed, overwrite=True)
    assert not (tmp_path / "out" / "predictions.csv").exists()


def test_a_calibration_of_other_classes_is_refused(run, pictures, classifying, tmp_path):
    root = shutil.copytree(classifying, tmp_path / "root")
    content = read_json(root / CALIBRATION)
    (root / CALIBRATION).write_text(json.dumps({**content, "classes": content["classes"][:6]}))
    with pytest.raises(InvalidInputError, match=r"shape is \(7,\); expected \(6,\), as calibrated"):
        run(list_images(pictures[:1]), diagnosis_root=root)


def test_a_calibration_given_goes_before_the_bundles_own_and_none_is_none(run, pictures, classifying, tmp_path):
    items = list_images(pictures[:1])
    content = read_json(classifying / CALIBRATION)
    numbers = {"kind": "vector", "scales": [3.0] * 7, "biases": [1.0] * 7}
    (tmp_path / "mine.json").write_text(json.dumps({**content, **numbers}))
    bare, cubed = (
        probabilities(run(items, name, calibration=given, overrides=EXACT).rows[0])
        for name, given in (("bare", "none"), ("cubed", tmp_path / "mine.json"))
    )
    cubes = np.array(bare) ** 3
    assert cubed == pytest.approx(cubes / cubes.sum(), abs=1e-5)
    assert "mine.json, SHA-256" in (tmp_path / "cubed" / "report.html").read_text()
    assert "SHA-256" in (tmp_path / "bare" / "report.html").read_text()
    assert ".json, SHA-256" not in (tmp_path / "bare" / "report.html").read_text()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"classes": list(CLASSES[::-1])},
            "mine.json: classes are vasc, nv, .*; expected those of the bundle, akiec, bcc",
        ),
        ({"temperature": 0}, "mine.json: temperature is 0; expected a number above 0"),
    ],
)
def test_a_calibration_that_does_not_fit_is_refused_before_anything_is_outlined(
    run, pictures, classifying, tmp_path, changes, problem
):
    (tmp_path / "mine.json").write_text(json.dumps({**read_json(classifying / CALIBRATION), **changes}))
    with pytest.raises(InvalidInputError, match=problem):
        run(list_images(pictures[:1]), calibration=tmp_path / "mine.json")
    assert not (tmp_path / "out").exists()


def test_a_calibration_for_a_bundle_that_has_none_is_refused_before_anything_is_outlined(
    run, pictures, classifying, tmp_path
):
    root = shutil.copytree(classifying, tmp_path / "root")
    for name in ("inference.json", "evaluate.json", "explain.json"):
        content = read_json(root / "configs" / name)
        content.pop("calibration", None)
        (root / "configs" / name).write_text(json.dumps(content).replace('"@calibration"', "null"))
    with pytest.raises(UsageError, match="inference.json: calibration is not an entry of the bundle"):
        run(list_images(pictures[:1]), diagnosis_root=root, calibration="none")
    assert not (tmp_path / "out").exists()


def test_f2_earlier_results_are_refused_before_anything_is_outlined(run, pictures, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "predictions.csv").write_text("mine")
    with pytest.raises(UsageError, match="out: output folder holds predictions.csv already; expected a new folder, or"):
        run(list_images(pictures[:1]))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["predictions.csv"]


def test_f2_f4_a_run_repeated_over_its_results_writes_the_same_bytes(run, pictures, tmp_path):
    def contents() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}

    run(list_images(pictures[:1]))
    before = contents()
    run(list_images(pictures[:1]), overwrite=True)
    assert contents() == before


def test_c7_c12_names_that_look_like_expressions_are_only_names(run, pictures, tmp_path):
    name = f"$open('{'canary'}', 'w') @network %x's"
    picture = tmp_path / f"{name}.png"
    shutil.copy(pictures[0], picture)
    done = run([{"image": str(picture), "file": str(picture), "image_id": name}], name)
    assert [row["image_id"] for row in done.rows] == [name]
    assert done.rows[0]["mask_ok"] == "true"
    assert "<img" in (tmp_path / name / "report.html").read_text()
    assert not Path("canary").exists()


def test_b1_a_site_the_model_was_not_shown_is_refused_before_anything_is_outlined(run, pictures, tmp_path):
    items = [{**item, "site": site} for item, site in zip(list_images(pictures), ("back", "thigh"), strict=True)]
    wanted = "lesion_1: site is 'thigh', which this model was not shown; expected one of abdomen, .*, or unknown"
    with pytest.raises(InvalidInputError, match=wanted):
        run(items)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [("age", 999.0, "age is 999.0; expected a number of years"), ("sex", "x", "sex is 'x'")],
)
def test_f3_a_person_that_cannot_be_is_set_aside_by_name_and_the_others_are_diagnosed(
    run, pictures, field, value, problem
):
    first, second = ({**item, **PERSON} for item in list_images(pictures))
    done = run([first, {**second, field: value}])
    assert [row["image_id"] for row in done.rows] == ["lesion_0"]
    assert [(row["image_id"], row["file"]) for row in done.rejected] == [("lesion_1", pictures[1].name)]
    assert done.rejected[0]["reason"].startswith(f"lesion_1: {problem}")


def test_an_entry_the_diagnosis_bundle_does_not_have_is_told(run, pictures):
    with pytest.raises(UsageError, match="btach is not an entry of the bundle"):
        run(list_images(pictures[:1]), overrides={"btach": 1})


def test_nothing_to_do_is_told(run):
    with pytest.raises(UsageError, match="items is empty"):
        run([])
