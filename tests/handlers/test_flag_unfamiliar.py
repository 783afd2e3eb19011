# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures unlike those of training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from monai_skin.errors import IntegrityError, InvalidInputError
from monai_skin.handlers import FlagUnfamiliar
from monai_skin.metrics import write_familiarity
from tests.handlers.unfamiliar import PICTURES, CornerNet, fitted_for, run


@pytest.fixture
def network():
    return CornerNet().eval()


@pytest.fixture
def flag(tmp_path, network):
    """A handler of a file with some fields changed, and that file's content."""

    def made(**changes):
        fitted = replace(fitted_for(tmp_path / "model.safetensors", network), **changes)
        write_familiarity(tmp_path / "familiarity.safetensors", fitted)
        given = {"path": str(tmp_path / "familiarity.safetensors"), "weights": str(tmp_path / "model.safetensors")}
        return FlagUnfamiliar(network=network, **given), fitted

    return made


def test_f6_every_item_has_energy_distance_and_whether_that_is_beyond_the_threshold(network, flag):
    with torch.no_grad():
        features = network.seen(PICTURES[:, :, 0, 1])
        energies = -torch.logsumexp(network.head(features), dim=1)
    distances = flag()[1].distances(features)
    handler, _ = flag(threshold=float(np.median(distances)))
    items = run(network, [handler])
    np.testing.assert_allclose([item["feature_distance"] for item in items], distances, rtol=1e-5)
    np.testing.assert_allclose([item["energy"] for item in items], energies, rtol=1e-5)
    assert [item["unfamiliar"] for item in items] == (distances > np.median(distances)).tolist()
    assert sum(item["unfamiliar"] for item in items) == 3


def test_of_several_views_energy_and_distance_are_means(network, flag):
    handler, fitted = flag()
    items = run(network, [handler], views=4)
    views = [PICTURES, PICTURES.flip(-1), PICTURES.flip(-2), PICTURES.flip((-2, -1))]
    with torch.no_grad():
        features = [network.seen(view[:, :, 0, 1]) for view in views]
        energies = torch.stack([-torch.logsumexp(network.head(one), dim=1) for one in features]).mean(dim=0)
    distances = np.mean([fitted.distances(one) for one in features], axis=0)
    np.testing.assert_allclose([item["feature_distance"] for item in items], distances, rtol=1e-5)
    np.testing.assert_allclose([item["energy"] for item in items], energies, rtol=1e-5)


def test_a_distance_that_is_no_number_is_not_familiar(network, flag):
    handler, _ = flag(threshold=1e9)
    network.seen.bias.data[:] = float("nan")
    handler._check_weights = lambda: None  # these weights are in no file
    assert all(item["unfamiliar"] for item in run(network, [handler]))


@pytest.mark.parametrize("path", [None, ""])
def test_without_a_file_nothing_is_said(network, path):
    items = run(network, [FlagUnfamiliar(path=path, network=network, weights="nowhere")])
    assert all(item.keys() == {"image_id", "error", "pred"} for item in items)
    assert not network._forward_hooks


def test_a_file_of_other_weights_is_refused_when_the_run_starts(network, flag):
    handler, _ = flag(weights_sha256="0" * 64)
    problem = "familiarity.safetensors: weights_sha256 is not that of model.safetensors, .*; expected a file fitted for"
    with pytest.raises(IntegrityError, match=problem):
        run(network, [handler])


def test_a_network_without_the_part_is_refused(network, flag):
    handler, _ = flag(layer="encoder.last")
    with pytest.raises(InvalidInputError, match="CornerNet: layer is 'encoder.last'; expected a part of the network"):
        run(network, [handler])


def test_a_part_of_another_width_is_refused(network, flag):
    handler, _ = flag(layer="head")
    with pytest.raises(InvalidInputError, match="features are 3 an image; expected 4, as fitted"):
        run(network, [handler])
