# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The two tensor file formats: safetensors, and PyTorch's archive read with ``weights_only``.

CVE-2025-32434 and CVE-2026-24747 showed that ``weights_only`` is only as good as the torch beneath it, so files are
looked at before torch sees them: no compressed members, no tensor larger than its storage.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from monai_skin.errors import InvalidInputError, UnsafeArtefactError

__all__ = ["load_tensors", "load_torch", "tensors_as_bytes", "torch_as_bytes"]

_DAMAGED = (RuntimeError, EOFError, OSError, ValueError, zipfile.BadZipFile, NotImplementedError)


def load_tensors(data: bytes, *, source: str) -> dict[str, Tensor] | None:
    """The tensors of a safetensors file, or None where ``data`` is of another format.

    Raises:
        InvalidInputError: damaged or cut off.
    """
    if data[8:9] != b"{":  # eight bytes of header length, then JSON
        return None
    try:
        return safetensors.torch.load(data)
    except (safetensors.SafetensorError, *_DAMAGED, KeyError, TypeError) as error:
        raise _damaged(source) from error


def tensors_as_bytes(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    """A safetensors file, the same bytes for the same content.

    The library writes the metadata in an order that changes from run to run, which would change the digest.
    """
    data = safetensors.torch.save(dict(tensors), metadata=dict(metadata))
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    if metadata:
        header = {**header, "__metadata__": dict(sorted(metadata.items()))}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # tensors start at a multiple of eight bytes
    return len(text).to_bytes(8, "little") + text + data[start:]


def torch_as_bytes(state: Mapping[str, object]) -> bytes:
    """What ``torch.save`` writes for ``state``."""
    stream = io.BytesIO()
    torch.save(dict(state), stream)
    return stream.getvalue()


def load_torch(data: bytes, *, source: str) -> object:
    """What ``torch.save`` stored, if it is tensors, numbers, text and their containers only.

    Raises:
        InvalidInputError: damaged, cut off, or of another format.
        UnsafeArtefactError: it names code, or is built to fill the memory.
    """
    if not data.startswith((b"PK\x03\x04", b"\x80")):
        raise InvalidInputError.about(source, "file", "is not a weight file", expected="safetensors or torch.save")
    try:
        _check_archive(data, source)
        loaded: object = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except _DAMAGED as error:
        raise _damaged(source) from error
    except UnsafeArtefactError:
        raise
    except Exception as error:  # the restricted reader refuses by an error of a module we do not import
        raise _unsafe(source, "could run code when loaded") from error
    for tensor in _tensors_in(loaded):
        _check_tensor(tensor, source)
    return loaded


def _check_archive(data: bytes, source: str) -> None:
    if not data.startswith(b"PK"):
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise _unsafe(source, "has compressed members, which torch.save never writes")


def _tensors_in(value: object) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _tensors_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _tensors_in(inner)


def _check_tensor(tensor: Tensor, source: str) -> None:
    if tensor.layout != torch.strided or tensor.is_quantized:
        raise InvalidInputError.about(source, "weights", "have a sparse or quantised tensor", expected="plain tensors")
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        raise _unsafe(source, f"has a tensor of {tensor.numel():,} values in a smaller storage")


def _damaged(source: str) -> InvalidInputError:
    return InvalidInputError.about(source, "file", "is damaged or cut off", expected="a whole weight file")


def _unsafe(source: str, problem: str) -> UnsafeArtefactError:
    return UnsafeArtefactError.about(source, "file", problem, expected="tensors, numbers and text only")
