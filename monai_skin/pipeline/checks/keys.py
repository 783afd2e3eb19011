# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Keys that lead nowhere: references to what is not there, and entries that nothing uses.

MONAI ignores an entry it has no use for, so ``optimzer`` trains with another optimiser and says nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from monai.bundle.properties import InferProperties, TrainProperties
from monai.utils import BundlePropertyConfig

from monai_skin.pipeline.checks.expressions import references_in
from monai_skin.pipeline.checks.findings import Finding, invalid
from monai_skin.pipeline.checks.merge import MISSING, look_up
from monai_skin.pipeline.checks.walk import SPECIAL_KEYS, iterate

__all__ = ["key_findings"]

# what MONAI itself asks a config for; everything else must be referred to by something
READ_BY_MONAI = frozenset(
    {str(entry[BundlePropertyConfig.ID]) for table in (TrainProperties, InferProperties) for entry in table.values()}
    | {"initialize", "run", "finalize", "_meta_"}
)


def key_findings(file: str, config: Mapping[str, Any], *, own: Mapping[str, Any] | None = None) -> list[Finding]:
    """References without a target and entries without a use.

    Args:
        file: what findings call the config.
        config: the config, merged with its base if it is an overlay.
        own: what the overlay itself sets. It may leave entries of its base without a use, but none of its own.
    """
    written = {key.lstrip("+").replace("#", "::") for key in (config if own is None else own)}
    used = {name for _, value in iterate(config) if isinstance(value, str) for name in _mentioned(value)}
    missing = [
        invalid(f"{file}, {'#'.join(path)}", f"refers to {name!r}", expected=_instead(name, config))
        for path, value in iterate(config)
        if isinstance(value, str)
        for name in _mentioned(value)
        if not name.startswith("_meta_") and look_up(config, name) is MISSING
    ]
    unused = [
        invalid(f"{file}, {name.replace('::', '#')}", "is used by nothing", expected=_instead(name, config))
        for name in _entries(config)
        if not _is_used(name, used) and any(f"{name}::".startswith(f"{one}::") for one in written)
    ]
    return missing + unused


def _mentioned(value: str) -> list[str]:
    return [value[1:].replace("#", "::")] if value.startswith("%") else references_in(value)


def _entries(section: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Ids of all entries of a config; a dictionary that is no component only groups them."""
    for key, value in section.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping) and value and "_target_" not in value and key != "_meta_":
            yield from _entries(value, f"{name}::")
        elif key not in SPECIAL_KEYS:
            yield name


def _is_used(name: str, used: set[str]) -> bool:
    ancestors = {name.rsplit("::", count)[0] for count in range(name.count("::") + 1)}
    inside = any(one.startswith(f"{name}::") for one in used)
    return inside or bool(ancestors & used) or name in READ_BY_MONAI


def _instead(name: str, config: Mapping[str, Any]) -> str:
    known = sorted({*READ_BY_MONAI, *_entries(config)} - {name})
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
    return f"perhaps {close[0].replace('::', '#')!r}" if close else "an entry of the config"
