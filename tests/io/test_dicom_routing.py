# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``io.dicom_routing``."""

from __future__ import annotations

import pytest

from monai_skin.errors import InvalidInputError
from monai_skin.io.dicom_routing import read_dicom_routing
from tests.dicom.objects import INSTANCE, PHOTOGRAPHIC, object_bytes

SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"


def test_kind_identifier_and_modality_are_read():
    found = read_dicom_routing(object_bytes())
    assert found == (PHOTOGRAPHIC, INSTANCE, "XC", "1.2.840.10008.1.2.1", False)


@pytest.mark.parametrize(
    ("elements", "own"),
    [
        ({"Manufacturer": "monai_skin", "SOPClassUID": SEGMENTATION}, True),
        ({"Manufacturer": "monai_skin", "ImageType": ["DERIVED", "SECONDARY"]}, True),
        ({"Manufacturer": "monai_skin", "ImageType": ["ORIGINAL", "PRIMARY"]}, False),  # a wrapped photograph
        ({"Manufacturer": "another", "SOPClassUID": SEGMENTATION}, False),
    ],
)
def test_a_result_of_this_package_is_known_by_its_maker_and_kind(elements, own):
    assert read_dicom_routing(object_bytes(**elements)).is_own_result is own


@pytest.mark.parametrize("data", [b"", b"no", bytes(200)])
def test_what_is_no_object_is_refused(data):
    with pytest.raises(InvalidInputError, match="opaque: "):
        read_dicom_routing(data, source="opaque")


def test_an_object_that_says_nothing_gives_empty_words():
    found = read_dicom_routing(object_bytes(Modality=None, SOPClassUID=None))
    assert (found.modality, found.sop_class_uid) == ("", "")
