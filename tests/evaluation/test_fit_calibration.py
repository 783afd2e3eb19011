# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A calibration of each kind from predictions, and its way through the file."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from monai_skin.errors import UsageError
from monai_skin.evaluation import (
    CALIBRATION_METHODS,
    calibrated,
    fit_calibration,
    fit_isotonic,
    fit_temperature,
    fit_vector,
    write_calibration,
)
from monai_skin.transforms import CalibrateProbabilities, read_calibration
from tests.evaluation.models import make_model

MODEL = make_model("fold", 80)
every_method = pytest.mark.parametrize("method", CALIBRATION_METHODS)


@every_method
def test_the_file_is_read_back_and_does_the_same(tmp_path, method):
    calibration = fit_calibration(MODEL, method)
    assert (calibration.kind, calibration.fitted_on, calibration.images) == (method, "fold", 80)
    write_calibration(tmp_path / "calibration.json", calibration)
    assert read_calibration(tmp_path / "calibration.json") == calibration
    row = CalibrateProbabilities(str(tmp_path / "calibration.json"))(torch.from_numpy(MODEL.probabilities[0]))
    np.testing.assert_allclose(row.numpy(), calibrated(MODEL.probabilities, calibration)[0], atol=1e-9)


def test_each_method_is_its_own_fit():
    data = (MODEL.truth, MODEL.probabilities)
    assert fit_calibration(MODEL).temperature == fit_temperature(*data)
    vector, isotonic = fit_calibration(MODEL, "vector"), fit_calibration(MODEL, "isotonic")
    np.testing.assert_array_equal([vector.scales, vector.biases], fit_vector(*data))
    thresholds, values = fit_isotonic(*data)
    assert isotonic.thresholds == tuple(tuple(each) for each in thresholds)
    assert isotonic.values == tuple(tuple(each) for each in values)


@every_method
def test_rows_add_up_to_1_where_probabilities_are_0_and_1(method):
    hard = MODEL.having(np.eye(3)[np.roll(MODEL.truth, 1)])
    out = calibrated(hard.probabilities, fit_calibration(hard, method))
    assert np.isfinite(out).all() and out.min() >= 0
    np.testing.assert_allclose(out.sum(axis=1), 1)


def test_another_method_is_told():
    with pytest.raises(UsageError, match="calibration: method is 'platt'; expected one of temperature, vector, isot"):
        fit_calibration(MODEL, "platt")
