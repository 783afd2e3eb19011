# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What a viewer says to the server, with nothing but the standard library."""

from __future__ import annotations

import io
import json
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Reply:
    """An answer, whatever its status."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def mask(self) -> np.ndarray:
        with Image.open(io.BytesIO(self.body)) as image:
            return np.asarray(image)


@dataclass(frozen=True)
class Client:
    """A server at an address, whose files lie below a folder."""

    url: str
    folder: Path

    def get(self, path: str, **headers: str) -> Reply:
        return self._send(urllib.request.Request(self.url + path, headers=headers))

    def post(self, path: str, value: Any) -> Reply:
        data, headers = json.dumps(value).encode(), {"Content-Type": "application/json"}
        return self._send(urllib.request.Request(self.url + path, data, headers, method="POST"))

    def infer(
        self, model: str, image: str = "", output: str = "image", file: bytes | None = None, **params: Any
    ) -> Reply:
        files = {} if file is None else {"file": ("picture.png", file)}
        return self.form(f"/infer/{model}?image={image}&output={output}", files, params=json.dumps(params))

    def save(self, image: str, label: bytes, tag: str = "final") -> Reply:
        return self.form(
            f"/datastore/label?image={image}&tag={tag}", {"label": ("mask.png", label)}, "PUT", params="{}"
        )

    def form(self, path: str, files: dict[str, tuple[str, bytes]], method: str = "POST", **fields: str) -> Reply:
        line = uuid.uuid4().hex
        start = f"--{line}\r\nContent-Disposition: form-data; name="
        parts = [f'{start}"{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
        for name, (filename, content) in files.items():
            head = f'{start}"{name}"; filename="{filename}"\r\n\r\n'
            parts.append(head.encode() + content + b"\r\n")
        body = b"".join(parts) + f"--{line}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={line}"}
        return self._send(urllib.request.Request(self.url + path, body, headers, method=method))

    def delete(self, path: str) -> Reply:
        return self._send(urllib.request.Request(self.url + path, method="DELETE"))

    def finished(self, kind: str, seconds: float = 240) -> dict[str, Any]:
        """The last task of a kind, once it is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            task = self.get(f"/{kind}/").json
            if task["status"] not in ("SUBMITTED", "RUNNING"):
                return task
            time.sleep(0.5)
        raise AssertionError(task)

    def _send(self, request: urllib.request.Request) -> Reply:
        try:
            with urllib.request.urlopen(request, timeout=240) as reply:
                return Reply(reply.status, reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.read())


def png(mask: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(mask).save(stream, "PNG")
    return stream.getvalue()
