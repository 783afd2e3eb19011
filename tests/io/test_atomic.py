# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Files are whole or absent: when the process is killed, when the disk is full, when the caller fails."""

from __future__ import annotations

import hashlib
import itertools
import multiprocessing
import os
import random
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from monai_skin.errors import StorageError
from monai_skin.io import (
    atomic_file,
    atomic_write,
    load_checkpoint,
    save_checkpoint,
    save_weights,
    sweep_temporaries,
    write_json,
)


def write_for_ever(target: Path) -> None:
    """Write file after file, each with its own digest in front, until killed."""
    for number in itertools.count():
        body = os.urandom(200_000 + number % 7)
        atomic_write(target, hashlib.sha256(body).digest() + body)


def is_whole(data: bytes) -> bool:
    return hashlib.sha256(data[32:]).digest() == data[:32]


def test_d1_a_kill_at_any_moment_leaves_a_whole_file(tmp_path):
    target, luck = tmp_path / "last.pt", random.Random(0)
    for _ in range(40):
        writer = multiprocessing.get_context("fork").Process(target=write_for_ever, args=(target,))
        writer.start()
        time.sleep(luck.uniform(0.005, 0.08))
        writer.kill()
        writer.join()
        writer.close()
        assert not target.exists() or is_whole(target.read_bytes())
    assert target.exists()
    left_over = len(list(tmp_path.iterdir())) - 1
    assert len(sweep_temporaries(tmp_path)) == left_over
    assert [path.name for path in tmp_path.iterdir()] == ["last.pt"]


def test_d1_what_a_live_process_still_writes_is_not_swept(tmp_path):
    with atomic_file(tmp_path / "model.pt") as stream:
        stream.write(b"half")
        assert sweep_temporaries(tmp_path) == []
        stream.write(b" and half")
    assert (tmp_path / "model.pt").read_bytes() == b"half and half"


def test_a_sweep_touches_only_our_temporaries(tmp_path):
    (tmp_path / "notes.partial").write_text("mine")
    (tmp_path / ".monai_skin-00ff.partial").write_text("left by a killed run")
    (tmp_path / ".monai_skin-11ee.partial").mkdir()
    assert sweep_temporaries(tmp_path) == [".monai_skin-00ff.partial", ".monai_skin-11ee.partial"]
    assert [path.name for path in tmp_path.iterdir()] == ["notes.partial"]


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of one megabyte; without the right to mount one, a limit on file sizes instead."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)]
    if os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0:
        yield tmp_path
        subprocess.run(["umount", str(tmp_path)], check=True)
        return
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    yield tmp_path
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, ignored)


BIG = {"weight": torch.zeros(700_000)}
SMALL = {"weight": torch.ones(3)}


@pytest.mark.parametrize(
    "save",
    [
        lambda path: atomic_write(path, bytes(3_000_000)),
        lambda path: save_checkpoint(path, {"model": BIG}),
        lambda path: save_weights(path, BIG),
        lambda path: write_json(path, ["0" * 3_000_000]),
    ],
    ids=["bytes", "checkpoint", "weights", "document"],
)
def test_d2_a_full_disk_leaves_the_old_file_and_says_so(save, full_disk):
    target = full_disk / "last.pt"
    save_checkpoint(target, {"model": SMALL, "epoch": 3})
    with pytest.raises(StorageError, match=r"^last\.pt: file could not be written \(.+\); expected a writable folder"):
        save(target)
    assert load_checkpoint(target)["epoch"] == 3
    assert [path.name for path in full_disk.iterdir()] == ["last.pt"]
    save_checkpoint(target, {"model": SMALL, "epoch": 4})  # and it works again once there is space
    assert load_checkpoint(target)["epoch"] == 4


def test_d2_a_full_disk_is_recognised_behind_the_error_of_torch(full_disk):
    with pytest.raises(StorageError) as caught, atomic_file(full_disk / "last.pt") as stream:
        torch.save(BIG, stream)
    assert caught.value.exit_code == 7
    assert list(full_disk.iterdir()) == []


def test_d2_an_error_of_torch_itself_is_not_called_a_storage_error(tmp_path):
    with pytest.raises(RuntimeError, match="own mistake"), atomic_file(tmp_path / "a") as stream:
        stream.write(b"1")
        raise RuntimeError("own mistake")
    assert list(tmp_path.iterdir()) == []


def test_d12_a_folder_that_refuses_us_is_a_storage_error(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageError, match="could not be written"):
        atomic_write(tmp_path / "file" / "inside.txt", b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match="could not be written"):
        atomic_write(tmp_path / "folder", b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_a_failed_block_leaves_the_old_content(tmp_path):
    target = tmp_path / "report.html"
    atomic_write(target, b"old")
    with pytest.raises(KeyboardInterrupt), atomic_file(target) as stream:
        stream.write(b"new")
        raise KeyboardInterrupt
    assert target.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_parents_are_made_and_the_usual_permissions_kept(tmp_path):
    before = os.umask(0o027)
    try:
        atomic_write(tmp_path / "a" / "b" / "c.txt", b"1")
    finally:
        os.umask(before)
    assert (tmp_path / "a" / "b" / "c.txt").stat().st_mode & 0o777 == 0o640


def test_names_of_the_longest_kind_can_be_written(tmp_path):
    atomic_write(tmp_path / ("n" * 255), b"1")
    assert len(list(tmp_path.iterdir())) == 1
