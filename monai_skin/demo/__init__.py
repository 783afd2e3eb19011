# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A page in the browser that classifies one picture at a time, on this machine alone. Research use only."""

from __future__ import annotations

from monai_skin.demo.answer import Models, answer_picture
from monai_skin.demo.server import make_demo_server

__all__ = ["Models", "answer_picture", "make_demo_server"]
