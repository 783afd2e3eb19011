# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What concepts were extracted with, so that those of one recipe are never mixed with those of another."""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import read_json, write_json

__all__ = ["KINDS", "POOLINGS", "PROMPTS", "ExtractionSettings", "ModelSource", "read_settings", "write_settings"]

PROMPTS = tuple(
    "lesion head face neck arm hand palm finger chest torso back abdomen buttock leg knee foot toe sole skin".split()
)
"""What is looked for: the lesion first, then parts of the body."""

POOLINGS = ("mask_mean", "mask_token", "box_crop", "box_tokens")
KINDS = ("grounding_dino", "sam", "sam2", "regions", "encoder")
DIGEST_SHOWN = 16
_FORM = 1  # of what the digest is taken of


@dataclass(frozen=True)
class ModelSource:
    """A model, or what stands in for one.

    Args:
        kind: one of :data:`KINDS`.
        name: as its publisher calls it, such as ``IDEA-Research/grounding-dino-base``.
        revision: commit of that repository; empty where nobody said.
        sha256: of its weight file; empty where nobody said, and then the file is not checked but measured.
        folder: where the files are on this machine; no part of what the model is.
    """

    kind: str
    name: str
    revision: str = ""
    sha256: str = ""
    folder: str = ""

    def __post_init__(self) -> None:
        _expect(self.kind in KINDS, "kind", f"is {self.kind!r}", f"one of {', '.join(KINDS)}")
        _expect(bool(self.name), "name", "is empty", "the model's name")
        digest_ok = not self.sha256 or re.fullmatch("[0-9a-f]{64}", self.sha256)
        _expect(bool(digest_ok), "sha256", f"is {self.sha256!r}", "64 lower-case hexadecimal digits, or nothing")


@dataclass(frozen=True)
class ExtractionSettings:
    """How a picture becomes concepts.

    Args:
        detector: what proposes boxes.
        segmenter: what turns a box into a mask, and a mask into a vector.
        prompts: words or phrases in any language the detector was trained on, the lesion first.
        joint_prompt: look for all prompts in one text; otherwise each has a text of its own, as in the paper.
        box_threshold: of a box's best token, in [0, 1].
        text_threshold: of a token, to count as named by a box of a joint text, in [0, 1].
        nms_iou: of two boxes of one phrase with more overlap the weaker goes.
        max_concepts: of one picture, n in the paper.
        pooling: ``mask_mean`` of the picture's embedding, the mask decoder's ``mask_token``, ``box_crop`` encoded for
            itself, or the prompt encoder's ``box_tokens``.

    Raises:
        UsageError: naming the field that makes no sense.
    """

    detector: ModelSource
    segmenter: ModelSource
    prompts: tuple[str, ...] = PROMPTS
    joint_prompt: bool = False
    box_threshold: float = 0.30
    text_threshold: float = 0.25
    nms_iou: float = 0.8
    max_concepts: int = 30
    pooling: str = "mask_mean"

    def __post_init__(self) -> None:
        object.__setattr__(self, "prompts", tuple(_tidy(prompt) for prompt in self.prompts))
        _expect(bool(self.prompts), "prompts", "are empty", "at least one word")
        doubled = {prompt for prompt in self.prompts if self.prompts.count(prompt) > 1}
        _expect(not doubled, "prompts", f"name {', '.join(sorted(doubled))} twice", "each once")
        for prompt in self.prompts:
            wrong = not prompt or not set(".?").isdisjoint(prompt)  # the detector's separators of phrases
            _expect(not wrong, "prompts", f"hold {prompt!r}", "words without full stop or question mark")
        for field in ("box_threshold", "text_threshold", "nms_iou"):
            value = getattr(self, field)
            _expect(0 <= value <= 1, field, f"is {value}", "a number from 0 to 1")
        _expect(self.max_concepts >= 1, "max_concepts", f"is {self.max_concepts}", "1 or more")
        _expect(self.pooling in POOLINGS, "pooling", f"is {self.pooling!r}", f"one of {', '.join(POOLINGS)}")

    @property
    def is_proxy(self) -> bool:
        """Whether no text-guided detector took part: such concepts are called "proxy concepts" wherever they appear."""
        return self.detector.kind == "regions"

    @property
    def digest(self) -> str:
        """SHA-256 of what decides the result; the folders the models are in do not."""
        value = self.as_json()
        for part in ("detector", "segmenter"):
            del value[part]["folder"]
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """The settings as a JSON object, which :meth:`from_json` reads."""
        label = "proxy concepts" if self.is_proxy else "concepts"
        return {"form": _FORM, "label": label, **asdict(self), "prompts": list(self.prompts)}

    @classmethod
    def from_json(cls, value: Any, *, source: str = "settings") -> ExtractionSettings:
        """Build them from a JSON object.

        Raises:
            InvalidInputError: naming the field that is missing, unknown, of another type or makes no sense.
        """
        given = _object(value, "document", source)
        if given.pop("form", _FORM) != _FORM:
            raise InvalidInputError.about(source, "form", f"is not {_FORM}", expected="settings of this version")
        given.pop("label", None)
        _check_fields(given, cls, source)
        try:
            for part in ("detector", "segmenter"):
                model = _object(given.get(part), part, source)
                _check_fields(model, ModelSource, source, prefix=f"{part}.")
                given[part] = ModelSource(**model)
            return cls(**{**given, "prompts": tuple(given.get("prompts", PROMPTS))})
        except UsageError as error:
            raise InvalidInputError(f"{source}: {error}", source=source, field=error.field) from error

    def in_folders(self, detector: str | os.PathLike[str], segmenter: str | os.PathLike[str]) -> ExtractionSettings:
        """The same settings with the models in these folders."""
        return replace(
            self,
            detector=replace(self.detector, folder=os.fspath(detector)),
            segmenter=replace(self.segmenter, folder=os.fspath(segmenter)),
        )


_TYPES: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "float": (float, int),
    "int": (int,),
    "tuple[str, ...]": (list, tuple),
    "ModelSource": (dict,),
}


def _check_fields(given: Mapping[str, Any], of: type, source: str, prefix: str = "") -> None:
    known = {field.name: _TYPES[str(field.type)] for field in fields(of)}
    for name, value in given.items():
        if name not in known:
            raise InvalidInputError.about(source, f"{prefix}{name}", "is unknown", expected=f"among {', '.join(known)}")
        types = known[name]
        listed = not isinstance(value, list) or all(isinstance(entry, str) for entry in value)
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types) or not listed:
            expected = "a list of text" if list in types else types[0].__name__
            raise InvalidInputError.about(source, f"{prefix}{name}", f"is {value!r}", expected=expected)
    needed = ("kind", "name") if of is ModelSource else ("detector", "segmenter")
    for name in needed:
        if name not in given:
            raise InvalidInputError.about(source, f"{prefix}{name}", "is missing", expected="it among the fields")


def _object(value: Any, field: str, source: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidInputError.about(source, field, f"is {type(value).__name__}", expected="a JSON object")
    return dict(value)


def _tidy(prompt: str) -> str:
    return " ".join(unicodedata.normalize("NFC", prompt).lower().split())


def _expect(condition: bool, field: str, problem: str, expected: str) -> None:
    if not condition:
        raise UsageError.about("settings", field, problem, expected=expected)


def read_settings(path: str | os.PathLike[str]) -> ExtractionSettings:
    """Read settings from a JSON file.

    Raises:
        InvalidInputError: the file is missing, not JSON, or a field of it makes no sense.
    """
    return ExtractionSettings.from_json(read_json(path), source=os.path.basename(path))


def write_settings(path: str | os.PathLike[str], settings: ExtractionSettings) -> None:
    """Write settings, without the folders of this machine, as a JSON file, atomically.

    Raises:
        StorageError: the disk is full, read-only or refuses us.
    """
    write_json(path, settings.in_folders("", "").as_json())
