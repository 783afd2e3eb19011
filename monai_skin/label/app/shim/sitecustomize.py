# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Let ``import torchvision`` end well beside a CPU build of torch.

The torchvision of the package index is built for CUDA: beside a torch without CUDA its operators are missing and the
import ends in an error. MONAI Label imports it and uses none of those operators here. This stands in for their
declarations just before torchvision is imported, and only then.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import Any


class _DeclareOperators(MetaPathFinder):
    """Finds nothing; declares what is missing when torchvision is looked for."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        if fullname != "torchvision":
            return
        sys.meta_path.remove(self)
        import torch

        if torch.version.cuda is None:
            library = torch.library.Library("torchvision", "DEF")
            library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            self.kept = library  # the declarations live as long as it does
            sys.modules["_monai_skin_torchvision_operators"] = library  # type: ignore[assignment]


sys.meta_path.insert(0, _DeclareOperators())
