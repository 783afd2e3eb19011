# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``python -m monai_skin``."""

from __future__ import annotations

import sys

from monai_skin.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
