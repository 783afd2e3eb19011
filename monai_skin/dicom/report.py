# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What was measured and predicted as a DICOM Structured Report: Comprehensive 3D SR of template TID 1500 (PS3.16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.sr.codedict import codes

from monai_skin.dicom.coding import diagnosis_code, own_code, site_code, snomed
from monai_skin.dicom.extent import lesion_extent
from monai_skin.dicom.person import read_person
from monai_skin.dicom.read import pixel_spacing_of
from monai_skin.dicom.result import DISCLAIMER, MANUFACTURER, ModelIdentity, building, new_uid, own_elements
from monai_skin.errors import InvalidInputError
from monai_skin.io.dicom_header import DicomFile
from monai_skin.labels import DIAGNOSES

__all__ = ["REPORT_SERIES", "make_report"]

REPORT_SERIES = 7002


def make_report(
    source: DicomFile,
    probabilities: Mapping[str, float],
    model: ModelIdentity,
    *,
    mask: npt.NDArray[np.bool_] | None = None,
    segmentation: pydicom.Dataset | None = None,
) -> pydicom.Dataset:
    """A report on one picture in a new series of its study.

    It holds area and largest diameter (in millimetre where the picture is calibrated, else in pixels), the probability
    of each class as a number, the most probable class, and the model with its version, weights and calibration. It is
    neither complete nor verified, and says that it is for research use only.

    Args:
        source: the picture's object, as ``open_dicom`` gives it.
        probabilities: of the classes by code, in [0, 1]; empty where the lesion was outlined only.
        model: what predicted them.
        mask: ``(H, W)``, true where lesion; without it nothing is measured.
        segmentation: the object of :func:`monai_skin.dicom.make_segmentation` on the same picture, to refer to.

    Raises:
        UsageError: highdicom is not installed.
        InvalidInputError: a probability is no probability, or the source lacks elements.
    """
    _check(source, probabilities)
    with building(source) as header:
        import highdicom as hd

        group = _group(source, probabilities, model, mask, segmentation)
        observer = hd.sr.ObserverContext(
            observer_type=codes.DCM.Device,
            observer_identifying_attributes=hd.sr.DeviceObserverIdentifyingAttributes(
                uid=new_uid(), name=MANUFACTURER, manufacturer_name=MANUFACTURER, model_name=model.name
            ),
        )
        content = hd.sr.MeasurementReport(
            observation_context=hd.sr.ObservationContext(observer_device_context=observer),
            procedure_reported=own_code("skin_imaging", "Imaging of the skin"),
            imaging_measurements=[group],
            title=codes.DCM.ImagingMeasurementReport,
        )
        evidence = [header] if segmentation is None else [header, segmentation]
        return hd.sr.Comprehensive3DSR(
            evidence=evidence,
            content=content[0],
            series_description=f"Lesion report. {DISCLAIMER}",
            **own_elements(REPORT_SERIES),
        )


def _check(source: DicomFile, probabilities: Mapping[str, float]) -> None:
    for code, value in probabilities.items():
        if code not in DIAGNOSES or not 0 <= value <= 1:
            problem = f"of {code} is {value}"
            raise InvalidInputError.about(source.source, "probability", problem, expected="a known class, 0 to 1")


def _group(
    source: DicomFile,
    probabilities: Mapping[str, float],
    model: ModelIdentity,
    mask: npt.NDArray[np.bool_] | None,
    segmentation: pydicom.Dataset | None,
) -> Any:
    import highdicom as hd

    tracking = hd.sr.TrackingIdentifier(uid=new_uid(), identifier="skin lesion")
    common: dict[str, Any] = {
        "tracking_identifier": tracking,
        "finding_type": snomed("95324001", "Skin lesion"),
        "algorithm_id": hd.sr.AlgorithmIdentification(model.name, model.version, _parameters(model)),
        "finding_sites": _sites(source),
        "measurements": [*_extent(source, mask), *_probabilities(probabilities)] or None,
        "qualitative_evaluations": _most_probable(probabilities),
    }
    if segmentation is None:
        picture = hd.sr.SourceImageForMeasurementGroup(source.dataset.SOPClassUID, source.dataset.SOPInstanceUID)
        return hd.sr.MeasurementsAndQualitativeEvaluations(source_images=[picture], **common)
    region = hd.sr.ReferencedSegmentationFrame(
        sop_class_uid=segmentation.SOPClassUID,
        sop_instance_uid=segmentation.SOPInstanceUID,
        frame_number=1,
        segment_number=1,
        source_image=hd.sr.SourceImageForSegmentation(source.dataset.SOPClassUID, source.dataset.SOPInstanceUID),
    )
    # a reference names frames or segments, not both (PS3.3 table 10-3)
    del region[0].ReferencedSOPSequence[0].ReferencedFrameNumber
    return hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations(referenced_segment=region, **common)


def _parameters(model: ModelIdentity) -> list[str]:
    return [
        f"weights: SHA-256 {model.weights}",
        f"calibration: {model.calibration or 'none'}",
        DISCLAIMER,
    ]


def _sites(source: DicomFile) -> Any:
    import highdicom as hd

    code = site_code(read_person(source, ["site"]).site)
    return None if code is None else [hd.sr.FindingSite(anatomic_location=code)]


def _extent(source: DicomFile, mask: npt.NDArray[np.bool_] | None) -> list[Any]:
    import highdicom as hd

    if mask is None or not mask.any():
        return []
    extent = lesion_extent(mask, pixel_spacing_of(source))
    pixel = hd.sr.CodedConcept("{pixels}", "UCUM", "pixels")
    area_unit = codes.UCUM.SquareMillimeter if extent.calibrated else pixel
    length_unit = codes.UCUM.Millimeter if extent.calibrated else pixel
    return [
        hd.sr.Measurement(name=codes.SCT.Area, value=extent.area, unit=area_unit),
        hd.sr.Measurement(name=codes.SCT.LongAxis, value=extent.diameter, unit=length_unit),
    ]


def _probabilities(probabilities: Mapping[str, float]) -> list[Any]:
    import highdicom as hd

    return [
        hd.sr.Measurement(
            name=own_code(f"p_{code}", f"Probability of {DIAGNOSES[code].name}"),
            value=float(value),
            unit=codes.UCUM.NoUnits,
        )
        for code, value in probabilities.items()
    ]


def _most_probable(probabilities: Mapping[str, float]) -> list[Any] | None:
    import highdicom as hd

    if not probabilities:
        return None
    best = max(probabilities, key=lambda code: probabilities[code])
    name = own_code("most_probable", "Most probable class of the model")
    return [hd.sr.QualitativeEvaluation(name=name, value=diagnosis_code(best))]
