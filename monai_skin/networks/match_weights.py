# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Published weights under the names of an encoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
import torch.nn as nn

from monai_skin.errors import InvalidInputError

__all__ = ["match_weights"]


def match_weights(
    encoder: nn.Module,
    published: Mapping[str, torch.Tensor],
    *,
    published_name: Callable[[str], str],
    source: str,
) -> dict[str, torch.Tensor]:
    """Find every tensor of an encoder under its published name.

    A counter of batches, which old files do not have and nothing here reads, stays the encoder's own if it is missing.

    Args:
        encoder: where the weights shall go.
        published: the file's tensors; those of other parts, such as a classification head, are left over.
        published_name: from a name of the encoder to the one in the file.
        source: the file's name for errors.

    Returns:
        A whole state dict for the encoder.

    Raises:
        InvalidInputError: a tensor the encoder needs is missing or has another shape.
    """
    matched = {}
    for name, own in encoder.state_dict().items():
        theirs = published_name(name)
        found = published.get(theirs)
        if found is None and name.endswith("num_batches_tracked"):
            found = own
        if found is None or found.shape != own.shape:
            problem = "is missing" if found is None else f"has shape {tuple(found.shape)}"
            raise InvalidInputError.about(source, theirs, problem, expected=f"shape {tuple(own.shape)}")
        matched[name] = found
    return matched
