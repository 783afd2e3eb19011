# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Fetch public data sets, when and only when a person asks for it."""

from __future__ import annotations

from monai_skin.data.download.dataset import download_dataset
from monai_skin.data.download.fetch import download_file
from monai_skin.data.download.sources import SOURCES, RemoteFile, Source

__all__ = ["SOURCES", "RemoteFile", "Source", "download_dataset", "download_file"]
