# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A model card holds what the bundle and the evaluation say, and makes nothing up."""

from __future__ import annotations

import json

import numpy as np
import pytest

from monai_skin.errors import InvalidInputError
from monai_skin.evaluation import Person, evaluate_model, subgroup_report, write_evaluation
from monai_skin.io import sha256_of
from monai_skin.pipeline import CARD_HEADINGS, write_model_card
from tests.evaluation.models import CLASSES, make_model
from tests.small_bundle import BUNDLES

BUNDLE = BUNDLES / "dual_encoder_diagnosis"


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    model = make_model(images=180)
    people = {image_id: Person(sex=("female", "male")[i % 2]) for i, image_id in enumerate(model.image_ids)}
    folder = tmp_path_factory.mktemp("judged")
    groups = subgroup_report(model, people, ("sex",), resamples=10)
    write_evaluation(folder, evaluate_model(model, resamples=10), groups)
    return folder / "metrics.json"


def test_every_heading_stands_in_order_with_the_numbers(judged):
    card, found = write_model_card(BUNDLE, judged), json.loads(judged.read_text())
    assert [line[3:] for line in card.splitlines() if line.startswith("## ")] == list(CARD_HEADINGS)
    metadata = json.loads((BUNDLE / "configs" / "metadata.json").read_text())
    for words in (metadata["name"], metadata["data_source"], metadata["version"], *metadata["references"]):
        assert words in card
    assert sha256_of(BUNDLE / "models" / "model.pt") in card
    assert metadata["intended_use"] in card and "Not for diagnosis" in card
    for score in ("balanced_accuracy", "macro_auc", "melanoma_sensitivity"):
        value = found["scores"][score]
        assert f"{value['value']:.3f} ({value['low']:.3f} to {value['high']:.3f})" in card
    for group in found["subgroups"]["groups"]:
        assert group["images"] == 0 or f"| sex | {group['name']}" in card
    gap = next(gap for gap in found["subgroups"]["gaps"] if gap["kind"] == "equalised_odds")
    assert f"{gap['value']:.3f}" in card and f"between {gap['highest']} and {gap['lowest']}" in card


def test_what_was_not_looked_at_is_said(tmp_path):
    model = make_model(images=60)
    write_evaluation(tmp_path, evaluate_model(model.take(np.flatnonzero(model.truth != 1)), resamples=5))
    card = write_model_card(BUNDLE, tmp_path / "metrics.json")
    assert "Groups of people were not looked at" in card
    assert f"No image was of class {CLASSES[1]}" in card and "Fewer than 30 images of" in card


def test_a_file_of_another_form_is_refused(tmp_path):
    (tmp_path / "metrics.json").write_text(json.dumps({"format": 9}))
    with pytest.raises(InvalidInputError, match=r"metrics\.json: format is 9; expected format 1"):
        write_model_card(BUNDLE, tmp_path / "metrics.json")
    (tmp_path / "metrics.json").write_text("[]")
    with pytest.raises(InvalidInputError, match="document is a list"):
        write_model_card(BUNDLE, tmp_path / "metrics.json")
