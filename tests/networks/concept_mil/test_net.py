# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The concept network: who has a say in which fusion, what a mask promises, what the evidence is."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
import torch.nn as nn
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.networks import ConceptEvidence, ConceptMILNet, top_k_mean
from monai_skin.networks.concept_mil.net import Fusion

FUSIONS = get_args(Fusion)
WITH_CONCEPTS = [fusion for fusion in FUSIONS if fusion != "global_only"]
WITH_EVIDENCE = [fusion for fusion in FUSIONS if fusion != "average_sum"]
every = pytest.mark.parametrize("fusion", FUSIONS)

GENERATOR = torch.Generator().manual_seed(0)
IMAGE = torch.randn(2, 3, 8, 12, generator=GENERATOR)
BAG = torch.randn(2, 7, 10, generator=GENERATOR)


class Patches(nn.Module):
    """Means of 4 x 4 pixels."""

    channels = 3

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return F.avg_pool2d(image, 4)


def network(fusion: str = "cross_attention", **options: object) -> ConceptMILNet:
    torch.manual_seed(1)
    encoder = None if fusion == "local_only" else Patches()
    small = {"num_classes": 4, "concept_width": 10, "width": 16, "heads": 4, "top_k": 2}
    return ConceptMILNet(**{"global_encoder": encoder, "fusion": fusion, **small, **options}).eval()


def test_the_sizes_of_the_paper_have_the_parameters_of_its_parts():
    encoder = nn.Identity()
    encoder.channels = 768
    with torch.device("meta"):
        paper = ConceptMILNet(global_encoder=encoder, num_classes=5)
    # local encoder, 768 * 256 + 256, attention, feed-forward layer, classifier
    assert sum(p.numel() for p in paper.parameters()) == 131_584 + 196_864 + 262_144 + 526_080 + 132_869
    assert paper.top_k == 5


def test_the_second_joined_fusion_doubles_the_first_layer_of_the_classifier():
    assert network("concat_2").classifier.first.convolution.in_channels == 2 * 16
    assert network("concat_1").classifier.first.convolution.in_channels == 16


@every
def test_logits_have_a_column_a_class_and_concepts_may_be_left_out(fusion):
    joined = network(fusion)
    assert joined(IMAGE, BAG).shape == joined(IMAGE).shape == (2, 4)
    nothing = torch.zeros(2, 1, 10)
    torch.testing.assert_close(joined(IMAGE), joined(IMAGE, nothing))


@every
def test_concepts_and_image_have_the_say_that_the_fusion_gives_them(fusion):
    joined = network(fusion, top_k=8)
    before = joined(IMAGE, BAG)
    assert torch.equal(joined(IMAGE, BAG + 1), before) == (fusion == "global_only")
    assert torch.equal(joined(IMAGE + 1, BAG), before) == (fusion == "local_only")


@settings(deadline=None, max_examples=25)
@given(st.permutations(range(7)), st.sampled_from(WITH_CONCEPTS), st.sampled_from(["keys", "all"]))
def test_concepts_may_change_places_and_their_scores_follow(order, fusion, softmax_over):
    joined = network(fusion, softmax_over=softmax_over)
    mask = torch.tensor([[True] * 7, [True] * 4 + [False] * 3])
    torch.testing.assert_close(joined(IMAGE, BAG[:, order], mask[:, order]), joined(IMAGE, BAG, mask))
    if fusion in WITH_EVIDENCE:
        before, after = joined.evidence(IMAGE, BAG), joined.evidence(IMAGE, BAG[:, order])
        torch.testing.assert_close(after.concept_scores, before.concept_scores[:, order])


def test_with_kernel_3_their_order_matters():
    joined = network(kernel_size=3)
    assert not torch.allclose(joined(IMAGE, BAG.flip(1)[:, [0, 2, 1, 4, 3, 5, 6]]), joined(IMAGE, BAG))


@pytest.mark.parametrize("fusion", ["cross_attention", "local_only", "concat_1", "concat_2"])
def test_a_concept_changes_its_own_scores_only(fusion):
    joined = network(fusion)
    other = BAG.clone()
    other[:, 3] += 1
    differs = joined.evidence(IMAGE, other).concept_scores != joined.evidence(IMAGE, BAG).concept_scores
    assert differs.any(dim=(0, 2)).tolist() == [index == 3 for index in range(7)]


@pytest.mark.parametrize("kernel", [1, 3])
@every
def test_any_number_of_empty_places_gives_what_the_bag_alone_gives(fusion, kernel):
    joined = network(fusion, kernel_size=kernel)
    alone = joined(IMAGE, BAG)
    for length in (7, 8, 30):
        padded = torch.full((2, length, 10), 100.0)
        padded[:, :7] = BAG
        mask = (torch.arange(length) < 7).expand(2, -1)
        torch.testing.assert_close(joined(IMAGE, padded, mask), alone, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("fusion", WITH_CONCEPTS)
def test_empty_places_have_no_gradient(fusion):
    bag = BAG.clone().requires_grad_()
    mask = torch.tensor([[True] * 7, [True, True] + [False] * 5])
    network(fusion)(IMAGE, bag, mask).square().sum().backward()
    assert not bag.grad[1, 2:].any()
    assert bag.grad[1, :2].any()


def test_an_image_with_fewer_concepts_than_k_uses_all():
    torch.testing.assert_close(network(top_k=30)(IMAGE, BAG), network(top_k=7)(IMAGE, BAG))


def test_the_positions_of_the_map_may_change_places():
    joined = network()
    image = F.interpolate(IMAGE[..., :2, :3], scale_factor=4)  # 2 x 3 even patches
    torch.testing.assert_close(joined(image.flip(-1, -2), BAG), joined(image, BAG))


def test_global_only_scores_the_positions_of_the_map():
    joined = network("global_only")
    evidence = joined.evidence(IMAGE)
    tokens = joined.project(Patches()(IMAGE).flatten(2).transpose(1, 2))  # 2 x 3 positions
    torch.testing.assert_close(evidence.concept_scores, joined.classifier(tokens))
    torch.testing.assert_close(evidence.logits, top_k_mean(joined.classifier(tokens), 2))


def test_average_sum_scores_the_sum_of_both_means():
    joined = network("average_sum")
    mask = torch.tensor([[True] * 7, [True] * 2 + [False] * 5])
    whole = joined.project(Patches()(IMAGE).flatten(2).transpose(1, 2)).mean(dim=1)
    local = joined.local_encoder(BAG)
    local = torch.stack([local[0].mean(dim=0), local[1, :2].mean(dim=0)])
    torch.testing.assert_close(joined(IMAGE, BAG, mask), joined.classifier((whole + local)[:, None])[:, 0])


def test_concat_1_has_the_mean_of_the_map_as_one_more_instance():
    joined = network("concat_1")
    whole = joined.project(Patches()(IMAGE).flatten(2).transpose(1, 2)).mean(dim=1, keepdim=True)
    scores = joined.classifier(torch.cat([joined.local_encoder(BAG), whole], dim=1))
    torch.testing.assert_close(joined(IMAGE, BAG), top_k_mean(scores, 2))
    torch.testing.assert_close(joined.evidence(IMAGE, BAG).concept_scores, scores[:, :7])


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**31), st.integers(1, 7), st.sampled_from(["cross_attention", "local_only", "concat_2"]))
def test_the_deciding_concept_is_there_and_among_the_k_best_of_the_predicted_class(seed, there, fusion):
    bag = torch.randn(1, 7, 10, generator=torch.Generator().manual_seed(seed))
    mask = torch.arange(7)[None] < there
    evidence = network(fusion).evidence(IMAGE[:1], bag, mask)
    predicted = int(evidence.logits.argmax())
    chosen = evidence.concept_scores[0, :there, predicted].topk(min(2, there)).indices
    assert int(evidence.deciding) < there
    assert int(evidence.deciding) in chosen.tolist()


def test_the_evidence_is_that_of_the_logits_and_says_what_each_concept_says():
    joined = network()
    mask = torch.tensor([[True] * 7, [True] * 4 + [False] * 3])
    evidence = joined.evidence(IMAGE, BAG, mask)
    assert isinstance(evidence, ConceptEvidence)
    assert torch.equal(evidence.logits, joined(IMAGE, BAG, mask))
    torch.testing.assert_close(top_k_mean(evidence.concept_scores, 2, mask), evidence.logits)
    assert evidence.attention.shape == (2, 4, 7, 6)  # heads, concepts, 2 x 3 positions
    for row, there in enumerate((7, 4)):
        predicted = int(evidence.logits[row].argmax())
        of_class = evidence.concept_scores[row, :there, predicted]
        best = int(evidence.deciding[row])
        assert best == int(of_class.argmax())
        assert torch.equal(evidence.class_profile[row], evidence.concept_scores[row, best])
        torch.testing.assert_close(evidence.concept_profile[row, :there], of_class.softmax(dim=0))
        assert not evidence.concept_profile[row, there:].any()


@pytest.mark.parametrize("fusion", ["local_only", "global_only", "concat_1", "concat_2"])
def test_without_attention_there_is_none_to_show(fusion):
    evidence = network(fusion).evidence(IMAGE, BAG)
    assert evidence.attention is None
    torch.testing.assert_close(evidence.logits, network(fusion)(IMAGE, BAG))


@every
def test_every_parameter_learns_and_every_bias_begins_at_zero(fusion):
    joined = network(fusion, head_dropout=0.0, top_k=7).train()
    begins = {name: p.detach().clone() for name, p in joined.named_parameters()}
    assert not any(p.any() for name, p in begins.items() if name.endswith("bias"))
    joined(IMAGE, BAG).square().sum().backward()
    assert [name for name, p in joined.named_parameters() if p.grad is None or not p.grad.any()] == []


@every
def test_the_same_twice_without_dropout_and_another_with_it(fusion):
    joined = network(fusion)
    assert torch.equal(joined(IMAGE, BAG), joined(IMAGE, BAG))
    assert joined.classifier.first.dropout.p == joined.classifier.second.dropout.p == 0.7
    joined.train()
    assert not torch.equal(joined(IMAGE, BAG), joined(IMAGE, BAG))


@every
def test_torchscript_gives_the_same_logits(fusion):
    joined = network(fusion)
    scripted = torch.jit.script(joined)
    mask = torch.tensor([[True] * 7, [True] * 4 + [False] * 3])
    torch.testing.assert_close(scripted(IMAGE, BAG, mask), joined(IMAGE, BAG, mask))
    torch.testing.assert_close(scripted(IMAGE), joined(IMAGE))


def test_under_bfloat16_with_channels_last_the_logits_are_about_the_same():
    image = IMAGE.to(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = network()(image, BAG)
    torch.testing.assert_close(rounded.float(), network()(IMAGE, BAG), rtol=0.1, atol=0.1)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"fusion": "product"}, "fusion must be one of cross_attention, local_only, .*, got 'product'"),
        ({"global_encoder": None}, "but 'local_only', got fusion 'cross_attention' without one"),
        ({"fusion": "local_only", "global_encoder": Patches()}, "got fusion 'local_only' with one"),
        ({"top_k": 0}, "top_k must be 1 or more, got 0"),
        ({"kernel_size": 5}, "kernel_size must be 1 or 3, got 5"),
        ({"global_encoder": nn.Identity()}, "an encoder must say its number of channels"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(options, problem):
    with pytest.raises(ValueError, match=problem):
        network(**options)


@pytest.mark.parametrize("fusion", WITH_CONCEPTS)
def test_bags_that_cannot_be_right_are_refused(fusion):
    joined = network(fusion)
    with pytest.raises(ValueError, match="concepts have the width 9; expected 10"):
        joined(IMAGE, BAG[..., :9])
    with pytest.raises(ValueError, match="mask has a bag without any concept"):
        joined(IMAGE, BAG, torch.zeros(2, 7, dtype=torch.bool))


def test_a_sum_of_concepts_has_no_single_one_to_show():
    with pytest.raises(ValueError, match="fusion 'average_sum' adds the concepts up"):
        network("average_sum").evidence(IMAGE, BAG)
