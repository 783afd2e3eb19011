# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The server behind the page: reachable from this machine alone, one picture at a time, nothing logged or kept."""

from __future__ import annotations

import json
import logging
import os
import threading
from functools import cache
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from string import Template
from typing import Any
from urllib.parse import parse_qs, urlsplit

from monai_skin.demo.answer import PERSON, Models, answer_picture
from monai_skin.errors import SkinError
from monai_skin.io import read_json
from monai_skin.labels import SEXES, UNKNOWN
from monai_skin.pipeline import sites_of

__all__ = ["make_demo_server"]

LOOPBACK = "127.0.0.1"
LARGEST = 64 * 2**20  # bytes of a file
WAITING = 4  # pictures; the one that is answered among them
OWN_HEADER = "X-Monai-Skin"  # a page of another site cannot send it without being asked whether it may
DEBUG_VARIABLE = "MONAI_SKIN_DEBUG"
_SECONDS = 30  # for a request to arrive

_KINDS = {"page.css": "text/css", "page.js": "text/javascript"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data: blob:; "
    "connect-src 'self'; frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_log = logging.getLogger(__name__)


def make_demo_server(models: Models, port: int = 0) -> ThreadingHTTPServer:
    """A server on the loopback address that is ready to ``serve_forever``.

    ``GET /`` is the page. ``POST /answer?age=&sex=&site=`` takes the bytes of a picture and gives the report as HTML,
    or 422 and a JSON object with ``error``.

    Args:
        models: which bundles answer.
        port: 0 takes a free one, which ``server_address`` tells.

    Raises:
        OSError: the port is taken.
    """
    return _Server(models, port)


class _Server(ThreadingHTTPServer):
    """Holds what all requests share: the page, the models, and whose turn it is."""

    daemon_threads = True

    def __init__(self, models: Models, port: int) -> None:
        self.models, self.page = models, _page(models)
        self.turn, self.places = threading.Lock(), threading.BoundedSemaphore(WAITING)
        super().__init__((LOOPBACK, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    """Routes, checks, headers, and one picture at a time."""

    server: _Server
    server_version, sys_version = "monai_skin", ""
    timeout = _SECONDS

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if not self._from_here():
            return
        if path == "/":
            self.give("text/html", self.server.page)
        elif path.removeprefix("/") in _KINDS:
            name = path.removeprefix("/")
            self.give(_KINDS[name], _file(name).encode())
        else:
            self.refuse(HTTPStatus.NOT_FOUND, "there is no such page")

    def do_POST(self) -> None:
        if not self._from_here():
            return
        asked = urlsplit(self.path)
        length = self.headers.get("Content-Length", "")
        if asked.path != "/answer":
            self.refuse(HTTPStatus.NOT_FOUND, "there is no such page")
        elif OWN_HEADER not in self.headers:
            self.refuse(HTTPStatus.FORBIDDEN, f"the header {OWN_HEADER} is missing")
        elif not length.isdecimal() or not 0 < int(length) <= LARGEST:
            self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a picture has 1 byte to {LARGEST // 2**20} MiB")
        else:
            given = parse_qs(asked.query)
            self._answer(self.rfile.read(int(length)), {name: given.get(name, [""])[0] for name in PERSON})

    def _answer(self, picture: bytes, person: dict[str, str]) -> None:
        if not self.server.places.acquire(blocking=False):
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, f"{WAITING} pictures are waiting already; try again soon")
            return
        try:
            with self.server.turn:
                report = answer_picture(picture, person, self.server.models)
        except SkinError as error:
            self.refuse(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
        except Exception as error:  # its text may hold what is known of a person
            _log.error("unexpected %s", type(error).__name__, exc_info=bool(os.environ.get(DEBUG_VARIABLE)))
            reason = f"unexpected {type(error).__name__}; the terminal says more with {DEBUG_VARIABLE}=1"
            self.refuse(HTTPStatus.INTERNAL_SERVER_ERROR, reason)
        else:
            self.give("text/html", report.encode())
        finally:
            self.server.places.release()

    def _from_here(self) -> bool:
        """Refuse a page of another site that has had its name point to this machine."""
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        if host in {LOOPBACK, "localhost"}:
            return True
        self.refuse(HTTPStatus.FORBIDDEN, f"this page is for http://{LOOPBACK} alone")
        return False

    def give(self, kind: str, body: bytes, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status: HTTPStatus, reason: str) -> None:
        self.close_connection = True  # what the peer still sends is not read
        self.give("application/json", json.dumps({"error": reason}).encode(), status)

    def log_message(self, format: str, *args: Any) -> None:
        """A request has the age of a person in it."""


def _page(models: Models) -> bytes:
    sites = sites_of(models.diagnosis_root)
    meta = read_json(models.diagnosis_root / "configs" / "metadata.json")
    return (
        Template(_file("index.html"))
        .substitute(
            sexes=_options(sorted(set(SEXES) - {UNKNOWN})),
            sites=_options(sites or ()),
            person="hidden" if sites is None else "",
            model=escape(f"{meta['name']}, version {meta['version']}"),
        )
        .encode()
    )


def _options(words: Any) -> str:
    return "".join(f"<option>{escape(str(word))}</option>" for word in words)


@cache
def _file(name: str) -> str:
    return (resources.files("monai_skin.demo") / "page" / name).read_text(encoding="utf-8")
