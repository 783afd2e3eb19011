# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What each kind of calibration does to probabilities."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from monai_skin.transforms import Calibration, apply_temperature
from monai_skin.transforms.calibration import IsotonicCalibration, TemperatureCalibration, VectorCalibration

logits = hnp.arrays("float64", 5, elements=st.floats(-20, 20)).map(torch.from_numpy)
temperatures = st.floats(0.05, 20)
ORIGIN = {"classes": ("mel", "nv"), "fitted_on": "validation", "images": 10}
STEPS = {"thresholds": ((0.2, 0.4, 0.8), (0.3, 0.7)), "values": ((0.0, 0.0, 1.0), (0.1, 0.5))}
EVERY_KIND = [
    TemperatureCalibration(**ORIGIN, temperature=1.5),
    VectorCalibration(**ORIGIN, scales=(0.5, 2.0), biases=(-1.0, 1.0)),
    IsotonicCalibration(**ORIGIN, **STEPS),
]
every_kind = pytest.mark.parametrize("calibration", EVERY_KIND, ids=lambda one: one.kind)


@settings(deadline=None)
@given(logits, temperatures)
def test_a_temperature_on_probabilities_is_the_same_on_logits(values, temperature):
    expected = torch.softmax(values / temperature, dim=0)
    torch.testing.assert_close(apply_temperature(torch.softmax(values, dim=0), temperature), expected)


@settings(deadline=None)
@given(logits, temperatures)
def test_probabilities_stay_such_and_the_most_probable_class_stays_it(values, temperature):
    probabilities = torch.softmax(values, dim=0)
    out = apply_temperature(probabilities, temperature)
    assert out.sum().item() == pytest.approx(1) and out.min() >= 0
    assert out[probabilities.argmax()] == out.max()


def test_a_temperature_of_two_takes_the_root_of_the_odds():
    # odds of 9 to 1 become 3 to 1
    torch.testing.assert_close(apply_temperature(torch.tensor([0.9, 0.1]), 2.0), torch.tensor([0.75, 0.25]))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_certainty_stays_certainty_in_every_precision(dtype):
    out = apply_temperature(torch.tensor([1, 0], dtype=dtype), 1.5)
    assert out.dtype == dtype and out.tolist() == pytest.approx([1, 0], abs=1e-20)


@settings(deadline=None)
@given(logits, temperatures)
def test_equal_scales_without_biases_are_a_temperature(values, temperature):
    origin = {**ORIGIN, "classes": tuple("abcde")}
    vector = VectorCalibration(**origin, scales=(1 / temperature,) * 5, biases=(0.0,) * 5)
    probabilities = torch.softmax(values, dim=0)
    expected = TemperatureCalibration(**origin, temperature=temperature).apply(probabilities)
    torch.testing.assert_close(vector.apply(probabilities), expected)


def test_scales_and_biases_act_on_logarithms():
    # odds of 9 to 1: ln 9 = ln 0.9 - ln 0.1; scales 1 and 2 with a bias of ln 2 for the second give
    # 0.9 to 2 * 0.1 ** 2 = 0.9 to 0.02, hence 45 to 1
    vector = VectorCalibration(**ORIGIN, scales=(1.0, 2.0), biases=(0.0, float(np.log(2))))
    out = vector.apply(torch.tensor([0.9, 0.1], dtype=torch.float64))
    assert out.tolist() == pytest.approx([45 / 46, 1 / 46])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # 0.6 lies half way between 0.4 and 0.8, hence 0.5; 0.4 a quarter of the way from 0.3 to 0.7, hence 0.2
        ([0.6, 0.4], [0.5 / 0.7, 0.2 / 0.7]),
        # beyond the ends the curves are level: 1 and 0.1
        ([0.9, 0.1], [1 / 1.1, 0.1 / 1.1]),
        # on the ends
        ([0.2, 0.8], [0.0, 1.0]),
    ],
)
def test_a_curve_is_straight_between_thresholds_and_level_beyond(given, expected):
    out = IsotonicCalibration(**ORIGIN, **STEPS).apply(torch.tensor(given, dtype=torch.float64))
    assert out.tolist() == pytest.approx(expected)


def test_a_row_that_becomes_0_throughout_stays_as_it_is():
    flat = IsotonicCalibration(**ORIGIN, thresholds=((0.5, 0.9), (0.5, 0.9)), values=((0.0, 1.0), (0.0, 1.0)))
    rows = torch.tensor([[0.5, 0.5], [0.9, 0.1]])
    torch.testing.assert_close(flat.apply(rows), torch.tensor([[0.5, 0.5], [1.0, 0.0]]))


def test_a_single_threshold_is_a_constant():
    flat = IsotonicCalibration(**ORIGIN, thresholds=((0.5,), (0.5,)), values=((0.3,), (0.1,)))
    torch.testing.assert_close(flat.apply(torch.tensor([0.9, 0.1])), torch.tensor([0.75, 0.25]))


@every_kind
def test_a_batch_is_calibrated_row_by_row(calibration):
    rows = torch.tensor([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    expected = torch.stack([calibration.apply(row) for row in rows])
    torch.testing.assert_close(calibration.apply(rows), expected)
    torch.testing.assert_close(calibration.apply(rows.T.contiguous().T), expected)


@every_kind
@settings(deadline=None)
@given(share=st.sampled_from([0.0, 1e-300, 1e-12, 0.3, 1.0]), dtype=st.sampled_from([torch.float32, torch.float64]))
def test_every_kind_gives_finite_probabilities_of_the_same_dtype(calibration, share, dtype):
    assert isinstance(calibration, Calibration)
    out = calibration.apply(torch.tensor([share, 1 - share], dtype=dtype))
    assert out.dtype == dtype and out.isfinite().all() and out.min() >= 0
    assert out.sum().item() == pytest.approx(1)


@every_kind
def test_what_is_no_number_stays_so_for_the_writer_to_set_aside(calibration):
    rows = torch.tensor([[torch.nan, 0.5], [0.5, 0.5]])
    assert calibration.apply(rows).isnan().all(dim=1).tolist() == [True, False]
