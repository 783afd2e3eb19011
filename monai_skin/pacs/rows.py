# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What the queue's table holds: its columns, and the records they are handed around in."""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    *("BACK", "COLUMNS", "DONE", "PROCESSED", "PROCESSING", "QUARANTINED", "RECEIVED", "SENDING", "TABLES", "WAITING"),
    *("Arrival", "Counts", "Failure", "Item", "item_of"),
]

RECEIVED, PROCESSING, PROCESSED, SENDING = "received", "processing", "processed", "sending"
DONE, QUARANTINED = "done", "quarantined"
WAITING = (RECEIVED, PROCESSING, PROCESSED, SENDING)
BACK = {PROCESSING: RECEIVED, SENDING: PROCESSED}
"""Where an item goes whose work was not finished."""

TABLES = """
CREATE TABLE IF NOT EXISTS items (
    id TEXT PRIMARY KEY, uid TEXT NOT NULL, sop_class TEXT NOT NULL, calling TEXT NOT NULL, digest TEXT NOT NULL,
    bytes INTEGER NOT NULL, state TEXT NOT NULL, outcome TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0, next_attempt REAL NOT NULL DEFAULT 0, owner TEXT NOT NULL DEFAULT '',
    arrived REAL NOT NULL, changed REAL NOT NULL, stage TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '',
    field TEXT NOT NULL DEFAULT '', message TEXT NOT NULL DEFAULT '', destinations TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS by_uid ON items (uid);
CREATE INDEX IF NOT EXISTS by_state ON items (state, arrived);
CREATE TABLE IF NOT EXISTS delivered (id TEXT, destination TEXT, PRIMARY KEY (id, destination));
CREATE TABLE IF NOT EXISTS totals (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT OR IGNORE INTO totals VALUES ('received', 0);
"""
COLUMNS = (
    "id, uid, sop_class, calling, state, outcome, attempts, crashes, arrived, destinations, "
    "stage, error, field, message"
)


class Arrival(NamedTuple):
    """What is known of an object when it comes in; ``uid`` and ``calling`` are any text a peer may send."""

    id: str
    uid: str
    sop_class: str
    calling: str
    digest: str
    bytes: int


class Failure(NamedTuple):
    """Why an item did not go on: the stage, the kind of error, the element it names, and its sentence."""

    stage: str
    error: str
    field: str = ""
    message: str = ""


class Item(NamedTuple):
    """A row.

    Args:
        id: the opaque name of its files.
        uid: SOPInstanceUID as it came, which may be anything.
        sop_class: what kind of object it is said to be.
        calling: title of the peer that sent it.
        state: how far it has come.
        outcome: what became of it, once it is done.
        attempts: of the present stage that failed.
        crashes: of a process that worked on it.
        arrived: seconds since 1970.
        destinations: names of where its results go.
        failure: the last one.
    """

    id: str
    uid: str
    sop_class: str
    calling: str
    state: str
    outcome: str
    attempts: int
    crashes: int
    arrived: float
    destinations: tuple[str, ...]
    failure: Failure


class Counts(NamedTuple):
    """How many items there are; ``received = done + waiting + quarantined``."""

    received: int
    waiting: int
    done: int
    quarantined: int
    by_state: dict[str, int]
    by_outcome: dict[str, int]
    oldest_waiting: float | None


def item_of(row: tuple[object, ...]) -> Item:
    """The record of a row of :data:`COLUMNS`."""
    name, uid, sop_class, calling, state, outcome, attempts, crashes, arrived, destinations, *failure = row
    words = (str(name), str(uid), str(sop_class), str(calling), str(state), str(outcome))
    numbers = (int(str(attempts)), int(str(crashes)), float(str(arrived)))
    return Item(*words, *numbers, tuple(str(destinations).split()), Failure(*map(str, failure)))
