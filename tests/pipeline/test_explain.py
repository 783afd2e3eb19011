# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures in, heat maps out, by a bundle."""

from __future__ import annotations

import numpy as np
import pytest

from monai_skin.data import list_images
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import read_image, read_table
from monai_skin.labels import VOCABULARIES
from monai_skin.pipeline import Explanations, explain
from tests.small_bundle import make_diagnosis_bundle, make_pictures


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return make_diagnosis_bundle(tmp_path_factory.mktemp("bundles") / "classifying")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    make_pictures(folder, 3)
    return folder


def run(bundle, items, out, **given) -> Explanations:
    return explain(items, out, bundle_root=bundle, progress=False, device="cpu", **given)


def test_every_picture_gets_a_map_of_its_own_size_and_a_broken_one_is_listed(bundle, pictures, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    done = run(bundle, list_images([pictures, broken]), tmp_path / "out")
    assert [row["image_id"] for row in done.rows] == ["lesion_0", "lesion_1", "lesion_2"]
    assert [row["image_id"] for row in done.rejected] == ["broken"]
    predicted = {row["image_id"]: row["prediction"] for row in read_table(tmp_path / "out" / "predictions.csv")}
    for row in done.rows:
        assert row["class"] == predicted[row["image_id"]] in VOCABULARIES["ham10000"]
        shown = read_image(tmp_path / "out" / row["overlay"]).pixels
        original = next(read_image(path).pixels for path in pictures.glob(f"{row['image_id'].replace('_', ' ')}.*"))
        assert shown.shape == original.shape
        assert np.load(tmp_path / "out" / row["map"]).min() >= 0


def test_class_method_and_stream_can_be_chosen(bundle, pictures, tmp_path):
    items = list_images(pictures)
    done = run(bundle, items, tmp_path / "out", target="mel", method="grad_cam", stream="segmented")
    assert {(row["class"], row["method"], row["stream"]) for row in done.rows} == {("mel", "grad_cam", "segmented")}
    assert {row["class"] for row in done.clinical} == {"mel"}


def test_what_age_sex_and_site_did_leads_to_the_calibrated_prediction(bundle, pictures, tmp_path):
    items = [{**item, "age": 61.0, "sex": "male", "site": "back"} for item in list_images(pictures)]
    done = run(bundle, items, tmp_path / "out")
    assert tuple(read_table(tmp_path / "out" / "clinical.csv")) == done.clinical
    for row, answer in zip(done.clinical, read_table(tmp_path / "out" / "predictions.csv"), strict=True):
        assert (row["image_id"], row["class"]) == (answer["image_id"], answer["prediction"])
        assert float(row["sum"]) == pytest.approx(float(answer["probability"]), abs=1e-5)
        assert sum(float(row[name]) for name in ("base", "age", "sex", "site")) == pytest.approx(
            float(row["sum"]), abs=3e-6
        )


def test_the_same_people_in_a_table_and_curves_when_asked_for(bundle, pictures, tmp_path):
    (tmp_path / "people.csv").write_text("age,sex,site\n61,male,back\n")
    item = {**list_images(pictures)[0], "age": 61.0, "sex": "male", "site": "back"}
    done = run(bundle, [item], tmp_path / "out", curves=True, background=tmp_path / "people.csv")
    (values,) = done.clinical
    assert [float(values[name]) for name in ("age", "sex", "site")] == pytest.approx([0, 0, 0], abs=1e-6), (
        "beside oneself there is nothing to add"
    )
    for name in ("deletion", "insertion", "random_deletion", "random_insertion"):
        assert 0 < float(done.rows[0][name]) < 1


def test_words_that_a_configuration_would_run_are_no_words(bundle, pictures, tmp_path):
    with pytest.raises(UsageError, match=r"explain_class is '\$1 \+ 1'; expected a word of letters and underscores"):
        run(bundle, list_images(pictures), tmp_path / "out", target="$1 + 1")


@pytest.mark.parametrize(
    "given", [{"target": "wart"}, {"method": "magic"}, {"stream": "third"}, {"method": "soft_attention"}]
)
def test_words_that_are_not_known_are_refused(given, bundle, pictures, tmp_path):
    with pytest.raises(UsageError, match=next(iter(given.values()))):
        run(bundle, list_images(pictures), tmp_path / "out", **given)


def test_a_bundle_that_cannot_be_explained_is_named(pictures, tmp_path):
    (tmp_path / "other" / "configs").mkdir(parents=True)
    with pytest.raises(InvalidInputError, match=r"other: explain\.json is absent"):
        run(tmp_path / "other", list_images(pictures), tmp_path / "out")
