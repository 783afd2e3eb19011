# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Where public data sets can be fetched from, and on whose terms.

The addresses are those the publishers document; publishers move files, so verify them, and read the licence there,
before you rely on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["SOURCES", "RemoteFile", "Source"]

_ISIC = "https://isic-challenge-data.s3.amazonaws.com"
_CC0 = "CC0 1.0"
_CC_BY_NC = "CC BY-NC 4.0"


class RemoteFile(NamedTuple):
    """One file of a data set.

    Args:
        name: what it is called in the data set's folder; an archive is unpacked there.
        md5: digest, where the publisher gives one.
    """

    address: str
    name: str
    md5: str | None = None


class Source(NamedTuple):
    """A data set that can be fetched.

    Args:
        files: empty when ``dataverse`` lists them.
        dataverse: address of a Dataverse dataset's description, which names its files and their digests.
        unpacked_bytes: more than all archives can hold, so that one that holds more is refused.
    """

    licence: str
    credit: str
    files: tuple[RemoteFile, ...] = ()
    dataverse: str = ""
    unpacked_bytes: int = 64 << 30


def _isic(year: int, *names: str) -> tuple[RemoteFile, ...]:
    return tuple(RemoteFile(f"{_ISIC}/{year}/{name}", name) for name in names)


SOURCES: Mapping[str, Source] = {
    "ham10000": Source(
        _CC_BY_NC,
        "ViDIR Group, Medical University of Vienna; Tschandl et al., Scientific Data 2018",
        dataverse="https://dataverse.harvard.edu/api/datasets/:persistentId/?persistentId=doi:10.7910/DVN/DBW86T",
    ),
    "isic2016_task1": Source(
        _CC0,
        "ISIC 2016; Gutman et al., arXiv:1605.01397",
        _isic(
            2016, *(f"ISBI2016_ISIC_Part1_{s}_{k}.zip" for s in ("Training", "Test") for k in ("Data", "GroundTruth"))
        ),
    ),
    "isic2017": Source(
        _CC0,
        "ISIC 2017; Codella et al., arXiv:1710.05006",
        tuple(
            file
            for section in ("Training", "Validation", "Test_v2")
            for file in _isic(
                2017,
                f"ISIC-2017_{section}_Data.zip",
                f"ISIC-2017_{section}_Part1_GroundTruth.zip",
                f"ISIC-2017_{section}_Part3_GroundTruth.csv",
            )
        ),
    ),
    "isic2018_task1": Source(
        _CC_BY_NC,
        "ISIC 2018; Codella et al., arXiv:1902.03368; Tschandl et al., Scientific Data 2018",
        tuple(
            file
            for section in ("Training", "Validation", "Test")
            for file in _isic(
                2018, f"ISIC2018_Task1-2_{section}_Input.zip", f"ISIC2018_Task1_{section}_GroundTruth.zip"
            )
        ),
    ),
    "isic2019": Source(
        _CC_BY_NC,
        "ISIC 2019; Tschandl et al. 2018; Codella et al., arXiv:1710.05006; Hernández-Pérez et al. 2024",
        _isic(
            2019,
            "ISIC_2019_Training_Input.zip",
            "ISIC_2019_Training_GroundTruth.csv",
            "ISIC_2019_Training_Metadata.csv",
        ),
    ),
}
