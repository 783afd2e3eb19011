# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Encoders that start from weights somebody has published."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Sequence
from pathlib import Path

import torch
from ignite.engine import Engine, Events

from monai_skin.errors import UsageError
from monai_skin.handlers.weight_cache import fetch_weights
from monai_skin.io import apply_weights, load_weights
from monai_skin.networks import (
    PRETRAINED,
    HubWeights,
    PackagedWeights,
    PretrainedWeights,
    PublishedWeights,
    match_weights,
)

__all__ = ["PretrainedEncoder"]


class PretrainedEncoder:
    """Load published weights into encoders before training; a checkpoint that is resumed afterwards replaces them.

    A file is fetched once into the cache (``MONAI_SKIN_CACHE``, by default ``~/.cache/monai_skin``) and checked by its
    digest at every start. Without a network, put it there by hand, or name it in ``path``.

    Args:
        network: the network.
        encoders: its submodules that get the weights, such as ``["encoder", "segmented_encoder"]``; one that the
            network was built without, and is None there, is passed over.
        name: one of :data:`monai_skin.networks.PRETRAINED`; None loads nothing.
        revision: commit of a Hugging Face repository, 40 hexadecimal digits; needed for such a name.
        sha256: digest of the file; needed for such a name, since what is there may change.
        path: the file, or a folder with it under its published name; nothing is fetched then, and ``revision`` and
            ``sha256`` may be left out.

    Raises:
        UsageError: a name is unknown, or what it needs is missing.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        *,
        encoders: Sequence[str] = ("encoder",),
        name: str | None = None,
        revision: str | None = None,
        sha256: str | None = None,
        path: str | None = None,
    ) -> None:
        self.name, self.revision, self.sha256, self.path = name, revision, sha256, path
        self.encoders = [] if name is None else _submodules(network, encoders)
        if name is not None:
            self.weights = _named(name)
            if path is None and isinstance(self.weights.source, HubWeights):
                _hub_arguments(name, self.weights.source, revision, sha256)

    def attach(self, engine: Engine) -> None:
        """Load when the run starts; attach it in front of what restores a checkpoint."""
        engine.add_event_handler(Events.STARTED, self)

    def __call__(self, engine: Engine) -> None:
        if self.name is None:
            return
        path, digest = self._file(self.name, self.weights.source)
        tensors = load_weights(path, sha256=digest)
        rename = self.weights.published_name
        matched = [match_weights(part, tensors, published_name=rename, source=path.name) for part in self.encoders]
        for part, found in zip(self.encoders, matched, strict=True):
            apply_weights(part, found, source=path.name)
        engine.logger.info("%s: published weights, licence %s", self.name, self.weights.licence)

    def _file(self, name: str, source: PublishedWeights | HubWeights | PackagedWeights) -> tuple[Path, str | None]:
        """The file on this machine, fetched if need be, and the digest it must have."""
        if self.path is not None:
            published = source.address if isinstance(source, PublishedWeights) else source.file
            given = Path(self.path)
            return (given / published.rsplit("/", 1)[-1] if given.is_dir() else given), self.sha256
        if isinstance(source, PublishedWeights):
            return fetch_weights(source.address, digest=source.digest), self.sha256
        if isinstance(source, PackagedWeights):
            return _installed(name, source), source.digest
        revision, sha256 = _hub_arguments(name, source, self.revision, self.sha256)
        address = f"{source.host}/{source.repository}/resolve/{revision}/{source.file}"
        kept_as = f"{source.repository.replace('/', '--')}-{revision[:12]}{Path(source.file).suffix}"
        return fetch_weights(address, digest=sha256, name=kept_as), sha256


def _submodules(network: torch.nn.Module, names: Sequence[str]) -> list[torch.nn.Module]:
    modules = dict(network.named_modules())
    absent = {name for name in names if getattr(network, name, ...) is None}
    for name in names:
        if name not in modules and name not in absent:
            children = ", ".join(child for child, _ in network.named_children())
            raise UsageError.about("pretrained encoder", "encoders", f"has {name!r}", expected=f"such as {children}")
    return [modules[name] for name in names if name not in absent]


def _named(name: str) -> PretrainedWeights:
    if name not in PRETRAINED:
        known = ", ".join(PRETRAINED)
        raise UsageError.about("pretrained encoder", "name", f"is {name!r}", expected=f"one of {known}")
    return PRETRAINED[name]


def _hub_arguments(name: str, source: HubWeights, revision: str | None, sha256: str | None) -> tuple[str, str]:
    """Revision and digest, which must both be given in full: a branch moves, and so does the file behind it."""
    for field, value, digits, of in (
        ("revision", revision, 40, f"a commit of {source.repository}"),
        ("sha256", sha256, 64, f"{source.file} at that commit"),
    ):
        if not re.fullmatch(f"[0-9a-fA-F]{{{digits}}}", value or ""):
            problem = "is missing" if value is None else f"is {value!r}"
            raise UsageError.about(name, field, problem, expected=f"the {digits} hexadecimal digits of {of}, or a path")
    return str(revision), str(sha256)


def _installed(name: str, source: PackagedWeights) -> Path:
    found = importlib.util.find_spec(source.module)
    if found is None or not found.submodule_search_locations:
        problem = f"is in the package {source.module.replace('_', '-')}, which is not installed"
        expected = f"monai-skin[{source.extra}] installed, or a path to {Path(source.file).name}"
        raise UsageError.about(name, "file", problem, expected=expected)
    return Path(found.submodule_search_locations[0]) / source.file
