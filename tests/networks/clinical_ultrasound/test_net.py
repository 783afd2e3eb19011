# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from unittest.mock import patch

import pytest
import torch
import torch.nn.functional as F

from monai_skin.errors import InvalidInputError
from monai_skin.losses import ClinicalUltrasoundLoss
from monai_skin.networks import ClinicalUltrasoundNet
from monai_skin.networks.clinical_ultrasound import FeatureReconstruction
from tests.networks.clinical_ultrasound.networks import GRID, PARTS, WIDTH, make_net, pair

every_part = pytest.mark.parametrize("parts", sorted(PARTS))
TOKENS, HIDDEN = GRID * GRID, 15  # three tenths of 49


@every_part
def test_evaluation_gives_logits_that_are_the_same_every_time_and_never_reconstructs(parts):
    net = make_net(parts, num_classes=3).eval()
    with patch.object(FeatureReconstruction, "forward", side_effect=AssertionError("in evaluation")), torch.no_grad():
        logits = net(*pair())
        again = net(*pair())
    assert logits.shape == (2, 3) and torch.equal(logits, again)


@every_part
def test_training_gives_what_the_loss_takes_and_every_weight_learns_from_it(parts):
    net = make_net(parts, missing_modality=True, modality_dropout=0.5)
    output = net(*pair(4))
    expected = {"logits": (4, 2), "clinical_logits": (4, 2), "ultrasound_logits": (4, 2), "present": (4, 2)}
    if parts == "+AL+FRL":
        expected |= {"rebuilt_logits": (4, 2), "rebuilt": (4, 2 * HIDDEN, WIDTH)}
        expected |= {"rebuilt_truth": (4, 2 * HIDDEN, WIDTH), "hidden_places": (4, 2 * HIDDEN)}
    assert {name: tuple(value.shape) for name, value in output.items()} == expected
    ClinicalUltrasoundLoss()(output, torch.tensor([0, 1, 0, 1])).backward()
    assert [name for name, one in net.named_parameters() if one.grad is None] == []


def test_without_weight_on_the_reconstruction_the_loss_is_that_of_a_network_without_it():
    target = torch.tensor([0, 1])
    with_it, without = make_net(), make_net("+AL")
    state = with_it.state_dict()
    without.load_state_dict({name: value for name, value in state.items() if not name.startswith("reconstruction.")})
    nothing = ClinicalUltrasoundLoss(reconstruction=0, rebuilt_class=0, consistency=0)
    losses = []
    for net in (with_it, without):
        torch.manual_seed(1)  # the same dropout: what the reconstruction draws comes after all of it
        losses.append(nothing(net(*pair()), target))
    assert torch.equal(*losses)


def test_local_attention_does_not_change_what_the_encoders_see_at_first():
    plain, local = make_net("concatenation").eval(), make_net("+ALL").eval()
    seen = []
    for net in (plain, local):
        net.clinical_encoder.load_state_dict(plain.clinical_encoder.state_dict())
        net.ultrasound_encoder.load_state_dict(plain.ultrasound_encoder.state_dict())
        maps = []
        for encoder in (net.clinical_encoder, net.ultrasound_encoder):
            encoder.layer4.register_forward_hook(lambda _, __, features, maps=maps: maps.append(features))
        net(*pair())
        seen.append(maps)
    assert all(torch.equal(one, other) for one, other in zip(*seen, strict=True))


def test_swapping_the_pictures_and_the_weights_of_the_modalities_swaps_the_tokens():
    net, other = make_net("+ALL").eval(), make_net("+ALL").eval()
    state = net.state_dict()
    other.load_state_dict(
        {
            name.replace("clinical", "x").replace("ultrasound", "clinical").replace("x", "ultrasound"): value
            for name, value in state.items()
        }
    )
    _, ultrasound = pair()
    _, second = pair(seed=1)
    grey = ultrasound.expand(-1, 3, -1, -1)  # both pictures are grey, so that either may be the photograph
    clinical, acoustic, _ = net._tokens(grey, second)
    turned, back, _ = other._tokens(second.expand(-1, 3, -1, -1), ultrasound)
    assert torch.equal(clinical, back) and torch.equal(acoustic, turned) and not torch.equal(clinical, acoustic)
    assert clinical.shape == (2, TOKENS, WIDTH)


def test_each_modality_alone_has_no_say_in_the_other_ones_logits_without_local_attention():
    net = make_net("+AGL")
    image, ultrasound = pair()
    torch.manual_seed(0)
    one = net(image, ultrasound)
    torch.manual_seed(0)
    other = net(image, ultrasound + 1)
    torch.testing.assert_close(one["clinical_logits"], other["clinical_logits"])
    assert not torch.allclose(one["ultrasound_logits"], other["ultrasound_logits"])


def test_concatenation_without_dropout_and_norm_is_linear_in_two_means():
    net = make_net("concatenation", head_dropout=0.0).eval()
    clinical, acoustic, _ = net._tokens(*pair())
    joined = torch.cat([clinical.mean(dim=1), acoustic.mean(dim=1)], dim=1)
    expected = net.heads.main[2](F.layer_norm(joined, (2 * WIDTH,)))  # a fresh norm scales by 1 and shifts by 0
    torch.testing.assert_close(net(*pair()), expected)


def test_one_batch_can_be_learnt_by_heart():
    torch.manual_seed(0)
    net = make_net(dropout=0.0, head_dropout=0.0)
    (image, ultrasound), target = pair(8, side=32), torch.arange(8) % 2
    loss, optimizer = ClinicalUltrasoundLoss(), torch.optim.AdamW(net.parameters(), lr=3e-3)
    for _ in range(60):
        output = net(image, ultrasound)
        if F.cross_entropy(output["logits"], target) < 0.02:
            break
        optimizer.zero_grad()
        loss(output, target).backward()
        optimizer.step()
    assert F.cross_entropy(output["logits"], target) < 0.05


def test_a_missing_picture_is_an_error_unless_the_network_was_built_for_it():
    image, ultrasound = pair()
    net = make_net().eval()
    expected = "expected both pictures of the pair, or a network built with missing_modality"
    with pytest.raises(InvalidInputError, match=f"^pair: ultrasound is missing; {expected}$"):
        net(image)
    with pytest.raises(InvalidInputError, match=f"^pair: image is missing; {expected}$"):
        net(ultrasound=ultrasound)


def test_with_one_picture_alone_the_answer_is_another_and_does_not_depend_on_the_other():
    image, ultrasound = pair()
    net = make_net(missing_modality=True).eval()
    found = [net(image, ultrasound), net(image), net(ultrasound=ultrasound)]
    assert not torch.allclose(found[0], found[1]) and not torch.allclose(found[0], found[2])
    with pytest.raises(InvalidInputError, match="^pair: image is missing like ultrasound; expected at least one"):
        net()


def test_a_modality_that_dropout_took_is_not_seen_in_training():
    net = make_net(missing_modality=True, modality_dropout=0.9, dropout=0.0, head_dropout=0.0).train()
    for module in net.modules():  # a norm over the batch would carry one item to the next
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    image, ultrasound = pair(16, side=32)
    torch.manual_seed(0)
    one = net(image, ultrasound)
    torch.manual_seed(0)
    other = net(image, ultrasound + 1)
    taken = ~one["present"][:, 1]
    assert 2 < taken.sum() < 16 and not (taken & ~one["present"][:, 0]).any(), "never both"
    same = (one["logits"] == other["logits"]).all(dim=1)
    assert torch.equal(same, taken)


@pytest.mark.parametrize(
    ("image", "ultrasound", "message"),
    [
        ((2, 1, 56, 56), (2, 1, 56, 56), r"image has shape \(2, 1, 56, 56\); expected \(B, 3, H, W\)"),
        ((2, 3, 56, 56), (2, 3, 56, 56), r"ultrasound has shape \(2, 3, 56, 56\); expected \(B, 1, H, W\)"),
        ((2, 3, 56, 56), (3, 1, 56, 56), "ultrasound is a batch of 3; expected 2, one a photograph"),
    ],
)
def test_pictures_of_another_shape_are_named(image, ultrasound, message):
    with pytest.raises(InvalidInputError, match=message):
        make_net()(torch.zeros(image), torch.zeros(ultrasound))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"global_attention": False}, "reconstruction needs global_attention"),
        ({"modality_dropout": 0.1}, "and 0 without missing_modality, got 0.1"),
        ({"modality_dropout": 1.0, "missing_modality": True}, "less than 1, and 0 without"),
    ],
)
def test_arguments_that_make_no_sense_together_are_refused(words, message):
    with pytest.raises(ValueError, match=message):
        make_net(**words)


def test_attention_maps_are_named_by_who_looks_at_what_and_are_shares():
    net = make_net().eval()
    with torch.no_grad():
        maps = net.attention_maps(*pair())
    looks = [f"{own}_at_{other}" for own in ("image", "ultrasound") for other in ("image", "ultrasound")]
    local = {f"{look}_{scale}" for look in looks for scale in (2, 3, 4)}
    assert set(maps) == local | {"summary_at_image", "summary_at_ultrasound"}
    assert all(one.shape == (2, GRID, GRID) and bool((one >= 0).all()) for one in maps.values())
    for name in local:
        torch.testing.assert_close(maps[name].sum(dim=(1, 2)), torch.ones(2))
    both = sum(maps[f"summary_at_{picture}"].sum(dim=(1, 2)) for picture in ("image", "ultrasound"))
    assert bool((both < 1).all()) and bool((both > 0.5).all()), "the rest is the summary's look at itself"


def test_attention_maps_follow_the_parts_there_are():
    assert set(make_net("+AGL").eval().attention_maps(*pair())) == {"summary_at_image", "summary_at_ultrasound"}
    assert len(make_net("+ALL").eval().attention_maps(*pair())) == 12
    with pytest.raises(ValueError, match="needs local_attention or global_attention, got a network without both"):
        make_net("concatenation").attention_maps(*pair())


@pytest.mark.parametrize("parts", ["concatenation", "+AL+FRL"])
def test_torchscript_answers_like_the_network_with_either_picture_or_both(parts):
    net = make_net(parts, missing_modality=True).eval()
    scripted = torch.jit.script(net)
    image, ultrasound = pair()
    with torch.no_grad():
        for given in ((image, ultrasound), (image, None), (None, ultrasound)):
            torch.testing.assert_close(scripted(*given), net(*given))


def test_by_default_it_has_the_sizes_of_its_description():
    with torch.device("meta"):
        encoders = [make_net().clinical_encoder for _ in range(2)]
        net = ClinicalUltrasoundNet(clinical_encoder=encoders[0], ultrasound_encoder=encoders[1])
    assert (net.global_attention.position.shape, len(net.global_attention.layers)) == ((1, 49, 256), 2)
    assert net.local2.clinical.intra.heads == 4 and net.global_attention.layers[0].attention.heads == 8
    assert net.reconstruction.count == 15 and net.reconstruction.policy == "mixed"
    assert net.heads.main[2].in_features == 768
