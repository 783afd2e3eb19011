# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Sending DICOM files to a peer, by C-STORE (PS3.4 annex B) or by STOW-RS (PS3.18 section 10.5).

Files go out byte for byte as they are on the disk. Sending one twice is harmless, for its identifiers are its own.
"""

from __future__ import annotations

import base64
import http.client
import json
import logging
import os
import secrets
import ssl
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from monai_skin.errors import PeerError, UsageError
from monai_skin.io.dicom_routing import read_dicom_routing
from monai_skin.io.files import read_bytes
from monai_skin.pacs.settings import DestinationSettings

__all__ = ["deliver"]

WARNINGS = (0xB000, 0xB006, 0xB007)  # stored, though not quite as sent
LONGEST_REPLY = 1_000_000


def deliver(
    files: Sequence[Path], destination: DestinationSettings, *, title: str = "MONAI_SKIN", timeout: float = 30.0
) -> None:
    """Send the files and return once the peer said that it has all of them.

    Args:
        files: of DICOM objects.
        destination: the peer.
        title: of the node.
        timeout: seconds to wait for an answer.

    Raises:
        PeerError: the peer cannot be reached, rejects us, or did not store a file.
        UsageError: a certificate file or the login is missing.
        InvalidInputError: a file is no DICOM object.
    """
    if destination.kind == "stow":
        _store_by_web(files, destination, timeout)
    else:
        _store_by_association(files, destination, title, timeout)


def _fails(destination: DestinationSettings, problem: str, expected: str = "an archive that stores") -> PeerError:
    return PeerError.about(destination.name, "peer", problem, expected=expected)


def _context(destination: DestinationSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=destination.ca or None)
        if destination.certificate:
            context.load_cert_chain(destination.certificate, destination.key or None)
    except OSError as error:
        problem = f"or certificate cannot be used ({error.strerror or type(error).__name__})"
        raise UsageError.about(destination.name, "ca", problem, expected="PEM files") from error
    return context


def _store_by_association(files: Sequence[Path], destination: DestinationSettings, title: str, timeout: float) -> None:
    from pynetdicom import AE, _config

    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)  # it logs what peers say
    _config.STORE_SEND_CHUNKED_DATASET = True  # from the file as it is, not decoded and encoded again
    entity = AE(ae_title=title)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = entity.connection_timeout = timeout
    for sop_class, syntax in sorted({_kind_of(path) for path in files}):
        entity.add_requested_context(sop_class, syntax)
    tls = (_context(destination), destination.host) if destination.tls else None
    called = destination.ae_title
    association = entity.associate(destination.host, destination.port, ae_title=called, tls_args=tls)
    if not association.is_established:
        raise _fails(destination, "rejected the association" if association.is_rejected else "cannot be reached")
    try:
        for path in files:
            status = association.send_c_store(path).get("Status")
            if status is None:
                raise _fails(destination, "broke off before it answered")
            if status != 0 and status not in WARNINGS:
                raise _fails(destination, f"answered with status {status:#06x}")
    except ValueError as error:  # no context was accepted for the file's class and transfer syntax
        raise _fails(destination, "does not accept this kind of object") from error
    finally:
        if association.is_established:
            association.release()
        if association.dul.socket is not None and association.dul.socket.socket is not None:
            association.dul.socket.socket.close()


def _kind_of(path: Path) -> tuple[str, str]:
    """SOP class and transfer syntax of a file."""
    found = read_dicom_routing(path)
    return found.sop_class_uid, found.transfer_syntax_uid


def _store_by_web(files: Sequence[Path], destination: DestinationSettings, timeout: float) -> None:
    boundary = secrets.token_hex(16)
    body = b"".join(
        f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode() + read_bytes(path) + b"\r\n"
        for path in files
    )
    headers = {
        "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}',
        "Accept": "application/dicom+json",
        **_login(destination),
    }
    body += f"--{boundary}--\r\n".encode()
    request = urllib.request.Request(destination.url, body, headers, method="POST")  # noqa: S310
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({}), _NoRedirect()]
    if destination.url.startswith("https:"):
        handlers.append(urllib.request.HTTPSHandler(context=_context(destination)))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=timeout) as reply:
            status, content = reply.status, reply.read(LONGEST_REPLY)
    except urllib.error.HTTPError as error:
        error.close()
        raise _fails(destination, f"answered with HTTP {error.code}", "200, stored") from error
    except (OSError, http.client.HTTPException) as error:
        raise _fails(destination, f"cannot be reached ({type(error).__name__})", "a DICOMweb service") from error
    _check_reply(status, content, destination)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would become a GET without its objects, and carry the login elsewhere."""

    def redirect_request(self, *_: object) -> None:
        return None


def _login(destination: DestinationSettings) -> dict[str, str]:
    if not destination.login_variable:
        return {}
    login = os.environ.get(destination.login_variable, "")
    if ":" not in login:
        problem = "is not set to a login"
        raise UsageError.about(destination.name, destination.login_variable, problem, expected="user:password")
    return {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}


def _check_reply(status: int, reply: bytes, destination: DestinationSettings) -> None:
    """202 means that some objects failed or were changed; the reply names those that failed (00081198)."""
    try:
        failed = status != 200 and "00081198" in json.loads(reply)
    except (ValueError, TypeError):
        failed = status != 200
    if failed:
        raise _fails(destination, f"did not store every object (HTTP {status})", "200, stored")
