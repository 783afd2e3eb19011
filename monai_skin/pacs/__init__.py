# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A node of a hospital's network: objects in by C-STORE, results back by C-STORE or STOW-RS. Needs the extra ``pacs``.

What is received is kept on the disk until its results are delivered, or until a person looked at why they are not.
"""

from __future__ import annotations

from monai_skin.pacs.read_settings import read_settings
from monai_skin.pacs.settings import DestinationSettings, NodeSettings, RouteSettings
from monai_skin.pacs.spool import Spool

__all__ = ["DestinationSettings", "NodeSettings", "RouteSettings", "Spool", "read_settings"]
