# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What publishers call a tensor: libraries that read their files are the oracle."""

from __future__ import annotations

import re

import pytest
import torch
from monai.networks.nets import DenseNet
from monai.networks.nets.densenet import _load_state_dict
from transformers import (
    ConvNextV2Config,
    ConvNextV2ForImageClassification,
    SwinConfig,
    SwinForImageClassification,
    ViTConfig,
    ViTForImageClassification,
)

from monai_skin.io import load_weights
from monai_skin.networks import (
    PRETRAINED,
    ConvNextV2Encoder,
    DenseNetEncoder,
    HubWeights,
    PackagedWeights,
    PublishedWeights,
    ResNetMapEncoder,
    SwinEncoder,
    ViTEncoder,
    match_weights,
)

IMAGE = torch.randn(1, 3, 56, 56, generator=torch.Generator().manual_seed(0))


def filled(encoder: torch.nn.Module, name: str, published: dict[str, torch.Tensor]) -> torch.nn.Module:
    rename = PRETRAINED[name].published_name
    encoder.load_state_dict(match_weights(encoder, published, published_name=rename, source=name))
    return encoder.eval()


def test_densenet_names_are_those_monais_own_loader_reads(monkeypatch):
    sizes = {"init_features": 4, "growth_rate": 2, "block_config": (1, 2, 1, 1)}
    torch.manual_seed(0)
    ours = DenseNetEncoder(**sizes).eval()
    rename = PRETRAINED["densenet201"].published_name
    # old files hold no counters of batches
    file = {rename(name): value for name, value in ours.state_dict().items() if "num_batches" not in name}
    assert "features.denseblock2.denselayer2.norm.1.weight" in file
    monkeypatch.setattr("monai.networks.nets.densenet.load_state_dict_from_url", lambda *_, **__: dict(file))
    theirs = DenseNet(spatial_dims=2, in_channels=3, out_channels=2, **sizes).eval()
    _load_state_dict(theirs, "densenet201", progress=False)
    with torch.no_grad():
        expected = torch.relu(theirs.features(IMAGE))
        torch.testing.assert_close(ours(IMAGE), expected)
        torch.testing.assert_close(filled(DenseNetEncoder(**sizes), "densenet201", file)(IMAGE), expected)


def test_swin_names_are_those_its_library_writes(tmp_path):
    sizes = {"image_size": 56, "embed_dim": 8, "depths": [1, 2], "num_heads": [1, 2]}
    torch.manual_seed(0)
    theirs = SwinForImageClassification(SwinConfig(**sizes, num_labels=3)).eval()
    for parameter in theirs.parameters():  # biases of positions begin at zero, where a mix-up would not show
        torch.nn.init.normal_(parameter, std=0.3)
    theirs.save_pretrained(tmp_path)
    file = load_weights(tmp_path / "model.safetensors")
    # as the published file has them
    assert "swin.encoder.layers.0.blocks.0.attention.self.relative_position_bias_table" in file
    assert "swin.encoder.layers.1.blocks.1.output.dense.weight" in file
    ours = filled(SwinEncoder(**sizes), "swin-tiny-patch4-window7-224", file)
    with torch.no_grad():
        expected = theirs.swin(IMAGE).last_hidden_state
        torch.testing.assert_close(ours(IMAGE).flatten(2).transpose(1, 2), expected)


def test_convnext_names_are_those_its_library_writes(tmp_path):
    torch.manual_seed(0)
    config = ConvNextV2Config(hidden_sizes=[4, 6], depths=[1, 2], num_stages=2, num_labels=3)
    theirs = ConvNextV2ForImageClassification(config).eval()
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    theirs.save_pretrained(tmp_path)
    file = load_weights(tmp_path / "model.safetensors")
    ours = filled(ConvNextV2Encoder(widths=[4, 6], depths=[1, 2]), "convnextv2-tiny-22k-224", file)
    with torch.no_grad():
        torch.testing.assert_close(ours(IMAGE), theirs.convnextv2(IMAGE).last_hidden_state)


def test_vit_names_are_those_its_library_writes(tmp_path):
    torch.manual_seed(0)
    config = ViTConfig(
        image_size=56,
        patch_size=8,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        num_labels=3,
    )
    theirs = ViTForImageClassification(config).eval()
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    theirs.save_pretrained(tmp_path)
    file = load_weights(tmp_path / "model.safetensors")
    # as the published file has them
    assert "vit.encoder.layer.1.attention.attention.query.weight" in file
    assert "vit.encoder.layer.0.output.dense.bias" in file
    sizes = {"image_size": 56, "patch_size": 8, "width": 16, "depth": 2, "heads": 2, "hidden": 32}
    ours = filled(ViTEncoder(**sizes), "vit-base-patch16-224", file)
    with torch.no_grad():
        expected = theirs.vit(IMAGE).last_hidden_state[:, 1:]
        torch.testing.assert_close(ours(IMAGE).flatten(2).transpose(1, 2), expected)


def test_resnet_names_are_the_published_ones():
    names = {PRETRAINED["resnet50"].published_name(name) for name in ResNetMapEncoder().state_dict()}
    # one of each kind in the published file
    assert {"conv1.weight", "bn1.running_mean", "layer1.0.downsample.0.weight", "layer4.2.conv3.weight"} <= names
    assert "layer1.0.downsample.0.bias" not in names


@pytest.mark.parametrize("name", PRETRAINED)
def test_every_file_is_held_to_a_digest(name):
    source = PRETRAINED[name].source
    if isinstance(source, PublishedWeights):
        assert source.address.startswith("https://")
        assert re.search(r"-([0-9a-f]{8})\.pth$", source.address)[1] == source.digest
    elif isinstance(source, PackagedWeights):
        assert re.fullmatch("[0-9a-f]{64}", source.digest)
        assert source.digest.startswith(re.search(r"-([0-9a-f]{8})\.pth$", source.file)[1])
    else:  # the user states it, since what is there may change
        assert isinstance(source, HubWeights)
        assert source.host.startswith("https://")


def test_the_encoders_of_the_three_presets_and_of_the_dual_encoder_have_published_weights():
    wanted = {
        "efficientnet-b4",
        "swin-tiny-patch4-window7-224",
        "convnextv2-tiny-22k-224",
        "densenet201",
        "efficientnet-lite0",
    }
    assert wanted <= set(PRETRAINED)
