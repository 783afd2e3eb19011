# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A row of scores an image, and means with intervals by lesion."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from ignite.engine import Engine

from monai_skin.handlers import WriteOverlapScores
from monai_skin.io import read_table


def item(name: str, lesion: str, found: int, truth: int) -> dict[str, object]:
    """Two bars on 10 x 10 pixels, so many rows thick."""
    masks = [(torch.arange(10) < rows)[None, :, None].expand(1, 10, 10).byte() for rows in (found, truth)]
    return {"image_id": name, "lesion_id": lesion, "pred": masks[0], "mask": masks[1]}


def evaluate(tmp_path, items):
    engine = Engine(lambda e, batch: items)
    WriteOverlapScores(str(tmp_path)).attach(engine)
    engine.run([0])
    return engine, json.loads((tmp_path / "metrics.json").read_text())


def test_means_are_over_images_and_lesions_are_counted(tmp_path):
    engine, report = evaluate(tmp_path, [item("a", "L1", 4, 8), item("b", "L1", 8, 8), item("c", "L2", 8, 4)])
    # Dice by hand: 2*4/12, 1, 2*4/12
    assert report["scores"]["dice"]["mean"] == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)
    assert report["scores"]["thresholded_jaccard"]["mean"] == pytest.approx(1 / 3)
    assert (report["images"], report["lesions"]) == (3, 2)
    assert engine.state.metrics["dice"] == report["scores"]["dice"]["mean"]


def test_every_image_has_its_row(tmp_path):
    evaluate(tmp_path, [item("a", "L1", 4, 8), item("b", "", 8, 8)])
    rows = read_table(tmp_path / "scores.csv")
    assert [(row["image_id"], row["lesion_id"]) for row in rows] == [("a", "L1"), ("b", "b")]
    # a border four rows away, in per cent of the diagonal of 10 x 10 pixels
    assert float(rows[0]["boundary_hd95_percent_of_diagonal"]) == pytest.approx(100 * 4 / np.hypot(10, 10), rel=0.05)


def test_a_distance_that_is_not_defined_is_left_out_and_counted(tmp_path):
    _, report = evaluate(tmp_path, [item("a", "L1", 0, 8), item("b", "L2", 8, 8)])
    distance = report["scores"]["boundary_hd95_percent_of_diagonal"]
    assert (distance["images"], distance["undefined"], distance["mean"]) == (1, 1, 0.0)
    assert report["scores"]["dice"]["images"] == 2
