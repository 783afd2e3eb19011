# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Read the published form of each data set into a MONAI datalist."""

from __future__ import annotations

from monai_skin.data.readers.dermoscopy_folder import find_dermoscopy_folder, read_dermoscopy_folder
from monai_skin.data.readers.ham10000 import find_ham10000, read_ham10000

__all__ = ["find_dermoscopy_folder", "find_ham10000", "read_dermoscopy_folder", "read_ham10000"]
