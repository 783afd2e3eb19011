# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Sending results back: to each destination once, again and again while it fails, until a limit."""

from __future__ import annotations

import logging
import time

from monai_skin.errors import SkinError
from monai_skin.pacs.backoff import waiting_time
from monai_skin.pacs.deliver import deliver
from monai_skin.pacs.journal import keep_traceback, note
from monai_skin.pacs.owners import this_process
from monai_skin.pacs.rows import PROCESSED, Failure, Item
from monai_skin.pacs.settings import NodeSettings
from monai_skin.pacs.spool import Spool

__all__ = ["Sender"]


class Sender:
    """Takes results from the spool and sends them.

    Args:
        spool: of the results.
        settings: of the node.
        owner: name of this process.
    """

    def __init__(self, spool: Spool, settings: NodeSettings, *, owner: str = "") -> None:
        self.spool, self.settings = spool, settings
        self.owner = owner or this_process()

    def work_once(self) -> int:
        """Send the results of one item that is due, and return how many items that were.

        On the way out of a stop, what was not sent waits again.
        """
        self.spool.release_dead()
        items = self.spool.queue.claim(PROCESSED, self.owner)
        try:
            for item in items:
                self._send(item)
        except BaseException:
            self.spool.queue.give_back(self.owner)
            raise
        return len(items)

    def _send(self, item: Item) -> None:
        files, there = self.spool.results(item.id), self.spool.queue.delivered(item.id)
        for name in item.destinations:
            if name in there:
                continue
            start = time.monotonic()
            try:
                destination = self.settings.destination(name)
                deliver(
                    files,
                    destination,
                    title=self.settings.receiver.ae_title,
                    timeout=self.settings.sender.timeout,
                )
            except Exception as error:
                self._postpone(item, error, name)
                return
            self.spool.queue.mark_delivered(item.id, name)
            milliseconds = round(1000 * (time.monotonic() - start))
            note("sent", id=item.id, destination=name, count=len(files), ms=milliseconds)
        self.spool.delivered(item)

    def _postpone(self, item: Item, error: Exception, destination: str) -> None:
        known = isinstance(error, SkinError)
        if not known:
            keep_traceback(self.spool.folder / "tracebacks", error)
        text = str(error) if known else "an unexpected error, see the tracebacks"
        failure = Failure("send", type(error).__name__, destination, text)
        limits, attempts = self.settings.sender, item.attempts + 1
        if attempts >= limits.max_attempts:
            self.spool.set_aside(item.id, failure)
            note("set_aside", id=item.id, stage="send", error=failure.error, destination=destination)
            return
        self.spool.queue.postpone(item.id, failure, waiting_time(attempts, limits.first_wait, limits.longest_wait))
        note(
            "postponed",
            id=item.id,
            stage="send",
            error=failure.error,
            destination=destination,
            attempts=attempts,
            level=logging.WARNING,
        )
