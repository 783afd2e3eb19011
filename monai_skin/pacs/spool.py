# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The folder in which received objects, results and what was set aside are kept, and the queue that knows of them.

Names of files are opaque; nothing a peer sends becomes a part of a path. An object is written and flushed first, its
row second, and only then may the sender be told of success. Where files and rows differ after a crash, rows are right.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from monai_skin import __version__
from monai_skin.errors import IntegrityError, InvalidInputError, UsageError
from monai_skin.io.atomic import atomic_file, atomic_write, flush_folder, storage_error, sweep_temporaries
from monai_skin.io.documents import write_json
from monai_skin.io.files import read_bytes
from monai_skin.pacs.owners import is_alive
from monai_skin.pacs.queue import Queue
from monai_skin.pacs.rows import DONE, PROCESSED, QUARANTINED, RECEIVED, WAITING, Arrival, Failure, Item

__all__ = ["PRIVATE_FILE", "PRIVATE_FOLDER", "Spool"]

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
_FOLDERS = ("incoming", "results", "quarantine", "work", "tracebacks")
_KEY, _KEY_BYTES, _ID_LENGTH, _LOCKS = "site.key", 32, 20, 64
RESULT_SUFFIX = ".dcm"


class Spool:
    """What was received, and what became of it.

    Args:
        folder: made if absent, for its owner only.
        limit: of objects waiting; more are refused.
        clock: seconds since 1970.
    """

    def __init__(
        self, folder: str | os.PathLike[str], *, limit: int = 10_000, clock: Callable[[], float] = time.time
    ) -> None:
        self.folder = Path(folder)
        try:
            for path in (self.folder, *(self.folder / name for name in _FOLDERS)):
                path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
                path.chmod(PRIVATE_FOLDER)
            self._key = self._read_key()
            database = self.folder / "queue.sqlite"
            database.touch(PRIVATE_FILE)
        except OSError as error:
            raise storage_error(self.folder.name, error) from error
        self.queue = Queue(database, limit=limit, clock=clock)
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    def _read_key(self) -> bytes:
        path = self.folder / _KEY
        if not path.exists():
            atomic_write(path, secrets.token_bytes(_KEY_BYTES), mode=PRIVATE_FILE)
        key = read_bytes(path)
        if len(key) != _KEY_BYTES:
            raise IntegrityError.about(_KEY, "length", f"is {len(key)} bytes", expected=f"{_KEY_BYTES}")
        return key

    def close(self) -> None:
        self.queue.close()

    def id_of(self, uid: str, digest: str) -> str:
        """20 characters that stand for an object and tell nothing of it; other content has another name."""
        found = hmac.digest(self._key, f"{uid}\0{digest}".encode(), "sha256")
        return base64.b32encode(found)[:_ID_LENGTH].decode()

    def receive(
        self,
        parts: Sequence[bytes | memoryview],
        *,
        uid: str,
        sop_class: str = "",
        calling: str = "",
        failure: Failure | None = None,
    ) -> str:
        """Keep an object; once this returns, it outlives a power cut.

        The same object a second time changes nothing. Another object of the same UID is set aside.

        Args:
            parts: the file's header and the data set as it came, in this order; the identity is that of the last.
            uid: SOPInstanceUID as it came.
            sop_class: SOPClassUID as it came.
            calling: title of the peer.
            failure: why it is to be set aside at once.

        Returns:
            Its id.

        Raises:
            StorageError: the disk is full, or too many wait. Nothing was kept.
        """
        plain = uid.encode("utf-8", "backslashreplace").decode()  # half of a surrogate pair is no text for a table
        digest = hashlib.sha256(parts[-1]).hexdigest()
        name = self.id_of(plain, digest)
        size = sum(len(part) for part in parts)
        arrival = Arrival(name, plain, sop_class, calling.encode("utf-8", "backslashreplace").decode(), digest, size)
        with self._locks[hash(name) % _LOCKS]:
            if self.queue.find(name) is not None:
                return name
            self.queue.check_room()
            with atomic_file(self.incoming(name), mode=PRIVATE_FILE) as stream:
                for part in parts:
                    stream.write(part)
            try:
                self.queue.admit(arrival, failure)
            except BaseException:
                self.incoming(name).unlink(missing_ok=True)
                raise
        found = self.queue.find(name)
        if found is not None and found.state == QUARANTINED:
            self._follow(found)
        return name

    def incoming(self, name: str) -> Path:
        """Where a received object is while it waits."""
        return self.folder / "incoming" / f"{name}.dcm"

    def results(self, name: str) -> list[Path]:
        """The result objects of an item that wait to be sent."""
        return sorted((self.folder / "results" / name).glob(f"*{RESULT_SUFFIX}"))

    def finish(self, name: str, results: Mapping[str, Path], *, outcome: str, destinations: Sequence[str] = ()) -> None:
        """Keep an item's results and let them be sent; without destinations the item is done.

        Args:
            name: the item's id.
            results: file to keep by the name it gets, such as ``seg``.
            outcome: what became of it, in one word.
            destinations: names of those that get the results.
        """
        target, fresh = self.folder / "results" / name, self.folder / "work" / f"results-{name}"
        if results:
            self._forget(fresh, target)
            fresh.mkdir(mode=PRIVATE_FOLDER)
            for kind, path in results.items():
                atomic_write(fresh / f"{kind}{RESULT_SUFFIX}", read_bytes(path), mode=PRIVATE_FILE)
            os.replace(fresh, target)
            flush_folder(target.parent)
        self._advance(name, PROCESSED if destinations and results else DONE, outcome=outcome, destinations=destinations)

    def delivered(self, item: Item) -> None:
        """All destinations have the item's results."""
        self._advance(item.id, DONE, outcome=item.outcome)

    def set_aside(self, name: str, failure: Failure) -> None:
        """Put an item into quarantine with the reason."""
        self.queue.set_aside(name, failure)
        self._follow_by_name(name)

    def retry(self, names: Iterable[str] | None = None) -> list[str]:
        """Try quarantined items once more, all of them by default.

        Raises:
            UsageError: an id is not of an item in quarantine.
        """
        chosen = self._in_quarantine(names)
        for name in chosen:
            if not self.incoming(name).exists():  # before the row, for a worker may take it at once
                os.link(self.folder / "quarantine" / name / "object.dcm", self.incoming(name))
                flush_folder(self.folder / "incoming")
            self.queue.retry(name)
            self._follow_by_name(name)
        return chosen

    def discard(self, names: Iterable[str]) -> list[str]:
        """Delete quarantined items for good; the same object sent again is not taken up again.

        Raises:
            UsageError: an id is not of an item in quarantine.
        """
        chosen = self._in_quarantine(names)
        for name in chosen:
            self._advance(name, DONE, outcome="discarded")
        return chosen

    def _in_quarantine(self, names: Iterable[str] | None) -> list[str]:
        there = [item.id for item in self.queue.items(QUARANTINED)]
        chosen = there if names is None else list(names)
        for name in chosen:
            if name not in there:
                problem, expected = f"{name[:_ID_LENGTH]!r} is not in quarantine", "an id that status shows there"
                raise UsageError.about("pacs", "id", problem, expected=expected)
        return chosen

    def release_dead(self, alive: Callable[[str], bool] = is_alive) -> list[str]:
        """Let wait again what dead processes had claimed; ids of those that were set aside instead."""
        poison = self.queue.release_dead(alive)
        for name in poison:
            self._follow_by_name(name)
        return poison

    def sweep_incoming(self) -> None:
        """Remove what was received in part, of which no sender was told success; only while nothing is received."""
        sweep_temporaries(self.folder / "incoming")
        known = {item.id for item in self.queue.items(*WAITING)}
        for path in (self.folder / "incoming").iterdir():
            if path.stem not in known and self.queue.find(path.stem) is None:
                path.unlink()

    def recover(self) -> None:
        """Make files agree with rows after a crash; only while no other process uses the folder."""
        self.sweep_incoming()
        for name in _FOLDERS:
            sweep_temporaries(self.folder / name)
        for path in (self.folder / "work").iterdir():
            shutil.rmtree(path, ignore_errors=True)
        known = {item.id: item for item in self.queue.items(*WAITING, QUARANTINED)}
        for path in (self.folder / "incoming").iterdir():
            if path.stem not in known:
                path.unlink()
        for folder in ("results", "quarantine"):
            for path in (self.folder / folder).iterdir():
                if path.name not in known:
                    shutil.rmtree(path, ignore_errors=True)
        for item in known.values():
            self._follow(item)

    def _advance(self, name: str, state: str, *, outcome: str, destinations: Sequence[str] = ()) -> None:
        self.queue.advance(name, state, outcome=outcome, destinations=destinations)
        self._follow_by_name(name)

    def _follow_by_name(self, name: str) -> None:
        item = self.queue.find(name)
        if item is None:
            raise InvalidInputError.about(name, "item", "is not in the queue", expected="one that was received")
        self._follow(item)

    def _follow(self, item: Item) -> None:
        """Bring an item's files to where its row says they are; does nothing the second time."""
        waiting, aside = self.incoming(item.id), self.folder / "quarantine" / item.id
        results = self.folder / "results" / item.id
        if item.state == QUARANTINED:
            self._move_aside(item, waiting, aside)
            if item.failure.stage != "send":  # a later try sends the same results, not new ones
                self._forget(results)
        elif item.state == DONE:
            waiting.unlink(missing_ok=True)
            self._forget(results, aside)
        else:
            if not waiting.exists() and (aside / "object.dcm").exists():
                os.replace(aside / "object.dcm", waiting)
                flush_folder(waiting.parent)
            self._forget(aside)
            if item.state == RECEIVED:
                self._forget(results)

    def _move_aside(self, item: Item, waiting: Path, aside: Path) -> None:
        aside.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        if waiting.exists():
            os.replace(waiting, aside / "object.dcm")
            waiting.unlink(missing_ok=True)  # two names of one file stay two when one is moved to the other
        reason = {
            "id": item.id,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.queue.clock())),
            **item.failure._asdict(),
            "attempts": item.attempts,
            "software": f"monai_skin {__version__}",
        }
        write_json(aside / "reason.json", reason, mode=PRIVATE_FILE)
        flush_folder(aside)
        flush_folder(aside.parent)

    @staticmethod
    def _forget(*folders: Path) -> None:
        for folder in folders:
            with suppress(FileNotFoundError):
                shutil.rmtree(folder)
