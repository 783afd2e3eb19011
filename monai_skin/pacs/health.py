# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How the node is, for a person, a monitor or Prometheus (text format 0.0.4), on this machine only."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from monai_skin.errors import SkinError, UsageError
from monai_skin.pacs.spool import Spool
from monai_skin.pacs.supervisor import Supervisor

__all__ = ["health_of", "health_server", "metrics_of"]

LOOPBACK = "127.0.0.1"
LEAST_FREE_BYTES = 1_000_000_000
PLAIN, JSON = "text/plain; version=0.0.4; charset=utf-8", "application/json"


def health_of(spool: Spool, supervisor: Supervisor | None = None) -> dict[str, Any]:
    """Counts, age of the oldest object waiting, free bytes, and whether every part runs; ``ok`` sums it up."""
    counts = spool.queue.counts()
    free = shutil.disk_usage(spool.folder).free
    parts = {} if supervisor is None else supervisor.alive()
    failing = [] if supervisor is None else supervisor.failing()
    oldest = 0.0 if counts.oldest_waiting is None else max(0.0, time.time() - counts.oldest_waiting)
    return {
        "ok": all(parts.values()) and not failing and free >= LEAST_FREE_BYTES and counts.waiting < spool.queue.limit,
        "received": counts.received,
        "waiting": counts.waiting,
        "done": counts.done,
        "quarantined": counts.quarantined,
        "states": counts.by_state,
        "outcomes": counts.by_outcome,
        "oldest_waiting_seconds": round(oldest, 3),
        "free_bytes": free,
        "parts": parts,
        "failing": failing,
        "restarts": {} if supervisor is None else supervisor.restarts(),
    }


def metrics_of(health: dict[str, Any]) -> str:
    """The same as lines for Prometheus."""
    lines = ["# TYPE monai_skin_pacs_received_total counter", f"monai_skin_pacs_received_total {health['received']}"]
    for name, help_ in (("states", "state"), ("outcomes", "outcome"), ("restarts", "part"), ("parts", "part")):
        metric = {"states": "objects", "outcomes": "done_total", "restarts": "restarts_total", "parts": "up"}[name]
        lines.append(f"# TYPE monai_skin_pacs_{metric} {'counter' if metric.endswith('_total') else 'gauge'}")
        for label, value in sorted(health[name].items()):
            lines.append(f'monai_skin_pacs_{metric}{{{help_}="{label}"}} {int(value)}')
    for name in ("oldest_waiting_seconds", "free_bytes"):
        lines += [f"# TYPE monai_skin_pacs_{name} gauge", f"monai_skin_pacs_{name} {health[name]}"]
    return "\n".join(lines) + "\n"


@contextmanager
def health_server(spool: Spool, supervisor: Supervisor, port: int) -> Iterator[int]:
    """Serve ``/health`` and ``/metrics`` while the block runs; gives the port.

    Raises:
        UsageError: the port is taken.
    """

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            try:
                found = health_of(spool, supervisor)
            except SkinError as error:
                self._answer(503, JSON, json.dumps({"ok": False, "error": type(error).__name__}))
                return
            if self.path == "/metrics":
                self._answer(200, PLAIN, metrics_of(found))
            elif self.path == "/health":
                self._answer(200 if found["ok"] else 503, JSON, json.dumps(found))
            else:
                self._answer(404, JSON, "{}")

        def _answer(self, status: int, kind: str, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *_: Any) -> None:
            """Say nothing: the line would quote the request."""

    try:
        server = ThreadingHTTPServer((LOOPBACK, port), Handler)
    except OSError as error:
        problem = f"cannot be listened on ({error.strerror})"
        raise UsageError.about("health", f"port {port}", problem, expected="a free port") from error
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
