# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Limits on what a peer may make the receiver hold or wait for, before and after it has said who it is.

pynetdicom reads as many bytes as a header claims, waits for them without end, and joins fragments without limit. These
guards stand between it and the socket (PS3.8 section 9.3 for the data units, table 9-26 for the abort).
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
import weakref
from contextlib import suppress
from socketserver import BaseServer
from typing import Any

from pynetdicom.association import Association
from pynetdicom.transport import RequestHandler, ThreadedAssociationServer

from monai_skin.pacs.journal import note
from monai_skin.pacs.settings import ReceiverSettings

__all__ = ["GuardedRequestHandler", "GuardedServer", "SocketGuard"]

MEGABYTE = 10**6
HEADER_BYTES, CHUNK = 6, 1 << 16
SLACK = 1 << 20
"""Bytes a protocol data unit may always have; a request with every context and transfer syntax stays far below."""
WAITING_PEERS = 8  # connections beyond the associations, so that one more is told why it is rejected
ABORT = bytes([7, 0, 0, 0, 0, 4, 0, 0, 2, 6])  # by the service provider: invalid parameter of a data unit


class RefusedPeerError(OSError):
    """A peer went beyond a limit; pynetdicom takes it as a lost connection."""


class SocketGuard:
    """What one association may hold and how long it may take; its :meth:`recv` stands in for the socket's own.

    Args:
        association: being served.
        connection: to its peer.
        settings: the limits.
        others: guards of all associations, for the sum.
    """

    def __init__(
        self,
        association: Association,
        connection: socket.socket,
        settings: ReceiverSettings,
        others: weakref.WeakSet[SocketGuard],
    ) -> None:
        self.association, self.connection, self.settings, self.others = association, connection, settings, others
        self.held = 0  # bytes of messages that were not answered yet
        self._deadline = 0.0
        connection.settimeout(settings.timeout)  # for what is sent, too
        others.add(self)

    def recv(self, count: int) -> bytearray:
        """As many bytes as asked for, of one data unit: first its header, then the rest.

        Raises:
            RefusedPeerError: more than a limit allows, or too slow.
        """
        if count == HEADER_BYTES or not self._deadline:
            self._deadline = time.monotonic() + self.settings.timeout
        self._check(count)
        found = bytearray()
        while len(found) < count:
            left = self._deadline - time.monotonic()
            if left <= 0:
                self._refuse("slow")
            self.connection.settimeout(left)
            try:
                part = self.connection.recv(min(CHUNK, count - len(found)))
            except TimeoutError:
                self._refuse("slow")
            if not part:
                break
            found += part
        self.connection.settimeout(self.settings.timeout)
        self.held += len(found)
        return found

    def answered(self) -> None:
        """A response was sent, so pynetdicom holds none of the messages before it."""
        self.held = 0

    def _check(self, count: int) -> None:
        if count > max(self.settings.max_pdu, SLACK):
            self._refuse("pdu_length")
        if self.held + count > self.settings.max_message_mb * MEGABYTE:
            self._refuse("message_size")
        total = sum(one.held for one in list(self.others) if one.association.is_alive())
        if total + count > self.settings.max_buffered_mb * MEGABYTE:
            self._refuse("all_messages")

    def _refuse(self, reason: str) -> None:
        note("refused", reason=reason)
        with suppress(OSError):
            self.connection.settimeout(1.0)
            self.connection.sendall(ABORT)
        raise RefusedPeerError(reason)


class GuardedRequestHandler(RequestHandler):
    """Makes associations whose socket is guarded."""

    server: GuardedServer

    def handle(self) -> None:
        try:
            super().handle()
        finally:
            self.server.started()

    def _create_association(self) -> Association:
        found = super()._create_association()
        connection = self.request
        wrapper = found.dul.socket
        if isinstance(connection, socket.socket) and wrapper is not None:
            guard = SocketGuard(found, connection, self.server.settings, self.server.guards)
            wrapper.recv = guard.recv
            wrapper.guard = guard
        return found


class GuardedServer(ThreadedAssociationServer):
    """A server that neither a crowd of silent peers nor one slow handshake can stop.

    ``settings`` is set before the first peer is served.
    """

    settings: ReceiverSettings
    daemon_threads = True

    def __init__(self, *args: Any, **words: Any) -> None:
        self.guards: weakref.WeakSet[SocketGuard] = weakref.WeakSet()
        self._starting, self._lock = 0, threading.Lock()
        super().__init__(*args, **words)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a peer; TLS shakes hands later, in the thread of the peer and within its time."""
        connection, address = self.socket.accept()
        if self.ssl_context is not None:
            try:
                connection = self.ssl_context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            except (OSError, ValueError):
                connection.close()
                raise
        return connection, address

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Close peers beyond those that can still be told that there is no place."""
        with self._lock:
            free = len(self.active_associations) + self._starting < self.settings.max_associations + WAITING_PEERS
            self._starting += free
        return free

    def started(self) -> None:
        """The thread of one more peer is counted among the active ones."""
        with self._lock:
            self._starting -= 1

    def shutdown(self) -> None:
        """Stop serving; connections that are open end, and what was not answered its peer sends again."""
        BaseServer.shutdown(self)
        self.server_close()
        for guard in list(self.guards):
            with suppress(OSError):
                guard.connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        note("connection_failed")


def server_context(settings: ReceiverSettings) -> ssl.SSLContext | None:
    """TLS as the settings ask for it, version 1.2 or newer; None where they do not.

    Raises:
        OSError: a file is missing or not what it should be.
    """
    if not settings.certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.certificate, settings.key)
    if settings.ca:
        context.load_verify_locations(settings.ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
