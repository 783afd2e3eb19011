# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The table of what was received and how far it has come, in SQLite, flushed to the disk at each change.

A row goes ``received`` -> ``processing`` -> ``processed`` -> ``sending`` -> ``done``, or to ``quarantined`` from
anywhere. At every moment ``received = done + waiting + quarantined``: the left side is counted when a row is made, the
right side from the rows.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from monai_skin.errors import StorageError
from monai_skin.pacs.owners import is_alive
from monai_skin.pacs.rows import (
    BACK,
    COLUMNS,
    DONE,
    PROCESSED,
    PROCESSING,
    QUARANTINED,
    RECEIVED,
    SENDING,
    TABLES,
    WAITING,
    Arrival,
    Counts,
    Failure,
    Item,
    item_of,
)

__all__ = ["MOST_CRASHES", "Queue"]

MOST_CRASHES = 2
BUSY_SECONDS = 30.0


class Queue:
    """The table in one file; safe for several threads and processes.

    Args:
        path: of the file; made if absent.
        limit: of items waiting; more are refused.
        clock: seconds since 1970.
    """

    def __init__(self, path: Path, *, limit: int = 10_000, clock: Callable[[], float] = time.time) -> None:
        self.limit, self.clock = limit, clock
        self._lock = threading.RLock()
        with _storage("opened"):
            self._database = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=64
            )
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=FULL")
            self._database.executescript(TABLES)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """One change that is on the disk as a whole when the block ends, or not at all."""
        with self._lock, _storage("changed"):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def _read(self, text: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        with self._lock, _storage("read"):
            return self._database.execute(text, values).fetchall()

    def check_room(self) -> None:
        """Refuse another object while too many wait.

        Raises:
            StorageError: as many wait as are allowed.
        """
        marks = ", ".join("?" * len(WAITING))
        (waiting,) = self._read(f"SELECT COUNT(*) FROM items WHERE state IN ({marks})", WAITING)[0]  # noqa: S608
        if int(str(waiting)) >= self.limit:
            raise StorageError.about("queue", "length", f"is {waiting}", expected=f"fewer than {self.limit}")

    def admit(self, arrival: Arrival, failure: Failure | None = None) -> bool:
        """Make a row, unless there is one of that name.

        An object whose UID another object has already is set aside: which of the two is right, only a person can tell.

        Args:
            arrival: what came in; its file is on the disk by now.
            failure: why it is set aside at once.

        Returns:
            Whether the row is new.
        """
        with self._change() as database:
            if database.execute("SELECT 1 FROM items WHERE id = ?", (arrival.id,)).fetchone():
                return False
            if failure is None and database.execute("SELECT 1 FROM items WHERE uid = ?", (arrival.uid,)).fetchone():
                message = "SOPInstanceUID is that of another object with other content"
                failure = Failure("receive", "IntegrityError", "SOPInstanceUID", message)
            state = RECEIVED if failure is None else QUARANTINED
            now = self.clock()
            database.execute(
                "INSERT INTO items (id, uid, sop_class, calling, digest, bytes, state, arrived, changed)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*arrival, state, now, now),
            )
            if failure is not None:
                self._explain(database, arrival.id, failure)
            database.execute("UPDATE totals SET value = value + 1 WHERE name = 'received'")
        return True

    def claim(self, state: str, owner: str, *, most: int = 1) -> list[Item]:
        """Take the oldest items that are due, all at once, so that no other process gets them.

        An item that was being worked on when its process died comes alone: if it is to blame, it harms no other.
        """
        taken = PROCESSING if state == RECEIVED else SENDING
        with self._change() as database:
            now = self.clock()
            rows = database.execute(
                "SELECT id, crashes FROM items WHERE state = ? AND next_attempt <= ? ORDER BY arrived, id LIMIT ?",
                (state, now, most),
            ).fetchall()
            if rows and rows[0][1]:
                rows = rows[:1]
            chosen = [name for name, crashes in rows if not crashes or len(rows) == 1]
            for name in chosen:
                database.execute(
                    "UPDATE items SET state = ?, owner = ?, changed = ? WHERE id = ?", (taken, owner, now, name)
                )
        return [item for item in map(self.find, chosen) if item is not None]

    def find(self, name: str) -> Item | None:
        """The row of that id."""
        rows = self._read(f"SELECT {COLUMNS} FROM items WHERE id = ?", (name,))  # noqa: S608
        return item_of(rows[0]) if rows else None

    def items(self, *states: str) -> list[Item]:
        """All rows in any of these states, the oldest first."""
        marks = ", ".join("?" * len(states))
        rows = self._read(f"SELECT {COLUMNS} FROM items WHERE state IN ({marks}) ORDER BY arrived, id", states)  # noqa: S608
        return [item_of(row) for row in rows]

    def advance(self, name: str, state: str, *, outcome: str = "", destinations: Sequence[str] = ()) -> None:
        """The item has come as far as ``state``; nobody works on it, and its attempts count from anew."""
        with self._change() as database:
            database.execute(
                "UPDATE items SET state = ?, outcome = ?, attempts = 0, crashes = 0, next_attempt = 0, owner = '',"
                " changed = ?, destinations = ? WHERE id = ?",
                (state, outcome, self.clock(), "\n".join(destinations), name),
            )

    def postpone(self, name: str, failure: Failure, wait: float) -> None:
        """The present stage failed; the item goes back to be tried again after that many seconds."""
        with self._change() as database:
            self._put_back(database, name, crashed=False)
            database.execute(
                "UPDATE items SET attempts = attempts + 1, next_attempt = ? WHERE id = ?", (self.clock() + wait, name)
            )
            self._explain(database, name, failure)

    def set_aside(self, name: str, failure: Failure) -> None:
        """The item goes no further until a person says so."""
        with self._change() as database:
            database.execute(
                "UPDATE items SET state = ?, owner = '', attempts = attempts + 1, changed = ? WHERE id = ?",
                (QUARANTINED, self.clock(), name),
            )
            self._explain(database, name, failure)

    def give_back(self, owner: str) -> None:
        """What that process had claimed and not finished waits again, without blame; for a stop in good order."""
        with self._change() as database:
            rows = database.execute("SELECT id FROM items WHERE owner = ?", (owner,)).fetchall()
            for (name,) in rows:
                self._put_back(database, name, crashed=False)

    def release_dead(self, alive: Callable[[str], bool] = is_alive) -> list[str]:
        """What dead processes had claimed waits again; an item whose process died twice is set aside.

        Returns:
            The ids set aside.
        """
        with self._change() as database:
            rows = database.execute("SELECT id, owner FROM items WHERE owner != ''").fetchall()
            lost = [name for name, owner in rows if not alive(owner)]
            for name in lost:
                self._put_back(database, name, crashed=True)
            poison = [
                name
                for name in lost
                if database.execute("SELECT crashes FROM items WHERE id = ?", (name,)).fetchone()[0] >= MOST_CRASHES
            ]
        for name in poison:
            self.set_aside(name, Failure("process", "ProcessDied", "", f"its process died {MOST_CRASHES} times"))
        return poison

    def retry(self, name: str) -> None:
        """A quarantined item is tried once more, from the stage that failed."""
        with self._change() as database:
            database.execute(
                "UPDATE items SET state = CASE stage WHEN 'send' THEN ? ELSE ? END, attempts = 0, crashes = 0,"
                " next_attempt = 0, changed = ? WHERE id = ? AND state = ?",
                (PROCESSED, RECEIVED, self.clock(), name, QUARANTINED),
            )

    def mark_delivered(self, name: str, destination: str) -> None:
        with self._change() as database:
            database.execute("INSERT OR IGNORE INTO delivered VALUES (?, ?)", (name, destination))

    def delivered(self, name: str) -> set[str]:
        """The destinations that have the item's results."""
        return {str(row[0]) for row in self._read("SELECT destination FROM delivered WHERE id = ?", (name,))}

    def counts(self) -> Counts:
        """All counts of one moment."""
        with self._lock, _storage("read"):
            self._database.execute("BEGIN")
            try:
                states = dict(self._database.execute("SELECT state, COUNT(*) FROM items GROUP BY state").fetchall())
                (received,) = self._database.execute("SELECT value FROM totals WHERE name = 'received'").fetchone()
                outcomes = self._database.execute(
                    "SELECT outcome, COUNT(*) FROM items WHERE state = ? GROUP BY outcome", (DONE,)
                ).fetchall()
                marks = ", ".join("?" * len(WAITING))
                (oldest,) = self._database.execute(
                    f"SELECT MIN(arrived) FROM items WHERE state IN ({marks})",  # noqa: S608
                    WAITING,
                ).fetchone()
            finally:
                self._database.execute("COMMIT")
        by_state = {state: states.get(state, 0) for state in (*WAITING, DONE, QUARANTINED)}
        waiting = sum(by_state[state] for state in WAITING)
        return Counts(received, waiting, by_state[DONE], by_state[QUARANTINED], by_state, dict(outcomes), oldest)

    def _put_back(self, database: sqlite3.Connection, name: str, *, crashed: bool) -> None:
        (state,) = database.execute("SELECT state FROM items WHERE id = ?", (name,)).fetchone()
        blame = int(crashed and state == PROCESSING)  # sending the same twice is harmless, and no item's fault
        database.execute(
            "UPDATE items SET state = ?, owner = '', crashes = crashes + ?, changed = ? WHERE id = ?",
            (BACK.get(state, state), blame, self.clock(), name),
        )

    @staticmethod
    def _explain(database: sqlite3.Connection, name: str, failure: Failure) -> None:
        database.execute("UPDATE items SET stage = ?, error = ?, field = ?, message = ? WHERE id = ?", (*failure, name))


@contextmanager
def _storage(what: str) -> Iterator[None]:
    """A full disk and its like, as SQLite reports them, become a typed error."""
    try:
        yield
    except sqlite3.OperationalError as error:
        problem = f"could not be {what} ({error})"
        raise StorageError.about("queue.sqlite", "file", problem, expected="a writable folder with space") from error
