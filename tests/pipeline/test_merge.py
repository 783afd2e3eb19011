# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Overlays and ids."""

from __future__ import annotations

import json

import pytest
from monai.bundle import ConfigParser

from monai_skin.pipeline.checks.merge import MISSING, base_of, follow, look_up, merge

BASE = {"bundle_root": ".", "train": {"trainer": {"amp": True}, "list": [1, 2]}, "a": 1}
OVERLAY = {"train#trainer#amp": False, "train::list::1": 3, "+train#list": [4], "b": 2}


def test_overlays_are_laid_over_as_monai_does_it(tmp_path):
    files = []
    for name, content in (("base.json", BASE), ("overlay.json", OVERLAY)):
        (tmp_path / name).write_text(json.dumps(content))
        files.append(str(tmp_path / name))
    merged = merge([BASE, OVERLAY])
    assert merged == ConfigParser.load_config_files(files)
    assert merged["train"] == {"trainer": {"amp": False}, "list": [1, 3, 4]}
    assert BASE["train"] == {"trainer": {"amp": True}, "list": [1, 2]}, "the base stays as it was"


@pytest.mark.parametrize("key", ["nowhere#amp", "train#list#9", "a#b"])
def test_an_overlay_of_nothing_is_named(key):
    with pytest.raises(ValueError, match=key):
        merge([BASE, {key: 1}])


def test_ids_lead_into_dictionaries_lists_and_macros():
    config = {"a": {"b": [10, {"c": 11}]}, "copy": "%a#b"}
    assert look_up(config, "a#b#1#c") == 11
    assert look_up(config, "copy::0") == 10
    assert look_up(config, "a#b#7") is MISSING
    assert look_up(config, "a#x") is MISSING


def test_references_are_followed_to_their_end_and_circles_end():
    assert follow({"a": "@b", "b": "@c", "c": 5}, "@a") == 5
    assert follow({"a": "@b", "b": "@a"}, "@a") is MISSING
    assert follow({}, "@a") is MISSING
    assert follow({"a": 1}, "$@a + 'x'") == "$@a + 'x'"


def test_only_a_config_without_a_root_is_an_overlay():
    assert base_of("inference.json", {"bundle_root": "."}) is None
    assert base_of("evaluate.json", {}) == "inference.json"
    assert base_of("multi_gpu_train.json", {}) == "train.json"
