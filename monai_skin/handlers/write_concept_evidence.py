# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Write which visual concept decided a diagnosis, and where in the picture it looked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from ignite.engine import Engine, Events

from monai_skin.concepts import ConceptCache, ConceptSet, draw_concepts, open_cache
from monai_skin.errors import UsageError
from monai_skin.handlers.concept_card import CONCEPTS
from monai_skin.handlers.explained_batch import explained_batch, heat_on_picture
from monai_skin.handlers.run_output import prepare_folder
from monai_skin.handlers.write_diagnoses import classes_of
from monai_skin.interpretability import draw_heat_map, shrink_picture, stretch_heat
from monai_skin.interpretability.evaluating import evaluating
from monai_skin.io import read_image, write_image, write_table
from monai_skin.networks import ConceptEvidence, ConceptMILNet

__all__ = ["WriteConceptEvidence"]

BOX = ("left", "top", "right", "bottom")
LONGEST_SIDE = 1024
_DIGITS = 6
_LISTED = 5  # concepts named in the profile


class WriteConceptEvidence:
    """Write ``evidence/<image_id>.jpg``, ``attention/<image_id>.jpg`` and ``concepts.csv``, a row a picture.

    Hu et al., WACV 2025, https://arxiv.org/abs/2409.09520, figure 6: the deciding concept is the one with the highest
    score for the predicted class. Its box and mask are drawn over the picture; the attention is its own, averaged over
    the heads and stretched to its range. The class itself rests on the mean of the ``top_k`` best concepts.

    The row holds the concept's number, from 1 as it is drawn, its phrase, its box in pixels of the upright picture, the
    score it was found with, its share among all concepts for the class (a softmax), the five largest such shares, its
    score for every class, and what kind of concepts they are: of Grounding DINO and SAM, or proxies for them.

    Args:
        folder: where to write; made if absent.
        network: a :class:`monai_skin.networks.ConceptMILNet` that tells concepts apart, with its weights loaded by a
            handler before this one.
        vocabulary: name in :data:`monai_skin.labels.VOCABULARIES`, whose order the network's outputs have.
        cache: folder that ``monai_skin concepts extract`` filled.
        settings: first digits of the digest of the settings; needed if the folder holds concepts of several.
        overwrite: replace the results of an earlier run instead of refusing.

    Raises:
        UsageError: no such vocabulary, the network's fusion has no evidence of single concepts, or ``folder`` holds
            results and ``overwrite`` is off.
    """

    def __init__(
        self,
        *,
        folder: str,
        network: ConceptMILNet,
        vocabulary: str,
        cache: str,
        settings: str | None = None,
        overwrite: bool = False,
    ) -> None:
        self.classes = classes_of(vocabulary)
        if network.fusion in ("global_only", "average_sum"):
            problem = f"is {network.fusion!r}, which does not tell concepts apart"
            raise UsageError.about("WriteConceptEvidence", "fusion", problem, expected="another, or not this handler")
        self.folder, self.network, self.overwrite = Path(folder), network, overwrite
        self.cache, self.settings = cache, settings
        self.rows: list[dict[str, object]] = []

    def attach(self, engine: Engine) -> None:
        engine.add_event_handler(Events.STARTED, self._start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._take_batch)
        engine.add_event_handler(Events.COMPLETED, self._finish)

    def _start(self) -> None:
        self.rows = []
        prepare_folder(self.folder, written=[CONCEPTS], stale=[CONCEPTS], overwrite=self.overwrite)

    def _take_batch(self, engine: Engine) -> None:
        batch = explained_batch(engine, self.network, ("image", "concepts", "concept_mask"), None)
        if batch is None:
            return
        cache = open_cache(self.cache, self.settings)
        with evaluating(self.network), torch.no_grad():
            evidence = self.network.evidence(**batch.inputs)
        for number, item in enumerate(batch.items):
            self.rows.append(self._write(item, number, evidence, cache))

    def _write(
        self, item: Mapping[str, Any], number: int, evidence: ConceptEvidence, cache: ConceptCache
    ) -> dict[str, object]:
        image_id, concepts = str(item["image_id"]), cache.read(str(item["file"]))
        index = int(torch.as_tensor(item["pred"]).argmax())
        deciding = int(evidence.deciding[number])
        picture = read_image(str(item["file"])).pixels
        names = {"evidence": f"evidence/{image_id}.jpg", "attention": ""}
        drawn = shrink_picture(draw_concepts(picture, concepts, [deciding]), LONGEST_SIDE)
        write_image(self.folder / names["evidence"], drawn)
        if evidence.attention is not None:
            names["attention"] = f"attention/{image_id}.jpg"
            small = shrink_picture(picture, LONGEST_SIDE)
            heat = _as_map(evidence.attention[number, :, deciding].mean(dim=0), item["image"])
            shown = stretch_heat(heat_on_picture(heat, item["image"], (small.shape[1], small.shape[2])))[0].numpy()
            write_image(self.folder / names["attention"], draw_heat_map(small, shown, source=image_id))
        probability = float(torch.as_tensor(item["pred"]).reshape(-1)[index])
        return {
            "image_id": image_id,
            "class": self.classes[index],
            "probability": f"{probability:.{_DIGITS}f}",
            **_about(concepts, deciding, evidence.concept_profile[number].tolist()),
            **self._scores(evidence.class_profile[number].tolist()),
            "kind": "proxy" if cache.settings.is_proxy else "found by text",
            **names,
        }

    def _scores(self, profile: Sequence[float]) -> dict[str, object]:
        return {f"score_{code}": f"{score:.{_DIGITS}f}" for code, score in zip(self.classes, profile, strict=True)}

    def _finish(self) -> None:
        scores = [f"score_{code}" for code in self.classes]
        about = ("concept", "phrase", *BOX, "found_score", "share", "profile")
        columns = ("image_id", "class", "probability", *about, *scores, "kind", "evidence", "attention")
        write_table(self.folder / CONCEPTS, self.rows, columns)


def _about(concepts: ConceptSet, deciding: int, profile: Sequence[float]) -> dict[str, object]:
    """The deciding concept, and the ones with the largest shares."""
    shares = profile[: len(concepts)]  # behind them are empty places
    best = sorted(range(len(shares)), key=lambda place: -shares[place])[:_LISTED]
    return {
        "concept": deciding + 1,
        "phrase": concepts.phrase(deciding),
        **{side: f"{value:.1f}" for side, value in zip(BOX, concepts.boxes[deciding].tolist(), strict=True)},
        "found_score": f"{float(concepts.scores[deciding]):.{_DIGITS}f}",
        "share": f"{shares[deciding]:.{_DIGITS}f}",
        "profile": "; ".join(f"{place + 1} {concepts.phrase(place)} {shares[place]:.3f}" for place in best),
    }


def _as_map(weights: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
    """``(positions,)`` as the ``(1, h, w)`` map of positions whose proportions are the image's."""
    count = len(weights)
    wanted = math.log(image.shape[-2] / image.shape[-1])
    rows = min((h for h in range(1, count + 1) if count % h == 0), key=lambda h: abs(math.log(h * h / count) - wanted))
    return weights.reshape(1, rows, count // rows)
