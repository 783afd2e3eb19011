# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Which picture to outline next."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from monai_skin.errors import UsageError

__all__ = ["STRATEGIES", "choose_image"]

STRATEGIES = {
    "first": "the first without an approved outline, by name",
    "random": "any without an approved outline",
    "epistemic": "the one on which four views of the picture disagree most; scored before by 'spread'",
    "class_balance": "the likeliest of the class seen least among the outlined; scored before by 'classes'",
}


def choose_image(
    strategy: str,
    unlabelled: Sequence[str],
    infos: Mapping[str, Mapping[str, Any]],
    *,
    skip: Sequence[str] = (),
    seed: int | None = None,
) -> dict[str, Any] | None:
    """Choose by what is known of the pictures.

    Args:
        strategy: one of :data:`STRATEGIES`.
        unlabelled: ids to choose from.
        infos: what scoring methods left, by id, of these pictures and of the outlined ones: ``lesion_spread``, and
            ``lesion_classes``, probabilities by name.
        skip: ids a person has passed over; they come again when nothing else is left.
        seed: of what is drawn; None draws anew each time.

    Returns:
        ``id`` and ``why``; None where there is nothing left.

    Raises:
        UsageError: an unknown strategy.
    """
    if strategy not in STRATEGIES:
        raise UsageError.about("strategy", repr(strategy), "is unknown", expected=", ".join(STRATEGIES))
    if not unlabelled:
        return None
    candidates = sorted(set(unlabelled) - set(skip)) or sorted(unlabelled)
    if strategy == "first":
        return {"id": candidates[0], "why": "the first by name"}
    if strategy == "epistemic":
        found = _most_doubtful(candidates, infos)
    else:
        found = _rarest_class(candidates, infos, set(unlabelled)) if strategy == "class_balance" else None
    if found is not None:
        return found
    why = "drawn at random" if strategy == "random" else "drawn at random: no picture has been scored yet"
    return {"id": random.Random(seed).choice(candidates), "why": why}


def _most_doubtful(candidates: Sequence[str], infos: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    spreads = {name: infos.get(name, {}).get("lesion_spread") for name in candidates}
    known = {name: float(value) for name, value in spreads.items() if isinstance(value, int | float)}
    if not known:
        return None
    name = max(known, key=lambda candidate: known[candidate])  # the first by name of equals
    return {"id": name, "why": f"the views of the picture disagree most, by {known[name]:.3f}"}


def _rarest_class(
    candidates: Sequence[str], infos: Mapping[str, Mapping[str, Any]], open_ones: set[str]
) -> dict[str, Any] | None:
    classes = {name: info["lesion_classes"] for name, info in infos.items() if info.get("lesion_classes")}
    waiting = {name: classes[name] for name in candidates if name in classes}
    if not waiting:
        return None
    done = Counter(_likeliest(found) for name, found in classes.items() if name not in open_ones)
    offered = sorted({_likeliest(found) for found in waiting.values()})
    rarest = min(offered, key=lambda wanted: done[wanted])
    name = max(waiting, key=lambda candidate: float(waiting[candidate].get(rarest, 0)))
    return {"id": name, "why": f"most probably {rarest}, of which {done[rarest]} are outlined"}


def _likeliest(probabilities: Mapping[str, float]) -> str:
    return max(probabilities, key=lambda name: float(probabilities[name]))
