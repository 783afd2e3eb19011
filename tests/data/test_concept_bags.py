# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Made-up bags: what decides a class, and what does not; batches of bags that hold different numbers of concepts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn as nn

from monai_skin.data import (
    BAG_CLASSES,
    ConceptBags,
    LesionDataLoader,
    LesionDataset,
    collate_concept_bags,
    make_concept_bags,
)
from monai_skin.engines import PrepareDiagnosisBatch
from monai_skin.errors import UsageError
from monai_skin.networks import ConceptMILNet
from monai_skin.transforms import PadConceptsd


@pytest.fixture(scope="module")
def bags() -> ConceptBags:
    return make_concept_bags(3000, seed=4, noise=0.0)


def stripes(cells: torch.Tensor) -> torch.Tensor:
    """1 where a ``(N, 3, 4, 4)`` cell has standing stripes, 0 where they lie, -1 on an even cell."""
    down, across = cells.diff(dim=2).abs().sum(dim=(1, 2, 3)), cells.diff(dim=3).abs().sum(dim=(1, 2, 3))
    return torch.where(down + across > 0, (across > down).long(), -1)


def cells(image: torch.Tensor) -> torch.Tensor:
    """``(N, 16, 3, 4, 4)``, row by row."""
    return image.unfold(2, 4, 4).unfold(3, 4, 4).flatten(2, 3).transpose(1, 2)


def test_the_stripes_at_the_planted_place_are_half_of_the_class(bags):
    at_place = cells(bags.image)[torch.arange(3000), bags.place]
    assert torch.equal(stripes(at_place), bags.label % 2)


def test_the_planted_concept_is_the_other_half_and_points_to_the_colour_of_the_place(bags):
    planted = bags.concepts[torch.arange(3000), bags.planted]
    colour = cells(bags.image)[torch.arange(3000), bags.place].mean(dim=(2, 3)).argmax(dim=1)
    # two sorts of lesion and three colours: each pair has a vector of its own
    found = {}
    for sort in range(2):
        for shade in range(3):
            these = planted[(bags.label // 2 == sort) & (colour == shade)]
            torch.testing.assert_close(these, these[:1].expand_as(these))
            found[tuple(np.round(these[0].tolist(), 4))] = sort
    assert len(found) == 6
    others = np.ones((3000, 30), bool)
    others[np.arange(3000), bags.planted] = False
    rest = {tuple(np.round(vector, 4)) for vector in bags.concepts.numpy()[others][:2000].tolist()}
    assert not rest & set(found)


def test_every_image_shows_three_colours_and_no_half_decides(bags):
    marked = stripes(cells(bags.image).flatten(0, 1)).reshape(3000, 16)
    assert torch.equal((marked >= 0).sum(dim=1), torch.full((3000,), 3))
    # each class in a quarter; whatever the sort, either stripes in one half: five standard deviations are 0.04
    assert np.bincount(bags.label) / 3000 == pytest.approx(1 / BAG_CLASSES, abs=0.04)
    # stripes that most cells have are right with 1 - P(both others differ) = 3/4
    most = (marked.clamp(min=0).sum(dim=1) >= 2).long()
    assert (most == bags.label % 2).double().mean().item() == pytest.approx(0.75, abs=0.04)


def test_the_same_seed_gives_the_same_bags_and_another_others():
    first, again, other = (make_concept_bags(5, seed=seed) for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first.concepts, other.concepts)
    assert first.image.dtype is first.concepts.dtype is torch.float32
    assert first.concepts.shape == (5, 30, 32) and first.image.shape == (5, 3, 16, 16)


def test_sizes_that_make_no_sense_are_refused():
    with pytest.raises(UsageError, match="sizes are 30 concepts of width 9; expected one concept or more, of width 10"):
        make_concept_bags(1, seed=0, width=9)


class Pixels(nn.Module):
    channels = 3

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return image


def items() -> list[dict[str, object]]:
    generator = torch.Generator().manual_seed(0)
    return [
        {
            "image_id": str(count),
            "image": torch.randn(3, 4, 4, generator=generator),
            "concepts": torch.randn(count, 6, generator=generator),
            "label": count,
        }
        for count in (1, 5, 2)
    ]


def test_bags_are_brought_to_the_longest_of_the_batch():
    batch = collate_concept_bags(items())
    assert batch["concepts"].shape == (3, 5, 6)
    assert batch["concept_mask"].sum(dim=1).tolist() == [1, 5, 2]
    assert not batch["concepts"][~batch["concept_mask"]].any()
    assert batch["label"].tolist() == [1, 5, 2] and batch["image_id"] == ["1", "5", "2"]


def test_places_that_were_empty_before_stay_so():
    masked = [{"bag": torch.ones(3, 2), "there": torch.tensor([True, True, False])}, {"bag": torch.ones(4, 2)}]
    batch = collate_concept_bags([{**item, "label": 0} for item in masked[:1]], key="bag", mask_key="there")
    assert batch["there"].tolist() == [[True, True, False]]


@pytest.mark.parametrize("fusion", ["cross_attention", "concat_1", "average_sum"])
def test_an_image_has_the_logits_of_a_batch_of_its_own(fusion):
    torch.manual_seed(0)
    network = ConceptMILNet(
        global_encoder=Pixels(), concept_width=6, width=8, heads=2, top_k=3, fusion=fusion, num_classes=6
    ).eval()
    prepare = PrepareDiagnosisBatch(extra=["concepts", "concept_mask"])

    def logits(batch_size: int) -> torch.Tensor:
        dataset = LesionDataset(items(), PadConceptsd(length=30, mode="none"))
        loader = LesionDataLoader(dataset, batch_size=batch_size, collate_fn=collate_concept_bags)
        found = []
        for batch in loader:
            image, label, _, named = prepare(batch)
            assert named["concept_mask"].dtype is torch.bool and len(label) == len(image)
            found.append(network(image, **named))
        return torch.cat(found)

    torch.testing.assert_close(logits(3), logits(1), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(logits(2), logits(1), rtol=1e-5, atol=1e-6)
