# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What happens when in a run: Ignite handlers, one idea each."""

from __future__ import annotations

from monai_skin.handlers.show_progress import ShowProgress
from monai_skin.handlers.write_lesion_masks import WriteLesionMasks
from monai_skin.handlers.write_report import WriteReport

__all__ = ["ShowProgress", "WriteLesionMasks", "WriteReport"]
