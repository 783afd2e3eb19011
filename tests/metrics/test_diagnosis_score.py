# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The metric inside MONAI's engine, over batches and over processes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from monai.data import DataLoader, Dataset
from monai.engines import SupervisedEvaluator
from monai.handlers import IgniteMetricHandler, from_engine
from monai.transforms import Activationsd

from monai_skin import metrics
from monai_skin.errors import InvalidInputError
from monai_skin.metrics import DIAGNOSIS_SCORES, DiagnosisScore


def drawn(count, seed=0):
    random = np.random.default_rng(seed)
    return torch.from_numpy(random.dirichlet(np.ones(3), count)), torch.from_numpy(random.integers(0, 3, count))


@pytest.mark.parametrize("score", sorted(DIAGNOSIS_SCORES))
def test_an_engine_reports_the_score_of_all_its_images(score):
    probabilities, labels = drawn(10)
    items = [
        {"image": row.log().float(), "label": int(label)} for row, label in zip(probabilities, labels, strict=True)
    ]
    metric = IgniteMetricHandler(DiagnosisScore(score), output_transform=from_engine(["pred", "label"]))
    evaluator = SupervisedEvaluator(
        device=torch.device("cpu"),
        val_data_loader=DataLoader(Dataset(items), batch_size=4),
        network=torch.nn.Identity(),
        postprocessing=Activationsd("pred", softmax=True, dim=0),
        key_val_metric={score: metric},
    )
    evaluator.run()
    expected = getattr(metrics, score)(labels.numpy(), probabilities.numpy())
    assert evaluator.state.metrics[score] == pytest.approx(expected, abs=1e-6)
    evaluator.run()  # the second run starts from nothing
    assert evaluator.state.metrics[score] == pytest.approx(expected, abs=1e-6)


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 12), st.data())
def test_batches_make_no_difference(count, data):
    probabilities, labels = drawn(count, seed=count)
    cut = data.draw(st.integers(1, count - 1))
    whole, parts = DiagnosisScore("macro_f1"), DiagnosisScore("macro_f1")
    whole(probabilities, labels)
    parts(probabilities[:cut], labels[:cut])
    parts(list(probabilities[cut:]), list(labels[cut:]))
    assert whole.aggregate() == parts.aggregate()


def test_what_two_processes_gathered_is_scored_as_one(monkeypatch):
    from monai.metrics import metric as gathering

    probabilities, labels = drawn(9)
    other = {3: probabilities[4:], 0: labels[4:]}  # what the second process holds: a matrix, and a row of numbers
    monkeypatch.setattr(
        gathering,
        "evenly_divisible_all_gather",
        lambda mine, concat: torch.cat([mine, other[3 if mine.ndim == 2 else 0]]),
    )
    mine = DiagnosisScore("macro_auc")
    mine(probabilities[:4], labels[:4])
    assert mine.aggregate().item() == metrics.macro_auc(labels.numpy(), probabilities.numpy())


def test_bfloat16_probabilities_are_scored():
    score = DiagnosisScore("accuracy")
    score(torch.tensor([[0.25, 0.75], [0.75, 0.25]], dtype=torch.bfloat16), torch.tensor([1, 1]))
    assert score.aggregate() == 0.5


def test_no_image_has_no_score():
    assert math.isnan(DiagnosisScore().aggregate())


def test_logits_are_refused_instead_of_scored():
    score = DiagnosisScore()
    score([torch.tensor([2.0, -1.0])], [0])
    with pytest.raises(InvalidInputError, match="probabilities range from -1 to 2; expected 0 to 1"):
        score.aggregate()


def test_a_missing_truth_is_named():
    with pytest.raises(InvalidInputError, match="truth is missing; expected a class for every image"):
        DiagnosisScore()([torch.tensor([0.5, 0.5])])


def test_a_number_of_labels_that_is_not_that_of_images_is_named():
    with pytest.raises(InvalidInputError, match=r"batch shape is \(2, 3\) with 1 labels; expected \(B, K\)"):
        DiagnosisScore()(torch.full((2, 3), 1 / 3), torch.tensor([0]))


def test_an_unknown_score_is_refused():
    with pytest.raises(ValueError, match="score must be one of accuracy, "):
        DiagnosisScore("auc")
