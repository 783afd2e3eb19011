# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What stands in a batch for a picture that could not be used."""

from __future__ import annotations

__all__ = ["StandIn"]


class StandIn(bytes):
    """An encoded grey picture in place of one that could not be used.

    It goes through the transforms as any other, so that the rest of its batch is answered; what comes of it is set
    aside. A transform that needs to know more of a picture than its pixels can tell it by its type.
    """
