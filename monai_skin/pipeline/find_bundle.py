# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Where a bundle is: named by hand, in the folder of the environment, or in the checkout."""

from __future__ import annotations

import os
from pathlib import Path

from monai_skin.errors import InvalidInputError

__all__ = ["BUNDLES_VARIABLE", "find_bundle"]

BUNDLES_VARIABLE = "MONAI_SKIN_BUNDLES"


def find_bundle(name: str, folder: str | os.PathLike[str] | None = None) -> Path:
    """The root folder of a bundle.

    Args:
        name: the bundle's folder name, such as ``lesion_segmentation``.
        folder: the root itself; overrides the search.

    Returns:
        ``folder``, else ``$MONAI_SKIN_BUNDLES/<name>``, else ``bundles/<name>`` beside the package in a checkout.

    Raises:
        InvalidInputError: that folder holds no ``configs``.
    """
    if folder is not None:
        root = Path(folder)
    elif os.environ.get(BUNDLES_VARIABLE):
        root = Path(os.environ[BUNDLES_VARIABLE]) / name
    else:
        root = Path(__file__).resolve().parents[2] / "bundles" / name
    if not (root / "configs").is_dir():
        expected = f"a bundle's root, by --bundle or in the folder named by {BUNDLES_VARIABLE}"
        raise InvalidInputError.about(root.name or name, "bundle", "has no configs folder", expected=expected)
    return root
