# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A data loader whose errors are the same with and without workers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

from monai.data import DataLoader

from monai_skin.data.dataset import LesionDataset
from monai_skin.errors import SkinError, StorageError

__all__ = ["LesionDataLoader"]

_LAST_OF_OURS = re.compile(r".*^monai_skin\.errors\.\w+: (.*)\Z", re.MULTILINE | re.DOTALL)
_DEAD_WORKER = re.compile(r"DataLoader worker \(pid(\(s\))? [\d, ]+\)")


class LesionDataLoader(DataLoader):
    """MONAI's ``DataLoader`` over a :class:`LesionDataset`, with one-sentence errors.

    PyTorch hands an error of a worker back with the worker's whole traceback for its message, and of a worker that was
    killed it tells the process number alone. Here the first is the sentence it was raised with, and the second names
    the items that were being read.

    Args:
        dataset: the items.
        num_workers: processes that read ahead; 0 reads in this one.
        **words: as for ``torch.utils.data.DataLoader``.
    """

    def __init__(self, dataset: LesionDataset, num_workers: int = 0, **words: Any) -> None:
        super().__init__(dataset, num_workers=num_workers, **words)

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]  # PyTorch promises its own iterator class
        """Batches.

        Raises:
            SkinError: the one a transform raised, in a worker or not.
            StorageError: when a worker was killed, usually for lack of memory.
        """
        try:
            yield from super().__iter__()
        except SkinError as error:
            raise _as_raised(error) from error
        except RuntimeError as error:
            if not _DEAD_WORKER.search(str(error)):
                raise
            items = ", ".join(cast(LesionDataset, self.dataset).at_work()) or "no item"
            problem = f"was killed while at work on {items}"
            expected = "enough memory for num_workers processes"
            raise StorageError.about("data loader", "worker", problem, expected=expected) from error


def _as_raised(error: SkinError) -> SkinError:
    """The error without the traceback that PyTorch wrote into its message."""
    found = _LAST_OF_OURS.match(str(error).rstrip())
    if found is None or not str(error).startswith("Caught "):
        return error
    return type(error)(found[1], source=found[1].split(":")[0])
