# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Visual concepts of a picture as attributes an annotator sees: words, scores, boxes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from monai_skin.concepts import ConceptProposer, ProxyProposer, build_proposer, preset
from monai_skin.errors import UsageError
from monai_skin.io import read_image

__all__ = ["ConceptFinder"]

PROXY = "proxy"
_PROXY_NOTE = "Proxy concepts: regions of colour, not what Grounding DINO and SAM would find."


class ConceptFinder:
    """Grounding DINO and SAM where their weights are given, else the proxy concepts.

    Args:
        kind: ``proxy``, or one of :data:`monai_skin.concepts.PRESETS`.
        weights: folder with a folder for each model of the preset.
        device: where it computes.

    Raises:
        UsageError: a preset without weights, or an unknown one.
    """

    def __init__(self, kind: str, weights: Path | None, *, device: str = "cpu") -> None:
        if kind != PROXY and weights is None:
            expected = "the folder with its models, or the proposer proxy"
            raise UsageError.about("concepts", "weights", f"of {kind} are not given", expected=expected)
        self.kind = kind
        self.proposer: ConceptProposer = (
            ProxyProposer(weights=False, device=device)
            if weights is None or kind == PROXY
            else build_proposer(preset(kind, weights), device=device)
        )

    @property
    def takes_outlines(self) -> bool:
        """Whether the lesion's outline helps."""
        return self.proposer.takes_outlines

    def find(self, image: Path, outline: npt.NDArray[np.bool_] | None) -> dict[str, Any]:
        """Concepts of a picture, the surest first: ``phrase``, ``score``, ``box`` in pixels of the upright picture."""
        found = self.proposer.propose(read_image(image), outline)
        rows = [
            {
                "phrase": found.phrase(index),
                "score": round(float(found.scores[index]), 4),
                "box": [round(float(edge), 1) for edge in found.boxes[index]],
            }
            for index in np.argsort(-found.scores, kind="stable").tolist()
        ]
        known = {"proposer": self.kind, "height": found.size[0], "width": found.size[1], "concepts": rows}
        return {**known, "about": _PROXY_NOTE} if self.kind == PROXY else known
