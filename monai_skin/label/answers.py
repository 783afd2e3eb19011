# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What the annotation app may ask: outlines, refinements, classes, concepts, scores, checks and pictures to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from monai_skin.errors import UsageError
from monai_skin.io import read_image, write_image, write_mask
from monai_skin.label.approved import write_approved
from monai_skin.label.check_mask import check_mask
from monai_skin.label.choose import choose_image
from monai_skin.label.concepts import ConceptFinder
from monai_skin.label.diagnosis import diagnose_picture
from monai_skin.label.outliner import Outliner
from monai_skin.label.picture_file import picture_file
from monai_skin.label.refine import Clicks, read_clicks, refine_mask
from monai_skin.label.sam_outliner import SamOutliner, box_around
from monai_skin.label.versions import WeightVersions
from monai_skin.pipeline import find_bundle

__all__ = ["NOTE", "Answers", "WorkerSettings"]

NOTE = "Research use only. Not for diagnosis."
SEGMENTATION, DIAGNOSIS = "lesion_segmentation", "dual_encoder_diagnosis"


@dataclass(frozen=True)
class WorkerSettings:
    """What an app was started with.

    Args:
        models: folder of the weight versions that came out of annotation.
        bundle: root of the bundle that outlines; this package's if None.
        diagnosis_bundle: root of the bundle that classifies, likewise.
        sam: folder of a SAM or SAM 2 model for refinement; the network's own probabilities otherwise.
        concepts: a preset of :data:`monai_skin.concepts.PRESETS`, or ``proxy``.
        concept_weights: folder with a folder for each model of the preset.
        device: such as ``cpu`` or ``cuda:0``; the bundles decide if None.
    """

    models: Path
    bundle: Path | None = None
    diagnosis_bundle: Path | None = None
    sam: Path | None = None
    concepts: str = "proxy"
    concept_weights: Path | None = None
    device: str | None = None


class Answers:
    """One method a kind of question; networks are loaded when they are first needed.

    Args:
        settings: of the app.
    """

    def __init__(self, settings: WorkerSettings) -> None:
        self.settings = settings
        self.versions = WeightVersions(settings.models)
        self._outliner: tuple[int, Outliner] | None = None
        self._sam: SamOutliner | None = None
        self._finder: ConceptFinder | None = None
        self._asked = {
            "outline": self.outline,
            "refine": self.refine,
            "diagnose": self.diagnose,
            "concepts": self.concepts,
            "spread": self.spread,
            "choose": self.choose,
            "check_label": self.check_label,
            "check_picture": self.check_picture,
            "segmentation": self.segmentation,
            "version": self.version,
            "show": self.show,
        }

    def ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a question.

        Raises:
            UsageError: there is no such question, or it lacks a part.
            SkinError: whatever is wrong with the picture, the weights or the disk.
        """
        kind = question.get("do")
        if kind not in self._asked:
            raise UsageError.about("worker", "do", f"is {kind!r}", expected=f"one of {', '.join(self._asked)}")
        try:
            return self._asked[kind](question)
        except KeyError as missing:
            raise UsageError.about("worker", f"question {kind}", f"lacks {missing}", expected="it") from missing

    def outline(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Write the mask of the picture ``image`` to ``out``."""
        mask = self._outlines().mask(picture_file(question["image"]))
        return self._written(mask, question)

    def refine(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Write an outline that heeds ``foreground``, ``background`` and ``box``, starting from ``label`` if given."""
        image = picture_file(question["image"])
        picture = read_image(image)
        source = str(question.get("image_id", "picture"))
        clicks = read_clicks(question, picture.full_size, source=source)
        probability = self._start(question, image, picture.pixels, clicks)
        mask = refine_mask(probability, picture.pixels, clicks) if clicks else np.asarray(probability >= 0.5, np.bool_)
        return self._written(mask, question)

    def diagnose(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Probabilities of the classes, from ``label`` or the outline drawn now; ``out``, if given, receives it."""
        image = picture_file(question["image"])
        mask = self._drawn(question) if question.get("label") else self._outlines().mask(image)
        found = diagnose_picture(
            image,
            mask,
            person={name: question.get(name) for name in ("age", "sex", "site")},
            root=find_bundle(DIAGNOSIS, self.settings.diagnosis_bundle),
            device=self.settings.device,
        )
        outlined = self._written(mask, question) if question.get("out") else {}
        return {"note": NOTE, **outlined, **found}

    def concepts(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Phrases, scores and boxes of visual concepts."""
        if self._finder is None:
            self._finder = ConceptFinder(
                self.settings.concepts, self.settings.concept_weights, device=self.settings.device or "cpu"
            )
        image = picture_file(question["image"])
        outline = self._outlines().mask(image) if self._finder.takes_outlines else None
        return {"note": NOTE, **self._finder.find(image, outline)}

    def spread(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """How far views of the picture disagree, and which weights said so."""
        value = self._outlines().spread(picture_file(question["image"]))
        return {"spread": value, "version": self.versions.active}

    def choose(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Which of ``unlabelled`` to outline next, by ``strategy`` and what ``infos`` say."""
        skip = [str(name) for name in question.get("skip") or []]
        found = choose_image(question["strategy"], question["unlabelled"], question.get("infos", {}), skip=skip)
        return {} if found is None else found

    def check_label(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Refuse a ``label`` that is no lesion mask of the picture ``image``."""
        mask = self._drawn(question)
        return {"height": mask.shape[0], "width": mask.shape[1], "lesion_fraction": float(mask.mean())}

    def check_picture(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Refuse a picture that cannot be read."""
        picture = read_image(picture_file(question["image"]), source=str(question.get("image_id", "picture")))
        return {"height": picture.full_size[0], "width": picture.full_size[1]}

    def segmentation(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Write the approved ``label`` of a DICOM ``image`` to ``out``, a Segmentation of the same study."""
        root = find_bundle(SEGMENTATION, self.settings.bundle)
        write_approved(picture_file(question["image"]), self._drawn(question), root, question["out"])
        return {}

    def version(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """Which weights answer now."""
        return {"version": self.versions.active}

    def show(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Write the upright picture to ``out``, .png or .jpg, without any metadata of its file."""
        picture = read_image(picture_file(question["image"]))
        write_image(question["out"], picture.pixels)
        return {"height": picture.full_size[0], "width": picture.full_size[1], "notes": list(picture.notes)}

    def _written(self, mask: npt.NDArray[np.bool_], question: Mapping[str, Any]) -> dict[str, Any]:
        write_mask(question["out"], mask)
        rows, columns = mask.shape
        fraction = float(mask.mean())
        return {
            "note": NOTE,
            "height": rows,
            "width": columns,
            "lesion_fraction": fraction,
            "version": self.versions.active,
        }

    def _start(
        self, question: Mapping[str, Any], image: Path, pixels: npt.NDArray[np.uint8], clicks: Clicks
    ) -> npt.NDArray[np.float32]:
        """What the clicks bend: the outline drawn so far, or what SAM sees in the box, or the network's probability."""
        if question.get("label"):
            return np.where(self._drawn(question), np.float32(0.9), np.float32(0.1))
        probability = self._outlines().probability(image)
        if self.settings.sam is None or not clicks:
            return probability
        if self._sam is None:
            self._sam = SamOutliner(self.settings.sam, device=self.settings.device or "cpu")
        return self._sam.probability(pixels, box_around(probability >= 0.5, clicks))

    def _drawn(self, question: Mapping[str, Any]) -> npt.NDArray[np.bool_]:
        image, name = picture_file(question["image"]), str(question.get("image_id", "picture"))
        return check_mask(question["label"], image, name=name)

    def _outlines(self) -> Outliner:
        """The network with the weights that are active now, which a training may have changed."""
        active = self.versions.active
        if self._outliner is None or self._outliner[0] != active:
            file, digest = self.versions.weights() or (None, None)
            root = find_bundle(SEGMENTATION, self.settings.bundle)
            outliner = Outliner(root, weights=file, sha256=digest, device=self.settings.device)
            self._outliner = (active, outliner)
        return self._outliner[1]
