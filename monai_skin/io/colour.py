# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""From any accepted picture mode to eight-bit sRGB: palettes, alpha, one channel, colour profiles."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

from monai_skin.errors import InvalidInputError

__all__ = ["to_srgb"]

_OPAQUE = frozenset({"RGB", "L", "1", "P", "YCbCr", "RGBX"})
_WITH_ALPHA = frozenset({"RGBA", "LA", "PA", "La", "RGBa"})
_GREY = frozenset({"1", "L", "LA", "La"})
_SAME_COLOUR = 2  # levels of 255: below what anyone sees, above the rounding of two conversions
BROKEN_PROFILE = "its colour profile is damaged and was left out"


def to_srgb(image: Image.Image, *, background: tuple[int, int, int], source: str) -> tuple[Image.Image, list[str]]:
    """Convert to RGB as sRGB, with transparency laid over ``background``.

    Returns:
        The picture, and notes for a person about what could not be honoured.

    Raises:
        InvalidInputError: a mode that has no defined way to eight-bit colour, such as CMYK or 16 bits.
    """
    if image.mode not in _OPAQUE | _WITH_ALPHA:
        problem = f"has mode {image.mode} and 1 page"
        raise InvalidInputError.about(source, "image", problem, expected="8-bit grey, palette or RGB")
    profile = image.info.get("icc_profile")
    if image.mode == "RGB" and not profile and "transparency" not in image.info:
        return image, []
    alpha = _alpha_of(image)
    colours, notes = _without_profile(image, profile)
    if alpha is None:
        return colours, notes
    return Image.composite(colours, Image.new("RGB", image.size, background), alpha), notes


def _alpha_of(image: Image.Image) -> Image.Image | None:
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        return _straight(image).getchannel("A")
    return None


def _straight(image: Image.Image) -> Image.Image:
    """RGBA that is not multiplied by alpha yet."""
    return image.convert("LA").convert("RGBA") if image.mode == "La" else image.convert("RGBA")


def _without_profile(image: Image.Image, profile: object) -> tuple[Image.Image, list[str]]:
    has_alpha = image.mode in _WITH_ALPHA or "transparency" in image.info
    rgb = _straight(image).convert("RGB") if has_alpha else image.convert("RGB")
    if not profile:
        return rgb, []
    if not isinstance(profile, bytes):
        return rgb, [BROKEN_PROFILE]
    try:
        transform = _transform_from(profile)
        return (rgb if transform is None else _applied(transform, image, rgb)), []
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return rgb, [BROKEN_PROFILE]


def _applied(transform: ImageCms.ImageCmsTransform, image: Image.Image, rgb: Image.Image) -> Image.Image:
    if transform.input_mode == "L" and image.mode not in _GREY:
        raise ValueError("a profile for grey in a colour picture")
    source = rgb if transform.input_mode == "RGB" else rgb.convert("L")
    converted = ImageCms.applyTransform(source, transform)
    if converted is None:  # only where the transform works in place
        raise ValueError("no converted picture")
    return converted


@lru_cache(maxsize=16)
def _transform_from(profile: bytes) -> ImageCms.ImageCmsTransform | None:
    """The way from ``profile`` to sRGB, or None where both show the same colours."""
    opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    mode = {"RGB ": "RGB", "GRAY": "L"}.get(opened.profile.xcolor_space)
    if mode is None:
        raise ValueError("the profile is for neither RGB nor grey")
    transform = ImageCms.ImageCmsTransform(opened, srgb, mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC)
    return None if _changes_nothing(transform, mode) else transform


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Judge a profile by what it does, not by the name it gives itself."""
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    before = Image.fromarray(cube if mode == "RGB" else steps[None])
    after = ImageCms.applyTransform(before, transform)
    difference = np.asarray(after, dtype=int) - np.asarray(before.convert("RGB"), dtype=int)
    return bool(np.abs(difference).max() <= _SAME_COLOUR)
