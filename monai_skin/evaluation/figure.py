# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A drawing as part of a page."""

from __future__ import annotations

import base64
from html import escape

__all__ = ["figure"]


def figure(svg: bytes, alternative: str, caption: str) -> str:
    """A drawing inside the page; it cannot run anything there."""
    source = "data:image/svg+xml;base64," + base64.b64encode(svg).decode()
    text = escape(f"{alternative}. {caption}".strip())
    return f'<figure><img src="{source}" alt="{escape(alternative)}"><figcaption>{text}</figcaption></figure>\n'
