# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""One picture in, the report of `predict --explain` out, and nothing of it kept."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monai_skin.data import list_images
from monai_skin.errors import InvalidInputError
from monai_skin.io import atomic_write
from monai_skin.labels import parse_age, parse_sex, parse_site
from monai_skin.pipeline import add_metadata, diagnose, sites_of

__all__ = ["Models", "answer_picture"]

_KINDS = {
    b"\xff\xd8\xff": ".jpg",
    b"\x89PNG": ".png",
    b"BM": ".bmp",
    b"II*\x00": ".tif",
    b"MM\x00*": ".tif",
}
_DICOM_MARK = slice(128, 132)
PERSON = ("age", "sex", "site")


@dataclass(frozen=True)
class Models:
    """Which bundles answer, and how.

    Attributes:
        segmentation_root: root of the bundle that outlines.
        diagnosis_root: root of the bundle that classifies.
        method: of the heat map, a key of :data:`monai_skin.interpretability.MAP_METHODS`.
        device: as for :func:`monai_skin.pipeline.segment`.
    """

    segmentation_root: Path
    diagnosis_root: Path
    method: str = "grad_cam_plus_plus"
    device: str | None = None


def answer_picture(picture: bytes, person: Mapping[str, str], models: Models) -> str:
    """The report on a picture as a page of HTML that needs nothing else.

    The picture and all that is made of it lie in a folder that only this user can read, until the answer is there.

    Args:
        picture: bytes of a JPEG, PNG, BMP, TIFF or DICOM file.
        person: any of ``age``, ``sex`` and ``site`` as a person types them; what is absent or empty is unknown.
        models: which bundles.

    Raises:
        InvalidInputError: the picture cannot be read, or age, sex or site is no such thing.
        UsageError, UnsafeArtefactError, StorageError: as :func:`monai_skin.pipeline.diagnose`.
    """
    with tempfile.TemporaryDirectory(prefix="monai_skin-demo-") as folder:
        file = Path(folder) / f"picture{_suffix(picture)}"
        atomic_write(file, picture)
        known = _checked(person)
        items = add_metadata(
            list_images(file),
            age=known["age"] or None,
            sex=known["sex"],
            site=known["site"],
            sites=sites_of(models.diagnosis_root),
        )
        done = diagnose(
            items,
            Path(folder) / "answer",
            segmentation_root=models.segmentation_root,
            diagnosis_root=models.diagnosis_root,
            device=models.device,
            explain=models.method,
            progress=False,
        )
        if done.rejected:
            raise InvalidInputError(done.rejected[0]["reason"], source=file.name)
        return (done.folder / "report.html").read_text(encoding="utf-8")


def _checked(person: Mapping[str, str]) -> dict[str, str]:
    """The three fields, refused by the names they have on the page."""
    known = {name: person.get(name, "").strip() for name in PERSON}
    for name, parse in (("age", parse_age), ("sex", parse_sex), ("site", parse_site)):
        parse(known[name], source="person", field=name)
    return known


def _suffix(picture: bytes) -> str:
    """By what the file is, and not by what it was called."""
    if picture[_DICOM_MARK] == b"DICM":
        return ".dcm"
    found = next((suffix for start, suffix in _KINDS.items() if picture.startswith(start)), None)
    if found is None:
        expected = "JPEG, PNG, BMP, TIFF or DICOM"
        raise InvalidInputError.about("picture", "file", "is of no kind we read", expected=expected)
    return found
