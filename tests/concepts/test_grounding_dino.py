# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Our detector finds what the library's own classes find from the same weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import (
    BertTokenizer,
    GroundingDinoForObjectDetection,
    GroundingDinoImageProcessorPil,
    GroundingDinoProcessor,
)

from monai_skin.concepts import Detections, ExtractionSettings, GroundingDinoDetector, ModelSource
from monai_skin.errors import UsageError

PROMPTS = ("lesion", "arm", "left arm", "skin", "皮膚")
SIZE = (48, 40)


@pytest.fixture(scope="module")
def folder(weights):
    return weights / "grounding-dino-base"


def detector_of(folder, prompts=PROMPTS, **options):
    source = ModelSource("grounding_dino", "someone/small", folder=str(folder))
    usual = {"box_threshold": 0.5, "text_threshold": 0.5} | options
    return GroundingDinoDetector(ExtractionSettings(source, ModelSource("sam", "none"), prompts=prompts, **usual))


@pytest.fixture(scope="module")
def detector(folder):
    return detector_of(folder)


@pytest.fixture(scope="module")
def library(folder):
    model = GroundingDinoForObjectDetection.from_pretrained(folder, local_files_only=True).eval()
    parts = GroundingDinoImageProcessorPil.from_pretrained(folder), BertTokenizer.from_pretrained(folder)
    return model, GroundingDinoProcessor(*parts)


def found_by_the_library(library, pixels, text, threshold):
    model, processor = library
    inputs = processor(images=pixels.transpose(1, 2, 0), text=text, return_tensors="pt")
    with torch.no_grad():
        outputs = model(**inputs)
    return processor.post_process_grounded_object_detection(
        outputs, inputs["input_ids"], threshold=threshold, text_threshold=threshold, target_sizes=[pixels.shape[1:]]
    )[0]


def test_each_prompt_finds_what_the_library_finds_for_it_alone(detector, library, photograph):
    # 0.5 lies in the midst of the scores of random weights
    every = detector(photograph, SIZE)
    total = 0
    for number, prompt in enumerate(PROMPTS):
        known = found_by_the_library(library, photograph, f"{prompt}.", 0.5)
        own = every.phrase_ids == number
        boxes = known["boxes"].numpy().clip(0, [40, 48, 40, 48])
        np.testing.assert_allclose(every.boxes[own], boxes, atol=1e-3)
        np.testing.assert_allclose(every.scores[own], known["scores"].numpy(), atol=1e-5)
        total += len(boxes)
    assert isinstance(every, Detections) and len(every.boxes) == total > 0


def test_a_joint_text_gives_each_box_the_phrase_of_its_likeliest_token(folder, library, photograph):
    prompts = ("lesion", "arm", "skin")
    joint = detector_of(folder, prompts, joint_prompt=True, box_threshold=0.0, text_threshold=0.0)
    model, processor = library
    inputs = processor(images=photograph.transpose(1, 2, 0), text="lesion. arm. skin.", return_tensors="pt")
    with torch.no_grad():
        probabilities = model(**inputs).logits[0].sigmoid()
    # [CLS] lesion . arm . skin . [SEP]: the words are tokens 1, 3 and 5
    np.testing.assert_array_equal(joint(photograph, SIZE).phrase_ids, probabilities[:, [1, 3, 5]].argmax(1).numpy())


def test_the_backbone_runs_once_for_all_prompts_of_a_picture(detector, photograph):
    calls = []
    handle = detector.backbone.backbone.register_forward_hook(lambda *_: calls.append(1))
    detector(photograph, SIZE)
    detector(photograph, SIZE)
    handle.remove()
    assert calls == [1, 1]


def test_boxes_of_a_reduced_picture_are_in_pixels_of_the_full_one(detector, photograph):
    full, reduced = detector(photograph, SIZE), detector(photograph, (480, 400))
    np.testing.assert_allclose(reduced.boxes, full.boxes * 10, atol=1e-3)


def test_nothing_above_the_threshold_gives_no_boxes(folder, photograph):
    nothing = detector_of(folder, box_threshold=1.0)(photograph, SIZE)
    assert nothing.boxes.shape == (0, 4) and nothing.scores.shape == nothing.phrase_ids.shape == (0,)


def test_missing_files_are_named_with_what_to_download(tmp_path):
    with pytest.raises(UsageError, match=r"someone/small: folder .* has no config.json, .*; expected .* downloaded"):
        detector_of(tmp_path)
