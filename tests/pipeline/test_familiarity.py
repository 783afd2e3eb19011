# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A bundle that says which pictures are unlike those it was trained on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from monai.bundle import ConfigParser

from monai_skin.data import LesionDataLoader, LesionDataset, list_images, load_datalist, write_phantoms
from monai_skin.errors import IntegrityError, InvalidInputError, UsageError
from monai_skin.io import apply_weights, load_weights, read_table, sha256_of
from monai_skin.metrics import fit_class_gaussians, mahalanobis_distance, write_familiarity
from monai_skin.pipeline import diagnose, fit_familiarity
from tests.small_bundle import WEIGHTS, edit, make_bundle, make_diagnosis_bundle, make_pictures

QUIET = {"device": "cpu", "progress": False}


@pytest.fixture(scope="module")
def roots(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    classifying = make_diagnosis_bundle(folder / "classifying")
    edit(classifying / "configs" / "inference.json", amp=False)  # the check by hand is in float32
    return {"segmentation_root": make_bundle(folder / "outlining"), "diagnosis_root": classifying}


@pytest.fixture(scope="module")
def sections(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantoms")
    write_phantoms(folder, 40, seed=0, size=(40, 50))
    return {name: load_datalist(folder, name) for name in ("training", "validation")}


@pytest.fixture(scope="module")
def fitted(roots, sections):
    root = roots["diagnosis_root"]
    return fit_familiarity(**sections, bundle_root=root, fitted_on="phantoms", share=0.25, **QUIET)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return list_images(make_pictures(tmp_path_factory.mktemp("pictures"), 2))


@pytest.fixture
def run(roots, pictures, tmp_path):
    def run(name="out", items=pictures, **options):
        done = diagnose(items, tmp_path / name, **{**roots, **QUIET, **options})
        return [dict(row) for row in done.rows]

    return run


@pytest.fixture
def file(fitted, tmp_path):
    def file(**changes):
        write_familiarity(tmp_path / "mine.safetensors", replace(fitted, **changes))
        return tmp_path / "mine.safetensors"

    return file


def features_by_hand(root, items):
    """Mean over the tokens of the last cross-attention block, of the network on the bundle's own preparation."""
    parser = ConfigParser()
    parser.read_config(str(root / "configs" / "inference.json"))
    network = parser.get_parsed_content("network_def").eval()
    apply_weights(network, load_weights(root / WEIGHTS), source="w")
    whole = [{"age": None, **item} for item in items]
    loader = LesionDataLoader(LesionDataset(whole, parser.get_parsed_content("preprocessing")), batch_size=40)
    (batch,), seen = list(loader), []
    network.image_looks[-1].register_forward_hook(lambda _, __, output: seen.append(output.mean(dim=1)))
    with torch.no_grad():
        network(batch["image"].as_tensor(), batch["segmented"].as_tensor(), batch["clinical"])
    return seen[0].numpy()


def test_the_file_holds_the_classes_of_training_and_a_share_of_validation_lies_beyond(fitted, roots, sections):
    root = roots["diagnosis_root"]
    features, others = (features_by_hand(root, sections[name]) for name in ("training", "validation"))
    classes = sorted({item["dx"] for item in sections["training"]})
    gaussians = fit_class_gaussians(features, [classes.index(item["dx"]) for item in sections["training"]])
    distances = mahalanobis_distance(others, gaussians)
    np.testing.assert_allclose(fitted.distances(others), distances, rtol=1e-3)
    assert fitted.threshold == pytest.approx(np.quantile(distances, 0.75), rel=1e-3)
    assert (fitted.layer, fitted.classes, fitted.fitted_on) == ("image_looks.0", tuple(classes), "phantoms")
    assert fitted.weights_sha256 == sha256_of(root / WEIGHTS)
    assert (fitted.training_images, fitted.validation_images) == tuple(map(len, sections.values()))


def test_f6_a_picture_beyond_the_threshold_is_marked_and_still_has_a_result(run, file, tmp_path):
    near = run("near", familiarity=file(threshold=1e6))
    far = run("far", familiarity=file(threshold=0.0))
    assert [row["unfamiliar"] for row in near] == ["false", "false"]
    assert [row["unfamiliar"] for row in far] == ["true", "true"]
    assert not any(row["notes"] for row in near)
    assert {row["notes"] for row in far} == {"unlike the training pictures: result unreliable"}
    differ = {"unfamiliar", "notes"}
    assert [{k: v for k, v in row.items() if k not in differ} for row in near] == [
        {k: v for k, v in row.items() if k not in differ} for row in far
    ]
    assert all(float(row["feature_distance"]) > 0 and float(row["energy"]) < 10 for row in far)
    assert read_table(tmp_path / "far" / "predictions.csv") == far
    marks = [
        (tmp_path / name / "report.html").read_text().count('doubt">unlike the training pictures: result unreliable')
        for name in ("near", "far")
    ]
    assert marks == [0, 2] and "mine.safetensors, SHA-256" in (tmp_path / "far" / "report.html").read_text()


def test_the_distance_does_not_depend_on_what_is_known_of_the_person(run, file, pictures):
    known = [{**item, "age": 80.0, "sex": "male", "site": "scalp"} for item in pictures]
    rows = [run(name, items, familiarity=file()) for name, items in (("a", pictures), ("b", known))]
    distances, energies = (
        [[row[column] for row in each] for each in rows] for column in ("feature_distance", "energy")
    )
    assert distances[0] == distances[1] and energies[0] != energies[1]


def test_views_are_averaged_and_their_spread_stands_beside(run, file):
    one, eight = run("one", familiarity=file()), run("eight", familiarity=file(), views=8)
    assert "view_spread" not in one[0] and all(0 < float(row["view_spread"]) < 1 for row in eight)
    assert [row["feature_distance"] for row in one] != [row["feature_distance"] for row in eight]


def test_a_bundle_without_such_a_file_says_nothing(run, file, roots):
    assert not {"energy", "feature_distance", "unfamiliar"} & run("bare")[0].keys()
    config = roots["diagnosis_root"] / "configs" / "inference.json"
    kept = config.read_text()
    try:
        edit(config, familiarity=str(file()))
        assert {"energy", "feature_distance", "unfamiliar"} <= run("own")[0].keys()
        assert "unfamiliar" not in run("none", familiarity="none")[0]
    finally:
        config.write_text(kept)


@pytest.mark.parametrize("given", ["by hand", "by the bundle"])
def test_a_file_of_other_weights_is_refused_before_anything_runs(run, file, roots, given, tmp_path):
    other, config = file(weights_sha256="0" * 64), roots["diagnosis_root"] / "configs" / "inference.json"
    kept, options = config.read_text(), {"familiarity": other} if given == "by hand" else {}
    try:
        if not options:
            edit(config, familiarity=str(other))
        with pytest.raises(IntegrityError, match="mine.safetensors: weights_sha256 is not that of model.safetensors"):
            run(**options)
    finally:
        config.write_text(kept)
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_fitted_is_told(roots, sections, tmp_path):
    given = {**sections, "bundle_root": roots["diagnosis_root"], "fitted_on": "x", **QUIET}
    with pytest.raises(UsageError, match="share is 1; expected a number between 0 and 1"):
        fit_familiarity(**given, share=1)
    with pytest.raises(UsageError, match=r"familiarity: layer is '\$import os'; expected a name such as"):
        fit_familiarity(**given, layer="$import os")
    with pytest.raises(InvalidInputError, match="DualEncoderNet: layer is 'last'; expected a part of the network"):
        fit_familiarity(**given, layer="last")
    (tmp_path / "cut.png").write_bytes(b"cut")
    cut = [{"image": str(tmp_path / "cut.png"), "image_id": "cut", "dx": "nv"}]
    with pytest.raises(InvalidInputError, match="familiarity: pictures cannot be read; expected one or more that can"):
        fit_familiarity(**{**given, "training": cut})
