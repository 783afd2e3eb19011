# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Taking out of an object what tells who the person is, after the Basic Profile of PS3.15 annex E.

The table ``confidentiality.csv`` has every row of Table E.1-1 (edition 2026c), with the one of its actions that is
taken here, and what is kept besides. Every element that it does not list, private ones among them, is removed: an
element nobody thought of does not leak. Pixels are not looked at.
"""

from __future__ import annotations

import base64
import functools
import hmac
import io
import uuid
from importlib.resources import as_file, files
from typing import Any

from pydicom.config import RAISE
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.multival import MultiValue
from pydicom.uid import UID, JPEGBaseline8Bit, JPEGExtended12Bit
from pydicom.valuerep import validate_value

from monai_skin import __version__
from monai_skin.dicom.person import read_person
from monai_skin.dicom.read import uid_of
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import read_table
from monai_skin.io.dicom_fragments import check_fragments, frames_of
from monai_skin.io.dicom_header import DicomFile, dicom_boundary
from monai_skin.io.jpeg_segments import without_metadata

__all__ = ["MIN_SALT", "confidentiality_table", "deidentify_object", "opaque_name", "replaced_uid"]

MIN_SALT = 16
_METHODS = {
    "113100": "Basic Application Confidentiality Profile",
    "113108": "Retain Patient Characteristics Option",
}
_DUMMIES = {"DA": "19000101", "TM": "000000", "DT": "19000101000000", "AS": "000Y", "OB": bytes(2), "UN": bytes(2)}
_SHORT = {"AE": 16, "CS": 16, "SH": 16}  # the most characters of a value
_JPEG = (JPEGBaseline8Bit, JPEGExtended12Bit)


@functools.cache
def confidentiality_table(keep_characteristics: bool = False) -> dict[str, str]:
    """Action by keyword: K keep, Z empty, D replace by a dummy, U replace the identifier, X remove."""
    column = "with_characteristics" if keep_characteristics else "basic"
    with as_file(files("monai_skin.dicom") / "confidentiality.csv") as path:
        return {row["keyword"]: row[column] for row in read_table(path)}


def replaced_uid(uid: str, salt: bytes) -> str:
    """The identifier that always takes the place of ``uid`` under one salt, and cannot be traced without it."""
    digest = hmac.digest(salt, b"uid:" + uid.encode(), "sha256")
    return f"2.25.{uuid.UUID(bytes=digest[:16], version=4).int}"


def opaque_name(text: str, salt: bytes, *, kind: str = "file") -> str:
    """20 characters that stand for ``text`` under one salt."""
    return base64.b32encode(hmac.digest(salt, f"{kind}:{text}".encode(), "sha256"))[:20].decode()


def deidentify_object(file: DicomFile, salt: bytes, *, keep_characteristics: bool = False) -> FileDataset:
    """A new object with the same picture and without what tells who the person is.

    Identifiers are replaced consistently: objects of one study, series or person still belong together, also across
    runs with one salt. EXIF and comments inside JPEG frames are removed; the picture itself is neither changed nor
    searched.

    Args:
        file: as ``open_dicom`` gives it.
        salt: a secret of 16 bytes or more; who has it can link the results to the originals.
        keep_characteristics: keep age, sex, size and weight, and what else PS3.15 E.3.4 lists. An age that only the
            date of birth tells is written down, for the date goes.

    Raises:
        UsageError: the salt is too short.
        InvalidInputError: text is burned into the picture, or the object is damaged.
    """
    if len(salt) < MIN_SALT:
        raise UsageError.about("deidentify", "salt", f"has {len(salt)} bytes", expected=f"{MIN_SALT} or more")
    table = confidentiality_table(keep_characteristics)
    with dicom_boundary(file.source):
        if str(file.dataset.get("BurnedInAnnotation", "")).strip().upper() == "YES":
            problem, expected = "is YES", "a picture without text burned into it"
            raise InvalidInputError.about(file.source, "BurnedInAnnotation", problem, expected=expected)
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = file.dataset.file_meta.TransferSyntaxUID
        meta.MediaStorageSOPClassUID = file.dataset.SOPClassUID
        meta.MediaStorageSOPInstanceUID = UID(replaced_uid(uid_of(file, "SOPInstanceUID"), salt))
        found = FileDataset(io.BytesIO(), _kept(file.dataset, table, salt), file_meta=meta, preamble=bytes(128))
        _strip_frames(found, file)
        if keep_characteristics:
            _state_age(found, file)
        _state_method(found, keep_characteristics)
    return found


def _kept(dataset: Dataset, table: dict[str, str], salt: bytes) -> Dataset:
    kept = Dataset()
    for element in dataset:
        action = table.get(element.keyword, "X")
        if action == "K" and element.VR == "SQ":
            items = [_kept(item, table, salt) for item in element.value]
            kept.add_new(element.tag, "SQ", items)
        elif action == "K":
            _keep(element, kept)
        elif action == "Z":
            kept.add_new(element.tag, element.VR, [] if element.VR == "SQ" else None)
        elif action == "D":
            kept.add_new(element.tag, element.VR, _dummy(element, salt))
        elif action == "U" and element.value:
            several = isinstance(element.value, MultiValue)
            uids = [replaced_uid(str(uid), salt) for uid in (element.value if several else [element.value])]
            kept.add_new(element.tag, element.VR, uids if several else uids[0])
    return kept


def _keep(element: DataElement, kept: Dataset) -> None:
    """Add the element with those of its values that its kind may hold; a name where a number belongs does not stay."""
    values = list(element.value) if isinstance(element.value, MultiValue) else [element.value]
    valid = [value for value in values if _is_of_kind(value, element.VR)]
    if len(valid) == len(values):
        kept.add(element)
    elif element.VR == "CS" and valid:  # of numbers all stay or none: each has its place
        kept.add_new(element.tag, "CS", valid)


def _is_of_kind(value: Any, kind: str) -> bool:
    if value is None or value == "":  # an element may have to be there, though empty
        return True
    try:
        validate_value(kind, getattr(value, "original_string", value), RAISE)  # numbers keep the text they came from
    except (TypeError, ValueError):
        return False
    return True


def _dummy(element: DataElement, salt: bytes) -> Any:
    """What takes the place of a value: for a text, one that is the same for the same text."""
    if not element.value:  # an empty one stays empty, or all people without a number would become one person
        return element.value
    if element.VR == "SQ":
        return [Dataset()]
    if element.VR == "UI":
        return replaced_uid(str(element.value), salt)
    pseudonym = opaque_name(str(element.value), salt, kind=element.keyword)
    return _DUMMIES.get(element.VR, pseudonym[: _SHORT.get(element.VR)])


def _state_age(found: FileDataset, file: DicomFile) -> None:
    if "PatientAge" in found:
        return
    try:
        years = read_person(file, ["age"]).age
    except InvalidInputError:  # a date that is none goes like any other
        return
    if years is not None:
        found.PatientAge = f"{int(years):03d}Y" if years >= 2 else f"{int(12 * years):03d}M"


def _strip_frames(found: FileDataset, file: DicomFile) -> None:
    if found.file_meta.TransferSyntaxUID not in _JPEG:
        return
    check_fragments(file.dataset, file.shape, file.source)
    frames = [without_metadata(frame) for frame in frames_of(file.dataset, file.shape.frames)]
    found.PixelData = encapsulate(frames)
    found["PixelData"].VR = "OB"
    found["PixelData"].is_undefined_length = True


def _state_method(found: FileDataset, keep_characteristics: bool) -> None:
    found.PatientIdentityRemoved = "YES"
    found.LongitudinalTemporalInformationModified = "REMOVED"
    found.DeidentificationMethod = f"monai_skin {__version__}, elements by allow-list, pixels unchanged"
    codes = []
    for value, meaning in _METHODS.items():
        if value == "113108" and not keep_characteristics:
            continue
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
        codes.append(item)
    found.DeidentificationMethodCodeSequence = codes
