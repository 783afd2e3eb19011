# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Colour profiles written by hand (ICC.1:2010, a matrix and one curve), and the colour mathematics to judge by.

White point and primaries of the spaces are those of their standards; Bradford's matrix adapts them to D50.
"""

from __future__ import annotations

import struct

import numpy as np

D65, D50 = np.array([0.95047, 1.0, 1.08883]), np.array([0.96422, 1.0, 0.82521])
PRIMARIES = {
    "Adobe RGB (1998)": [(0.64, 0.33), (0.21, 0.71), (0.15, 0.06)],
    "Display P3": [(0.68, 0.32), (0.265, 0.69), (0.15, 0.06)],
    "sRGB": [(0.64, 0.33), (0.30, 0.60), (0.15, 0.06)],
}
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def adaptation(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    gains = np.diag((_BRADFORD @ target) / (_BRADFORD @ source))
    return np.linalg.inv(_BRADFORD) @ gains @ _BRADFORD


def to_xyz_d50(space: str) -> np.ndarray:
    """The matrix from linear RGB to XYZ under D50."""
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in PRIMARIES[space]]).T
    return adaptation(D65, D50) @ columns @ np.diag(np.linalg.solve(columns, D65))


def profile(space: str, gamma: float, *, colour_space: bytes = b"RGB ") -> bytes:
    """A version 2 display profile of three primaries and one power curve."""

    def xyz(values: np.ndarray) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *np.round(values * 65536).astype(int))

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    text = b"text\0\0\0\0made for a test\0"
    name = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + bytes(78)
    tags = [(b"desc", name), (b"cprt", text), (b"wtpt", xyz(D50))]
    tags += [(key, xyz(column)) for key, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), to_xyz_d50(space).T, strict=True)]
    tags += [(key, curve) for key in (b"rTRC", b"gTRC", b"bTRC", b"kTRC")]
    table, body, place = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for key, content in tags:
        padded = content + bytes(-len(content) % 4)
        table += key + struct.pack(">II", place + len(body), len(content))
        body += padded
    size = place + len(body)
    header = struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", 0x02100000, b"mntr", colour_space, b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", *np.round(D50 * 65536).astype(int))
    return header.ljust(128, b"\0") + table + body


def srgb_from_linear(linear: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055)


def linear_from_srgb(value: np.ndarray) -> np.ndarray:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(linear: np.ndarray, space: str) -> np.ndarray:
    """CIE 1976 L*a*b* of linear RGB on the last axis."""
    ratio = linear @ to_xyz_d50(space).T / D50
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack(
        [116 * root[..., 1] - 16, 500 * (root[..., 0] - root[..., 1]), 200 * (root[..., 1] - root[..., 2])], axis=-1
    )
