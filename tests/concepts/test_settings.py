# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings say what decides the result, and name the field that makes no sense."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monai_skin.concepts import (
    POOLINGS,
    PRESETS,
    PROMPTS,
    ExtractionSettings,
    ModelSource,
    read_settings,
    write_settings,
)
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import write_json


def test_settings_come_back_from_their_file_without_the_folders_of_this_machine(settings, tmp_path):
    write_settings(tmp_path / "settings.json", settings)
    back = read_settings(tmp_path / "settings.json")
    assert back == settings.in_folders("", "") != settings
    assert back.digest == settings.digest


def test_everything_but_the_folders_changes_the_digest(settings):
    others = [
        replace(settings, detector=replace(settings.detector, sha256="1" * 64)),
        replace(settings, segmenter=replace(settings.segmenter, revision="abc")),
        replace(settings, prompts=("arm", "lesion")),
        replace(settings, joint_prompt=True),
        replace(settings, box_threshold=0.31),
        replace(settings, text_threshold=0.26),
        replace(settings, nms_iou=0.79),
        replace(settings, max_concepts=25),
        *(replace(settings, pooling=pooling) for pooling in POOLINGS[1:]),
    ]
    assert len({each.digest for each in [settings, *others]}) == len(others) + 1
    assert settings.in_folders("elsewhere", "here").digest == settings.digest


def test_the_presets_are_those_of_the_paper_as_far_as_it_says_them():
    preset = PRESETS["grounded-sam"]
    assert preset.prompts == PROMPTS and len(PROMPTS) == 19 and PROMPTS[0] == "lesion"
    assert (preset.box_threshold, preset.text_threshold, preset.nms_iou, preset.max_concepts) == (0.3, 0.25, 0.8, 30)
    assert preset.pooling == "mask_mean" and not preset.joint_prompt and not preset.is_proxy
    assert not any(model.sha256 for each in PRESETS.values() for model in (each.detector, each.segmenter))


def test_prompts_of_any_language_are_tidied_and_kept(settings):
    # the second Läsion is written with a combining mark
    tidy = replace(settings, prompts=(" Läsion ", "皮膚", "left   ARM"))
    assert tidy.prompts == ("läsion", "皮膚", "left arm")
    assert ExtractionSettings.from_json(tidy.as_json()) == tidy


@pytest.mark.parametrize(
    "change, message",
    [
        ({"prompts": ()}, "prompts are empty"),
        ({"prompts": ("arm", "Arm")}, "prompts name arm twice"),
        ({"prompts": ("a. b",)}, "prompts hold 'a. b'"),
        ({"box_threshold": 1.5}, "box_threshold is 1.5; expected a number from 0 to 1"),
        ({"max_concepts": 0}, "max_concepts is 0"),
        ({"pooling": "max"}, "pooling is 'max'; expected one of mask_mean, mask_token, box_crop, box_tokens"),
    ],
)
def test_a_value_that_makes_no_sense_is_named(settings, change, message):
    with pytest.raises(UsageError, match=f"settings: {message}"):
        replace(settings, **change)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"box_treshold": 0.3}, "settings.json: box_treshold is unknown"),
        ({"box_threshold": "0.3"}, "settings.json: box_threshold is '0.3'; expected float"),
        ({"prompts": [1]}, r"settings.json: prompts is \[1\]; expected a list of text"),
        ({"max_concepts": True}, "settings.json: max_concepts is True; expected int"),
        ({"detector": {"kind": "sam"}}, "settings.json: detector.name is missing"),
        ({"segmenter": {"kind": "yolo", "name": "x"}}, "settings.json: settings: kind is 'yolo'"),
        ({"form": 2}, "settings.json: form is not 1"),
    ],
)
def test_a_field_of_the_file_that_makes_no_sense_is_named(settings, tmp_path, change, message):
    write_json(tmp_path / "settings.json", {**settings.as_json(), **change})
    with pytest.raises(InvalidInputError, match=message):
        read_settings(tmp_path / "settings.json")


def test_a_digest_that_is_none_is_refused():
    with pytest.raises(UsageError, match="sha256 is 'abc'; expected 64 lower-case hexadecimal digits, or nothing"):
        ModelSource("sam", "x", sha256="abc")
