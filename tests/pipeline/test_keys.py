# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Keys that lead nowhere."""

from __future__ import annotations

from monai_skin.pipeline.checks.keys import key_findings


def problems(config: dict[str, object]) -> list[str]:
    return [str(finding) for finding in key_findings("x.json", config)]


def test_c10_a_misspelt_entry_is_found_with_the_likely_word():
    assert problems({"output_dir": "a", "outptu_dir": "b", "run": ["@output_dir"]}) == [
        "x.json, outptu_dir: is used by nothing; expected perhaps 'output_dir'"
    ]


def test_c10_a_misspelt_entry_of_a_section_is_found():
    config = {"train": {"trainer": {"_target_": "SupervisedTrainer"}, "daatset": 1}, "run": ["$@train#trainer.run()"]}
    assert problems(config) == ["x.json, train#daatset: is used by nothing; expected perhaps 'train#dataset'"]


def test_a_reference_to_nothing_is_found():
    assert problems({"a": 1, "run": ["@a", "@b#c"]}) == [
        "x.json, run#1: refers to 'b::c'; expected an entry of the config"
    ]


def test_what_monai_reads_needs_no_reference():
    assert problems({"bundle_root": ".", "device": "cpu", "network_def": 1, "initialize": [], "val_interval": 1}) == []


def test_a_whole_section_may_be_used_and_so_may_a_part_of_an_entry():
    assert problems({"sizes": {"rows": 1, "columns": 2}, "run": ["@sizes"]}) == []
    assert problems({"part": {"_target_": "X", "size": [1, 2]}, "run": ["@part#size#0"]}) == []


def test_macros_and_metadata_count_as_uses():
    assert problems({"a": [1], "run": ["%a", "@_meta_#version"]}) == []
