# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Network weights: safetensors first, PyTorch's ``weights_only`` form second, nothing that runs code ever."""

from __future__ import annotations

import os
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from monai_skin.errors import IntegrityError, InvalidInputError
from monai_skin.io.atomic import atomic_write
from monai_skin.io.files import FileOrBytes, read_bytes, sha256_of, source_name, stated_digest
from monai_skin.io.tensorfiles import load_tensors, load_torch, tensors_as_bytes, torch_as_bytes

__all__ = ["apply_weights", "load_weights", "save_weights"]

_SHOWN = 5


def load_weights(file: FileOrBytes, *, sha256: str | None = None) -> dict[str, Tensor]:
    """Read a state dictionary, on the CPU and in the precision it was stored in.

    The content decides between safetensors and PyTorch; there is no way back to unrestricted loading.

    Args:
        file: a path, or the content of a file.
        sha256: the digest the file must have; None takes the one stated beside the file, if there is one.

    Raises:
        InvalidInputError: missing, damaged, not weights, or with values that are not finite.
        UnsafeArtefactError: loading it could run code.
        IntegrityError: the digest differs.
    """
    name, data = source_name(file), read_bytes(file)
    digest = stated_digest(file) if sha256 is None else sha256
    if digest is not None and sha256_of(data) != digest.lower():
        problem = f"has digest {sha256_of(data)}"
        raise IntegrityError.about(name, "sha256", problem, expected=digest.lower())
    weights = load_tensors(data, source=name)
    if weights is None:
        weights = _state_dictionary(load_torch(data, source=name), name)
    _check_finite(weights, name)
    return weights


def _state_dictionary(loaded: object, name: str) -> dict[str, Tensor]:
    inner = loaded.get("model", loaded) if isinstance(loaded, Mapping) else loaded
    if not isinstance(inner, Mapping) or not inner:
        raise InvalidInputError.about(name, "weights", "hold no state dictionary", expected="names and tensors")
    for key, value in inner.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            problem = f"have {type(value).__name__} under {str(key)[:60]!r}"
            raise InvalidInputError.about(name, "weights", problem, expected="names and tensors")
    return dict(inner)


def _check_finite(weights: Mapping[str, Tensor], name: str) -> None:
    bad = [key for key, value in weights.items() if value.is_floating_point() and not _is_finite(value)]
    if bad:
        problem = f"are not finite in {len(bad)} tensors ({', '.join(bad[:_SHOWN])})"
        raise InvalidInputError.about(name, "weights", problem, expected="finite numbers")


def _is_finite(value: Tensor) -> bool:
    return bool(torch.isfinite(value if value.element_size() > 1 else value.float()).all())


def save_weights(
    path: str | os.PathLike[str],
    state_dict: Mapping[str, Tensor],
    *,
    metadata: Mapping[str, str] | None = None,
    half: bool = False,
) -> None:
    """Write a state dictionary atomically, as safetensors or in PyTorch's own form.

    MONAI's export commands and MONAI Label open nothing but PyTorch's ``model.pt``, so a bundle's weights have that
    form.

    Args:
        path: the file to write; PyTorch's form for the suffix ``.pt``, safetensors for any other.
        state_dict: names and tensors on any device.
        metadata: text kept in the header of a safetensors file.
        half: store floating-point tensors as float16; integer buffers keep their type.

    Raises:
        InvalidInputError: a value is not finite, or too large for float16.
        StorageError: the disk is full, read-only or refuses us.
    """
    tensors = {key: _stored(value, half) for key, value in state_dict.items()}
    _check_finite(tensors, source_name(path))
    as_torch = os.fspath(path).endswith(".pt")
    atomic_write(path, torch_as_bytes(tensors) if as_torch else tensors_as_bytes(tensors, metadata or {}))


def _stored(value: Tensor, half: bool) -> Tensor:
    stored = value.detach().to("cpu", torch.float16 if half and value.is_floating_point() else value.dtype)
    return stored.clone(memory_format=torch.contiguous_format)  # tied tensors are stored apart


def apply_weights(network: nn.Module, weights: Mapping[str, Tensor], *, source: str) -> None:
    """Copy ``weights`` into ``network``, which keeps its own precision. Every name and shape must agree.

    Raises:
        InvalidInputError: names or shapes differ, or a value is not finite; the network is then unchanged.
    """
    own = network.state_dict()
    _refuse(source, "lack", [key for key in own if key not in weights], "every name of the network")
    _refuse(source, "have unknown", [key for key in weights if key not in own], "only names of the network")
    _refuse(source, "have other shapes in", _other_shapes(own, weights), "the network's shapes")
    _check_finite(weights, source)
    network.load_state_dict(weights, strict=True)


def _other_shapes(own: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> list[str]:
    return [
        f"{key} {tuple(weights[key].shape)} not {tuple(value.shape)}"
        for key, value in own.items()
        if weights[key].shape != value.shape
    ]


def _refuse(source: str, what: str, names: list[str], expected: str) -> None:
    if names:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        raise InvalidInputError.about(source, "weights", f"{what} {', '.join(names[:_SHOWN])}{more}", expected=expected)
