# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The storage service: objects come in by C-STORE and are on the disk before the peer is told of success.

Status codes are those of PS3.4 table B.2-1: 0xA700 while the disk or the queue is full, 0xC001 for a fault of ours.
"""

from __future__ import annotations

import logging
import re
import time

from pydicom.uid import (
    RE_VALID_UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000TransferSyntaxes,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
    RLETransferSyntaxes,
)
from pynetdicom import AE, AllStoragePresentationContexts, _config, evt
from pynetdicom.dsutils import encode_file_meta
from pynetdicom.events import Event
from pynetdicom.sop_class import Verification

from monai_skin.errors import StorageError, UsageError
from monai_skin.io.dicom_header import dicom_boundary
from monai_skin.pacs.guards import GuardedRequestHandler, GuardedServer, server_context
from monai_skin.pacs.journal import keep_traceback, note
from monai_skin.pacs.rows import Failure
from monai_skin.pacs.settings import ReceiverSettings
from monai_skin.pacs.spool import Spool

__all__ = ["make_server"]

SUCCESS, OUT_OF_RESOURCES, CANNOT_PROCESS = 0x0000, 0xA700, 0xC001
# of still pictures; each peer costs time for each of them
SYNTAXES = (
    *(ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian),
    *(*JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes, *JPEG2000TransferSyntaxes, *RLETransferSyntaxes),
)
LONGEST_UID = 64
_NO_UID = "0.0"
_PREAMBLE = bytes(128) + b"DICM"


def make_server(settings: ReceiverSettings, spool: Spool) -> GuardedServer:
    """A server that listens already; call its ``serve_forever``.

    Raises:
        UsageError: the address or the TLS files cannot be used.
    """
    _config.LOG_REQUEST_IDENTIFIERS = _config.LOG_RESPONSE_IDENTIFIERS = False
    _config.LOG_HANDLER_LEVEL = "none"  # its messages quote what peers send
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)
    entity = AE(ae_title=settings.ae_title)
    entity.require_called_aet = True
    entity.require_calling_aet = list(settings.calling_ae_titles)
    entity.maximum_pdu_size = settings.max_pdu
    entity.maximum_associations = settings.max_associations
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = settings.timeout
    for context in AllStoragePresentationContexts:
        entity.add_supported_context(str(context.abstract_syntax), list(SYNTAXES))
    entity.add_supported_context(Verification)
    storing = Storing(spool)
    handlers = [
        (evt.EVT_C_STORE, storing.store),
        (evt.EVT_DIMSE_SENT, _answered),
        (evt.EVT_CONN_CLOSE, _closed),
        (evt.EVT_REJECTED, _rejected),
    ]
    try:
        found: GuardedServer = entity.make_server(
            (settings.host, settings.port),
            ssl_context=server_context(settings),
            evt_handlers=handlers,
            server_class=GuardedServer,
            request_handler=GuardedRequestHandler,
        )
    except OSError as error:
        reason = error.strerror or type(error).__name__
        problem = f"cannot be used ({reason})"
        raise UsageError.about("receiver", "address or TLS file", problem, expected="a free port, PEM files") from error
    found.settings = settings
    return found


def _answered(event: Event) -> None:
    guard = getattr(event.assoc.dul.socket, "guard", None)
    if guard is not None:
        guard.answered()


def _closed(event: Event) -> None:
    """A connection that ended gives its place back at once, where pynetdicom would keep it until a timeout."""
    association = event.assoc
    guard = getattr(association.dul.socket, "guard", None)
    if guard is not None:
        guard.connection.close()  # it stays open where the peer was the first to go
    if association.requestor.primitive is None:  # still waiting for a request
        association.dul.to_user_queue.put(None)


def _rejected(event: Event) -> None:
    primitive = event.assoc.acceptor.primitive
    note("rejected", reason=f"{getattr(primitive, 'result_source', '')}.{getattr(primitive, 'diagnostic', '')}")


class Storing:
    """Keeps each object that arrives.

    Args:
        spool: that keeps it.
    """

    def __init__(self, spool: Spool) -> None:
        self.spool = spool

    def store(self, event: Event) -> int:
        """Keep the object of a C-STORE request and return the status of the response."""
        start = time.monotonic()
        try:
            name = self._keep(event)
            size = event.request.DataSet.getbuffer().nbytes
            note("received", id=name, bytes=size, ms=round(1000 * (time.monotonic() - start)))
            return SUCCESS
        except StorageError as error:
            note("not_received", status=f"{OUT_OF_RESOURCES:#06x}", error=type(error).__name__, level=logging.ERROR)
            return OUT_OF_RESOURCES
        except Exception as error:
            self._set_aside(event, error)
            return CANNOT_PROCESS

    def _keep(self, event: Event, failure: Failure | None = None) -> str:
        request = event.request
        uid, sop_class = str(request.AffectedSOPInstanceUID or ""), str(request.AffectedSOPClassUID or "")
        if failure is None and not is_uid(uid):
            failure = Failure("receive", "InvalidInputError", "SOPInstanceUID", "is no unique identifier")
        return self.spool.receive(
            [_header(event), request.DataSet.getbuffer()],
            uid=uid,
            sop_class=sop_class,
            calling=event.assoc.requestor.ae_title,
            failure=failure,
        )

    def _set_aside(self, event: Event, error: Exception) -> None:
        """After a fault of ours the object is kept for a person to look at, if that can be done at all."""
        kept = ""
        try:
            keep_traceback(self.spool.folder / "tracebacks", error)
            kept = self._keep(event, Failure("receive", type(error).__name__))
        except Exception as second:
            note("not_set_aside", error=type(second).__name__, level=logging.ERROR)
        note("fault", id=kept, status=f"{CANNOT_PROCESS:#06x}", error=type(error).__name__, level=logging.ERROR)


def is_uid(text: str) -> bool:
    """Whether a text is a unique identifier (PS3.5 section 9)."""
    return len(text) <= LONGEST_UID and re.fullmatch(RE_VALID_UID, text) is not None


def _header(event: Event) -> bytes:
    """Preamble and meta information of the file; an identifier that is none is not repeated there."""
    meta = event.file_meta
    if not is_uid(str(meta.get("MediaStorageSOPInstanceUID", ""))):
        meta.MediaStorageSOPInstanceUID = _NO_UID
    with dicom_boundary("object", "file meta information"):
        return _PREAMBLE + encode_file_meta(meta)
