# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A photograph as a Dermoscopic Photography object (PS3.3 A.32.11), without what its file tells of the person."""

from __future__ import annotations

import datetime
import io
import re
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import RE_VALID_UID, UID, ExplicitVRLittleEndian, JPEGBaseline8Bit

from monai_skin import __version__
from monai_skin.dicom.result import MANUFACTURER, new_uid
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import FileOrBytes, read_image
from monai_skin.io.decoding import MAX_PIXELS, OpenedPicture, most_bytes, open_picture
from monai_skin.io.files import read_bytes, source_name
from monai_skin.io.jpeg_segments import jpeg_frame, without_metadata
from monai_skin.io.orientation import orientation_of
from monai_skin.labels import SITES, UNKNOWN, parse_age, parse_sex, parse_site

__all__ = ["WrapOptions", "wrap_photograph"]

_DERMOSCOPIC = UID("1.2.840.10008.5.1.4.1.1.77.1.7")
_CONTACT = {"contact": "CONTACT", "non_contact": "NON_CONTACT", "": ""}
_LIGHT = {"polarized": "POLARIZED", "non_polarized": "NON_POLARIZED", "": ""}


@dataclass(frozen=True)
class WrapOptions:
    """What is known of the photograph; all of it may be missing.

    Args:
        patient_id: a pseudonym; "UNKNOWN" by default, since an archive needs one.
        age: years.
        sex: female, male or unknown.
        site: a name of ``labels.SITES``.
        laterality: R, L, B, or empty.
        spacing: millimetre a pixel, where the picture is calibrated.
        contact: "contact", "non_contact" or empty.
        light: "polarized", "non_polarized" or empty.
        study_uid: of the study it belongs to; a new one by default.
    """

    patient_id: str = "UNKNOWN"
    age: float | str | None = None
    sex: str = ""
    site: str = ""
    laterality: str = ""
    spacing: float | None = None
    contact: str = ""
    light: str = ""
    study_uid: str = ""


def wrap_photograph(file: FileOrBytes, options: WrapOptions | None = None, *, source: str | None = None) -> FileDataset:
    """Build the object from a JPEG, PNG, BMP or TIFF picture.

    An upright baseline JPEG of subsampled colours without a colour profile is kept as it was compressed, without EXIF,
    XMP, IPTC, thumbnails and comments; any other picture is decoded, turned upright, converted to sRGB and stored
    uncompressed.

    Args:
        file: a path, or the content of a file.
        options: what is known of the photograph.
        source: what errors call it; the file's name by default.

    Raises:
        InvalidInputError: the picture cannot be read, or an option is outside its vocabulary.
        UsageError: an option that is a choice is none of its words.
    """
    chosen = options or WrapOptions()
    name = source_name(file, source)
    data = read_bytes(file, source=name, max_bytes=most_bytes(MAX_PIXELS))
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = _DERMOSCOPIC, UID(new_uid())
    found = FileDataset(io.BytesIO(), {}, file_meta=meta, preamble=bytes(128))
    found.SOPClassUID, found.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    _add_context(found, chosen)
    _add_person(found, chosen)
    _add_dermoscopy(found, chosen)
    _add_pixels(found, data, name)
    return found


def _add_context(found: Dataset, chosen: WrapOptions) -> None:
    now = datetime.datetime.now()
    found.SpecificCharacterSet = "ISO_IR 192"
    found.ImageType = ["ORIGINAL", "PRIMARY"]
    found.StudyDate = found.ContentDate = now.strftime("%Y%m%d")
    found.StudyTime = found.ContentTime = now.strftime("%H%M%S")
    found.AcquisitionDateTime = ""
    found.Modality, found.Manufacturer = "DMS", MANUFACTURER
    found.ManufacturerModelName, found.DeviceSerialNumber = MANUFACTURER, "1"
    found.SoftwareVersions = __version__
    found.AccessionNumber = found.ReferringPhysicianName = found.StudyID = ""
    found.SeriesNumber = found.InstanceNumber = 1
    if chosen.study_uid and (len(chosen.study_uid) > 64 or not re.fullmatch(RE_VALID_UID, chosen.study_uid)):
        raise UsageError.about("wrap", "study UID", "is not valid", expected="at most 64 digits and dots")
    found.StudyInstanceUID = chosen.study_uid or new_uid()
    found.SeriesInstanceUID, found.FrameOfReferenceUID = new_uid(), new_uid()
    found.PositionReferenceIndicator = ""
    found.AcquisitionContextSequence = []


def _add_person(found: Dataset, chosen: WrapOptions) -> None:
    found.PatientName, found.PatientID, found.PatientBirthDate = "", chosen.patient_id, ""
    sex = parse_sex(chosen.sex, source="wrap", field="sex")
    found.PatientSex = {"female": "F", "male": "M"}.get(sex, "")
    years = parse_age(chosen.age, source="wrap", field="age")
    if years is not None:
        found.PatientAge = f"{years:03.0f}Y" if years >= 2 else f"{12 * years:03.0f}M"
    found.PatientOrientation = ""
    site = parse_site(chosen.site, source="wrap", field="site")
    if site != UNKNOWN and not SITES[site].snomed:
        known = ", ".join(name for name, place in SITES.items() if place.snomed)
        raise InvalidInputError.about("wrap", "site", f"is {site!r}, which has no code", expected=f"one of {known}")
    if site != UNKNOWN:
        found.AnatomicRegionSequence = [_code(SITES[site].snomed, site)]
    if chosen.laterality not in ("", "R", "L", "B"):
        raise UsageError.about("wrap", "laterality", f"is {chosen.laterality!r}", expected="R, L or B")
    found.ImageLaterality = chosen.laterality or "U"


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", meaning
    return item


def _add_dermoscopy(found: Dataset, chosen: WrapOptions) -> None:
    for field, value, words in (("contact", chosen.contact, _CONTACT), ("light", chosen.light, _LIGHT)):
        if value not in words:
            known = ", ".join(word for word in words if word)
            raise UsageError.about("wrap", field, f"is {value!r}", expected=f"one of {known}")
    found.RecognizableVisualFeatures, found.BurnedInAnnotation = "NO", "NO"
    found.LightSourcePolarization, found.ContactMethod = _LIGHT[chosen.light], _CONTACT[chosen.contact]
    if chosen.contact == "contact":
        found.ImmersionMedia = ""
    found.EmitterColorTemperature = found.OpticalMagnificationFactor = None
    if chosen.spacing is not None:
        if not 0 < chosen.spacing < float("inf"):
            raise UsageError.about("wrap", "spacing", f"is {chosen.spacing}", expected="a positive number of mm")
        found.PixelSpacing = [f"{chosen.spacing:.10g}"] * 2


def _add_pixels(found: FileDataset, data: bytes, name: str) -> None:
    picture = read_image(data, source=name)  # refuses what is damaged or cut off
    found.Rows, found.Columns = picture.full_size
    found.SamplesPerPixel, found.PlanarConfiguration = 3, 0
    found.BitsAllocated, found.BitsStored, found.HighBit, found.PixelRepresentation = 8, 8, 7, 0
    opened = open_picture(data, source=name)
    found.LossyImageCompression = "01" if opened.kind == "JPEG" else "00"
    jpeg = _kept_jpeg(opened)
    if opened.kind == "JPEG":
        found.LossyImageCompressionRatio = f"{3 * found.Rows * found.Columns / len(jpeg or data):.2f}"
        found.LossyImageCompressionMethod = "ISO_10918_1"
    if jpeg is None:
        pixels = np.ascontiguousarray(picture.pixels.transpose(1, 2, 0)).tobytes()
        found.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        found.PhotometricInterpretation = "RGB"
        found.PixelData = pixels + bytes(len(pixels) % 2)
        found["PixelData"].VR = "OB"
        return
    found.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    found.PhotometricInterpretation = "YBR_FULL_422"
    found.PixelData = encapsulate([jpeg])
    found["PixelData"].VR = "OB"
    found["PixelData"].is_undefined_length = True


def _kept_jpeg(opened: OpenedPicture) -> bytes | None:
    """The bytes of a JPEG that can stay as it was compressed; None for any other picture."""
    if opened.kind != "JPEG" or orientation_of(opened)[0] != 1:
        return None
    frame = jpeg_frame(opened.data)
    # 4:4:4 would be YBR_FULL, which the VL Image module does not have
    if not frame.baseline or frame.has_profile or frame.photometric != "YBR_FULL_422":
        return None
    return without_metadata(opened.data)
