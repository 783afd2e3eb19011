# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The dataset every training, validation and prediction reads from."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.pool import ThreadPool
from typing import Any, cast

import cv2
import numpy as np
import torch
from monai.data import MetaTensor
from monai.transforms import Compose, Randomizable, Transform
from monai.transforms.traits import RandomizableTrait
from torch.utils.data import Dataset, get_worker_info
from tqdm import tqdm

from monai_skin.data.items import Item
from monai_skin.errors import InvalidInputError, SkinError, StorageError, UsageError, skin_error_in
from monai_skin.io import StandIn
from monai_skin.labels import UNKNOWN

__all__ = ["LesionDataset"]

_MAX_WORKERS = 256
_STAND_IN_SIDE = 64
_PICTURES = ("image", "paired_image")


class LesionDataset(Dataset[Item]):
    """Items of a datalist after their transforms, the same whatever the number of workers.

    Before each item, the random transforms are seeded from ``(seed, epoch, image_id)``. So a run that is stopped and
    resumed at an epoch, or repeated with other workers, sees the same pictures bit for bit.

    A missing age is NaN in what comes out, because a batch cannot hold ``None``.

    Args:
        data: datalist; every item needs an ``image_id``.
        transform: usually a MONAI ``Compose``.
        seed: of the random transforms.
        cache_rate: share of the items, from the first, whose leading deterministic transforms are run once and kept
            in memory. The first random transform, or a ``Compose`` inside this one, ends the part that is kept.
        set_aside: instead of raising, put a small grey picture in the place of one that cannot be used, or of both of
            a pair, with the reason under ``error``, which is ``""`` for all others. ``file`` then holds the path.
        progress: show a bar while the cache fills.

    Raises:
        SkinError: from indexing, with the item's id, when a transform fails on it.
    """

    def __init__(
        self,
        data: Sequence[Item],
        transform: Callable[[Any], Any] | None = None,
        *,
        seed: int = 0,
        cache_rate: float = 0.0,
        set_aside: bool = False,
        progress: bool = True,
    ) -> None:
        if not 0 <= cache_rate <= 1:
            raise UsageError(f"cache_rate is {cache_rate}; expected a share from 0 to 1")
        self.data = list(data)
        self.transform = transform
        self.seed = seed
        self.set_aside = set_aside
        # in shared memory, so that workers that outlive an epoch see the new number, and we see their last item
        self._epoch = _shared(1, 0)
        self._at_work = _shared(_MAX_WORKERS, -1)
        self._first_random = _first_random(transform)
        self._cache: list[Any] = self._fill_cache(round(cache_rate * len(self.data)), progress)

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> Any:
        if not -len(self) <= index < len(self):
            raise IndexError(f"index is {index}; expected less than {len(self)}")
        index %= len(self)
        worker = get_worker_info()
        if worker is not None:
            self._at_work[worker.id % _MAX_WORKERS] = index
        try:
            return self._finish(self._transformed(index), self.data[index], error="")
        except SkinError as error:
            if not self.set_aside:
                raise
            return self._finish(self._stand_in(index), self.data[index], error=str(error))
        finally:
            if worker is not None:
                self._at_work[worker.id % _MAX_WORKERS] = -1

    def set_epoch(self, epoch: int) -> None:
        """Draw other random transforms from now on; call it before each epoch."""
        self._epoch[0] = epoch

    def at_work(self) -> list[str]:
        """Ids of the items that workers have begun and not finished, such as one that ended a worker."""
        return [str(self.data[index]["image_id"]) for index in self._at_work.tolist() if index >= 0]

    def _transformed(self, index: int) -> Any:
        self._reseed(index)
        cached = self._cache[index] if index < len(self._cache) else None
        if cached is None:
            return self._apply(self.transform, self.data[index], self.data[index])
        rest = cast(Compose, self.transform)
        start = self._first_random
        return self._apply(lambda item: rest(item, start=start), _copied(cached), self.data[index])

    def _reseed(self, index: int) -> None:
        transform: Any = self.transform
        if isinstance(transform, Randomizable):
            text = f"{self.seed}/{int(self._epoch)}/{self.data[index]['image_id']}"
            digest = hashlib.blake2b(text.encode(), digest_size=4).digest()
            transform.set_random_state(seed=int.from_bytes(digest, "little"))

    def _apply(self, transform: Callable[[Any], Any] | None, start: Any, item: Item) -> Any:
        """Run a transform; whatever it raises becomes one typed error that names the item."""
        if transform is None:
            return dict(start)
        try:
            return transform(dict(start))
        except Exception as error:
            raise _about_item(error, str(item["image_id"])) from error

    def _fill_cache(self, count: int, progress: bool) -> list[Any]:
        if not count or not self._first_random:
            return []
        with ThreadPool(min(8, os.cpu_count() or 1)) as pool:
            work = pool.imap(self._leading_part, range(count))
            return list(tqdm(work, total=count, desc="reading", unit="image", disable=not progress))

    def _leading_part(self, index: int) -> Any:
        lead, end = cast(Compose, self.transform), self._first_random
        try:
            return self._apply(lambda item: lead(item, end=end, threading=True), self.data[index], self.data[index])
        except SkinError:
            if not self.set_aside:
                raise
            return None  # tried again, and set aside, when its turn comes

    def _stand_in(self, index: int) -> Any:
        grey = np.full((_STAND_IN_SIDE, _STAND_IN_SIDE, 3), 128, np.uint8)
        item = {**self.data[index], **{key: _png(grey) for key in _PICTURES if key in self.data[index]}}
        # what could not be used may be one of these
        item |= {key: None if key == "age" else UNKNOWN for key in ("age", "sex", "site") if key in item}
        if "mask" in item:
            item["mask"] = _png(np.zeros(grey.shape[:2], np.uint8))
        self._reseed(index)
        return self._apply(self.transform, item, item)

    def _finish(self, result: Any, item: Item, *, error: str) -> Any:
        if not isinstance(result, Mapping):
            return result
        out = {key: math.nan if value is None else value for key, value in result.items()}
        if self.set_aside:
            out |= {"error": error, "file": str(item.get("file", item["image"]))}
        return out


def _first_random(transform: Callable[[Any], Any] | None) -> int:
    """How many leading transforms give the same result every time."""
    if not isinstance(transform, Compose):
        return 0
    steps = transform.transforms
    return next(
        (i for i, step in enumerate(steps) if isinstance(step, RandomizableTrait) or not isinstance(step, Transform)),
        len(steps),
    )


def _copied(value: Any) -> Any:
    """A copy that later transforms may change; far cheaper than ``deepcopy`` of every tensor's history."""
    if isinstance(value, MetaTensor):
        operations = [dict(operation) for operation in value.applied_operations]
        return MetaTensor(value.as_tensor().clone(), meta=dict(value.meta), applied_operations=operations)
    if isinstance(value, torch.Tensor):
        return value.clone()
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {key: _copied(part) for key, part in value.items()}
    return [_copied(part) for part in value] if isinstance(value, list) else value


def _about_item(error: Exception, image_id: str) -> SkinError:
    known = skin_error_in(error)
    if known is None:
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        kind = StorageError if isinstance(cause, MemoryError) else InvalidInputError
        return kind(f"{image_id}: transform failed with {type(cause).__name__}: {cause}", source=image_id)
    message = str(known)
    text = message if image_id in message else f"{image_id}: {message}"
    return type(known)(text, source=image_id, field=known.field)


def _png(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> StandIn:
    return StandIn(cv2.imencode(".png", pixels)[1].tobytes())


def _shared(length: int, value: int) -> torch.Tensor:
    numbers = torch.full((length,), value, dtype=torch.int64)
    numbers.untyped_storage().share_memory_()
    return numbers
