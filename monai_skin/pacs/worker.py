# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Answering what was received: as many objects in one run as wait, each of them alone where a run fails."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from monai_skin.errors import InvalidInputError, SkinError, skin_error_in
from monai_skin.io.atomic import temporary_folder
from monai_skin.io.dicom_routing import read_dicom_routing
from monai_skin.pacs.answer import Answer, Answering, answer_objects, route_of
from monai_skin.pacs.backoff import waiting_time
from monai_skin.pacs.journal import keep_traceback, note
from monai_skin.pacs.owners import this_process
from monai_skin.pacs.rows import RECEIVED, Failure, Item
from monai_skin.pacs.settings import NodeSettings, RouteSettings
from monai_skin.pacs.spool import Spool

__all__ = ["Worker"]

TOOK_TOO_LONG = 70  # exit code of a process that ends itself


class Worker:
    """Takes objects from the spool and puts their results there.

    Args:
        spool: of both.
        settings: of the node.
        answering: what answers objects; the pipeline by default.
        owner: name of this process.
    """

    def __init__(
        self, spool: Spool, settings: NodeSettings, *, answering: Answering = answer_objects, owner: str = ""
    ) -> None:
        self.spool, self.settings, self.answering = spool, settings, answering
        self.owner = owner or this_process()

    def work_once(self) -> int:
        """Answer what waits, at most one batch of it, and return how many objects that were.

        On the way out of a stop, objects not finished wait again.
        """
        for name in self.spool.release_dead():
            note("set_aside", id=name, error="ProcessDied", stage="process", level=logging.ERROR)
        items = self.spool.queue.claim(RECEIVED, self.owner, most=self.settings.worker.batch_size)
        try:
            with _time_limit(self.settings.worker.item_timeout * max(1, len(items))):
                for route, some in self._routed(items).items():
                    self._answer(some, route)
        except BaseException:
            self.spool.queue.give_back(self.owner)
            raise
        return len(items)

    def _routed(self, items: Sequence[Item]) -> Mapping[RouteSettings, list[Item]]:
        """The items that a route answers, by route; the others are finished or set aside."""
        found: dict[RouteSettings, list[Item]] = defaultdict(list)
        for item in items:
            try:
                read = read_dicom_routing(self.spool.incoming(item.id), source=f"{item.id}.dcm")
                _check_identity(read.sop_instance_uid, item)
            except InvalidInputError as error:
                self._set_aside(item, Failure("route", type(error).__name__, error.field, str(error)))
                continue
            route = route_of(read, item.calling, self.settings.routes)
            if read.is_own_result:  # else our answer to an answer would go round for ever
                self._finish(item, {}, "own_result")
            elif route is None:
                self._set_aside(item, Failure("route", "NoRoute", "Modality", "no route of the settings fits"))
            elif route.task == "ignore":
                self._finish(item, {}, "ignored")
            else:
                found[route].append(item)
        return found

    def _answer(self, items: Sequence[Item], route: RouteSettings) -> None:
        start = time.monotonic()
        objects = {item.id: self.spool.incoming(item.id) for item in items}
        try:
            with temporary_folder(self.spool.folder / "work") as folder:
                answers = self.answering(objects, route, folder, self.settings.worker.device)
                for item in items:
                    self._keep(item, answers[item.id], route)
        except Exception as error:
            waiting = [item for item in items if self._is_mine(item)]
            if len(items) > 1:
                for item in waiting:
                    self._answer([item], route)
            elif waiting:
                self._postpone(items[0], error)
            return
        note("answered", count=len(items), ms=round(1000 * (time.monotonic() - start)))

    def _keep(self, item: Item, answer: Answer, route: RouteSettings) -> None:
        if answer.failure is not None:
            self._set_aside(item, answer.failure)
        else:
            self._finish(item, answer.results, route.task, route.destinations)

    def _is_mine(self, item: Item) -> bool:
        found = self.spool.queue.find(item.id)
        return found is not None and found.state == "processing"

    def _finish(self, item: Item, results: Mapping[str, Path], outcome: str, destinations: Sequence[str] = ()) -> None:
        self.spool.finish(item.id, results, outcome=outcome, destinations=destinations)
        note("processed", id=item.id, outcome=outcome, count=len(results))

    def _set_aside(self, item: Item, failure: Failure) -> None:
        self.spool.set_aside(item.id, failure)
        note("set_aside", id=item.id, stage=failure.stage, error=failure.error, field=failure.field)

    def _postpone(self, item: Item, error: Exception) -> None:
        """A run failed on one object alone: a passing reason, or one that a person has to mend."""
        known = skin_error_in(error) or error
        field = known.field if isinstance(known, SkinError) else ""
        if not isinstance(known, SkinError):
            keep_traceback(self.spool.folder / "tracebacks", error)
        limits = self.settings.worker
        text = str(known) if isinstance(known, SkinError) else "an unexpected error, see the tracebacks"
        failure = Failure("process", type(known).__name__, field, text)
        if item.attempts + 1 >= limits.max_attempts:
            self._set_aside(item, failure)
            return
        wait = waiting_time(item.attempts + 1, limits.first_wait, limits.longest_wait)
        self.spool.queue.postpone(item.id, failure, wait)
        note("postponed", id=item.id, stage="process", error=failure.error, field=field, attempts=item.attempts + 1)


def _check_identity(uid: str, item: Item) -> None:
    if uid != item.uid:
        problem = "is not the one it was sent under"
        raise InvalidInputError.about(f"{item.id}.dcm", "SOPInstanceUID", problem, expected="one identifier")


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """End the process where the block takes longer: a decoder or a network that hangs cannot be stopped otherwise."""

    def end() -> None:
        note("took_too_long", level=logging.ERROR)
        os._exit(TOOK_TOO_LONG)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
