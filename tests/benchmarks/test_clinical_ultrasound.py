# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The ablations train what they say, on pairs that the bundle would see alike, and count what is right."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks.clinical_ultrasound import ROWS, build, draw_pairs, hits, judge, missed_gates, table_of, train_row
from monai_skin.data import write_phantom_pairs
from monai_skin.networks import ClinicalUltrasoundNet
from tests.bundles.diagnosis import merged

PARTS = {
    "base": (False, False, False),
    "+ALL": (True, False, False),
    "+AGL": (False, True, False),
    "+AL": (True, True, False),
    "+AL+FRL": (True, True, True),
}


@pytest.mark.parametrize("row", PARTS)
def test_a_row_has_the_parts_of_its_name(row):
    network = build(row)
    assert isinstance(network, ClinicalUltrasoundNet)
    parts = (network.local2, network.global_attention, network.reconstruction)
    assert tuple(part is not None for part in parts) == PARTS[row]


def test_pairs_are_what_the_bundle_makes_of_the_files(tmp_path):
    drawn = draw_pairs(4, 0, 64)
    prepare = merged("clinical_ultrasound_diagnosis", "inference.json").get_parsed_content("preprocessing")
    for item in write_phantom_pairs(tmp_path, 4, seed=0):
        number, seen = int(item["case_id"][-1]), prepare(item)
        torch.testing.assert_close(seen["ultrasound"].as_tensor(), drawn.ultrasound[number])
        # JPEG moves a value a little; normalised, a byte is 0.017
        assert float((seen["image"].as_tensor() - drawn.image[number]).abs().mean()) < 0.05
        assert item["dx"] == ("malignant" if drawn.label[number] else "benign")


def test_both_kinds_of_row_are_trained_and_judged():
    pairs = draw_pairs(32, 0, 32, drawn=32)
    for row in ("clinical only", "+AL+FRL"):
        found = judge(train_row(row, pairs, {}, seed=0, epochs=1), pairs)
        assert len(found["right"]) == 32 and set(found["right"]) <= {"0", "1"}
        assert 0.5 <= found["certainty"] <= 1


def found_of(right: dict[str, str]) -> dict[str, dict[str, object]]:
    others = {"certainty": 0.9, "calibration_error": 0.1, "noisy_image": 0.5, "noisy_ultrasound": 0.5}
    return {name: {"right": digits, "parameters": 1000, **others} for name, digits in right.items()}


def test_the_table_has_each_seed_and_the_mean_over_all():
    found = found_of({"base/0": "1110", "base/1": "1010"})
    line = table_of(found, ["base"], [0, 1]).splitlines()[2]
    assert line.startswith("| base | 1,000 | 0.750 | 0.500 | 0.625 (")
    assert hits(found["base/0"]).tolist() == [1, 1, 1, 0]


def test_gates_are_of_every_training():
    right = {f"{row}/{seed}": "1010" for row in ROWS for seed in range(2)} | {"+AL/0": "1111", "+AL/1": "1110"}
    assert missed_gates(found_of(right)) == ["+AL/1"]
    assert missed_gates(found_of({**right, "+AL/1": "1111", "clinical only/0": "1110"})) == ["clinical only/0"]
    assert np.mean(hits(found_of(right)["base/0"])) == 0.5
