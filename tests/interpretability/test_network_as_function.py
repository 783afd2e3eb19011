# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Networks as functions of one input."""

from __future__ import annotations

import pytest
import torch

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.interpretability import exact_shapley, function_of_clinical, function_of_pictures, takes_clinical
from tests.interpretability.small_classifiers import drawn, dual_encoder, image_metadata, patients

CLINICAL = patients(3)["clinical"]


def one(*names: str) -> dict[str, torch.Tensor]:
    return {name: value for name, value in patients(1).items() if not names or name in names}


@pytest.mark.parametrize(
    "network, names",
    [
        (dual_encoder(direction="bi"), ("image", "segmented")),
        (dual_encoder(streams="segmented"), ("image", "segmented")),
        *((image_metadata(fusion), ("image",)) for fusion in ("late", "film", "cross_attention", "metadata_only")),
    ],
)
def test_the_logits_of_clinical_numbers_are_those_of_the_whole_network(network, names):
    inputs = one(*names)
    repeated = {name: value.expand(3, -1, -1, -1) for name, value in inputs.items()}
    whole = network(**repeated, clinical=CLINICAL)
    assert (whole[0] - whole[1]).abs().max() > 1e-4
    found = function_of_clinical(network, inputs)(CLINICAL)
    torch.testing.assert_close(found, whole.detach(), rtol=1e-4, atol=1e-5)
    assert not found.requires_grad


def test_what_sees_pictures_only_runs_once_however_many_rows_are_asked_for():
    network, runs = dual_encoder(direction="bi").train(), []
    parts = [network.encoder, network.segmented_encoder, network.image_tokens, network.segmented_tokens]
    for part in [*parts, *network.image_looks, *network.segmented_looks]:
        part.register_forward_hook(lambda *_: runs.append(1))
    ask = function_of_clinical(network, one())
    exact_shapley(ask, CLINICAL[0], CLINICAL)
    assert len(runs) == 6
    assert all(module.training for module in network.modules())
    assert len(network.encoder._forward_hooks) == 1
    assert network.encoder.features is dict(network.encoder.named_children())["features"]


def test_the_hooks_of_others_see_one_run_of_the_network_and_not_those_of_the_rows():
    for network in (dual_encoder(), image_metadata("film")):
        runs = []
        network.register_forward_hook(lambda *_, runs=runs: runs.append(1))
        ask = function_of_clinical(network, one("image"))
        ask(CLINICAL)
        assert len(runs) == 1


@pytest.mark.parametrize(
    ("network", "has"),
    [
        (dual_encoder(), True),
        (dual_encoder(num_sites=0), False),
        *((image_metadata(fusion), fusion != "none") for fusion in ("none", "late", "film", "cross_attention")),
        (image_metadata("metadata_only"), True),
        (torch.nn.Linear(4, 2), False),
    ],
)
def test_a_network_has_a_way_for_age_sex_and_site_or_not(network, has):
    assert takes_clinical(network) is has


def test_a_network_of_another_kind_runs_as_a_whole():
    network = torch.nn.Linear(4, 2)
    network.forward = lambda image, clinical: image.mean(dim=(2, 3)) @ torch.ones(3, 2) + clinical[:, :2]
    found = function_of_clinical(network, one("image"))(CLINICAL)
    torch.testing.assert_close(found, one("image")["image"].mean(dim=(2, 3)).sum() + CLINICAL[:, :2])


@pytest.mark.parametrize("keys", [("image",), ("segmented",), ("image", "segmented")])
def test_the_probability_of_pictures_is_that_of_the_network_with_them_in_place(keys):
    network, inputs = dual_encoder(), one()
    pictures = drawn(2, 3 * len(keys), 64, 96, seed=7)
    given = {name: value.expand(2, *value.shape[1:]) for name, value in inputs.items()}
    given.update({key: pictures[:, 3 * number : 3 * number + 3] for number, key in enumerate(keys)})
    expected = network(**given).softmax(dim=1)[:, 5].detach()
    network.train()
    found = function_of_pictures(network, inputs, 5, keys)(pictures)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)
    assert network.training
    assert not found.requires_grad


def test_what_is_no_single_item_or_not_there_is_named():
    with pytest.raises(InvalidInputError, match=r"image has shape \(2, 3, 64, 96\); expected one item"):
        function_of_clinical(dual_encoder(), patients(2))
    with pytest.raises(UsageError, match="keys name 'lesion'; expected among image, segmented, clinical"):
        function_of_pictures(dual_encoder(), one(), 0, ["lesion"])
    for target in (7, -1):
        with pytest.raises(InvalidInputError, match=f"target is {target}; expected 0 to 6"):
            function_of_pictures(dual_encoder(), one(), target)(one()["image"])
