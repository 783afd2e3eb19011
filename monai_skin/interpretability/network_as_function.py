# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A network as a function of its pictures alone, or of its clinical numbers alone."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
import torch.nn as nn

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.interpretability.evaluating import evaluating
from monai_skin.networks import DualEncoderNet, ImageMetadataNet

__all__ = ["function_of_clinical", "function_of_pictures", "takes_clinical"]


def function_of_pictures(
    network: nn.Module, inputs: Mapping[str, torch.Tensor], target: int, keys: Sequence[str] = ("image",)
) -> Callable[[torch.Tensor], torch.Tensor]:
    """The probability of a class as a function of an item's pictures, with everything else as the item has it.

    Where a network gets the same lesion twice, as the dual encoder does, give both keys: otherwise what is taken out of
    one picture can still be seen in the other.

    Args:
        network: gives logits ``(B, K)``; it runs in evaluation mode and without gradients.
        inputs: its arguments by name, of one item.
        target: class.
        keys: the pictures; the function takes them one behind the other along the channels, as
            ``torch.cat([inputs[key] for key in keys], dim=1)``.

    Returns:
        A function of ``(n, channels, H, W)`` that gives ``(n,)`` probabilities.

    Raises:
        UsageError: a key is not among the inputs.
        InvalidInputError: the inputs are not of one item; or, from the function, there is no such class.
    """
    given = _one_item(inputs)
    for key in keys:
        _check_has(given, key)
    channels = [given[key].shape[1] for key in keys]

    def probability(pictures: torch.Tensor) -> torch.Tensor:
        changed = dict(zip(keys, torch.split(pictures, channels, dim=1), strict=True))
        with evaluating(network), torch.no_grad():
            logits = network(**_repeated({**given, **changed}, len(pictures)))
        if not 0 <= target < logits.shape[1]:
            raise InvalidInputError.about(
                "explanation", "target", f"is {target}", expected=f"0 to {logits.shape[1] - 1}"
            )
        return logits.softmax(dim=1)[:, target]

    return probability


def function_of_clinical(
    network: nn.Module, inputs: Mapping[str, torch.Tensor]
) -> Callable[[torch.Tensor], torch.Tensor]:
    """The logits as a function of age, sex and site, with an item's pictures held.

    What of this project's networks does not see these numbers, encoders, tokens and attention between two pictures,
    runs once, here, and its output is kept; weights that change later have no effect. Other networks run as a whole
    each time.

    Args:
        network: with an input ``clinical``; it runs in evaluation mode and without gradients.
        inputs: its other arguments by name, of one item; ``clinical`` may be among them and is not used.

    Returns:
        A function of ``(n, 4)`` that gives ``(n, K)`` logits.

    Raises:
        InvalidInputError: the inputs are not of one item.
    """
    given = {key: value for key, value in _one_item(inputs).items() if key != "clinical"}
    held = _with_held_outputs(network, given)

    def logits(clinical: torch.Tensor) -> torch.Tensor:
        with evaluating(held), torch.no_grad():
            return held(**_repeated(given, len(clinical)), clinical=clinical)

    return logits


def takes_clinical(network: nn.Module) -> bool:
    """Whether age, sex and site have any way into the logits of a network of this project."""
    if isinstance(network, DualEncoderNet):
        return network.metadata is not None
    return isinstance(network, ImageMetadataNet) and not (network.metadata is None and network.attention is None)


class _HeldOutput(nn.Module):
    """Stands for a part of a network: what it made of the one item, as often as there are items."""

    def __init__(self, output: torch.Tensor) -> None:
        super().__init__()
        self.output = output

    def forward(self, first: torch.Tensor, *_: torch.Tensor) -> torch.Tensor:
        return self.output.expand(len(first), *self.output.shape[1:])


def _see_pictures_only(network: nn.Module) -> Iterator[nn.Module]:
    """Parts into which no clinical number finds its way, each of which runs once a pass."""
    if isinstance(network, DualEncoderNet):
        parts = (network.encoder, network.segmented_encoder, network.image_tokens, network.segmented_tokens)
        yield from (part for part in parts if part is not None)
        yield from (*network.image_looks, *network.segmented_looks)
    elif isinstance(network, ImageMetadataNet) and network.encoder is not None:
        yield network.encoder
        if network.attention is not None:
            yield network.attention.image_tokens


def _with_held_outputs(network: nn.Module, given: Mapping[str, torch.Tensor]) -> nn.Module:
    """A copy of the network in which parts that are known to see pictures only do not run again."""
    parts = list(_see_pictures_only(network))
    if not parts:
        return network
    stand_ins: dict[int, Any] = {}

    def keep(part: nn.Module, _: Any, output: torch.Tensor) -> None:
        stand_ins[id(part)] = _HeldOutput(output)

    hooks = [part.register_forward_hook(keep) for part in parts]
    try:
        with evaluating(network), torch.no_grad():
            network(**given)
    finally:
        for hook in hooks:
            hook.remove()
    # nor do the hooks of others: a copy of them would work on a copy of whatever they belong to
    stand_ins |= {id(module._forward_hooks): OrderedDict() for module in network.modules()}
    return copy.deepcopy(network, memo=stand_ins)


def _one_item(inputs: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    given = {key: value.detach().as_subclass(torch.Tensor) for key, value in inputs.items()}
    for key, value in given.items():
        if value.ndim == 0 or len(value) != 1:
            problem = f"has shape {tuple(value.shape)}"
            raise InvalidInputError.about("explanation", key, problem, expected="one item, with a first side of 1")
    return given


def _check_has(given: Mapping[str, torch.Tensor], key: str) -> None:
    if key not in given:
        raise UsageError.about("explanation", "keys", f"name {key!r}", expected=f"among {', '.join(given)}")


def _repeated(given: Mapping[str, torch.Tensor], count: int) -> dict[str, torch.Tensor]:
    """What has one row gets as many as asked for, without copying."""
    return {key: value.expand(count, *value.shape[1:]) for key, value in given.items()}
