# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A page in headless Chromium, by the DevTools protocol over two pipes; needs nothing but the browser."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars", "--disable-sync")


class Page:
    """One tab.

    Args:
        chromium: the browser's file.
        profile: folder for its own files.
        size: width and height of the window.
    """

    def __init__(self, chromium: str, profile: Path, size: tuple[int, int] = (1280, 800)) -> None:
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()

        def connect() -> None:
            kept = os.dup(to_read), os.dup(to_write)  # neither may stand where the other is put
            os.dup2(kept[0], 3)
            os.dup2(kept[1], 4)

        self.process = subprocess.Popen(
            [chromium, *FLAGS, "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=connect,
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self._buffer, self._number, self._session = b"", 0, ""
        self.errors: list[str] = []
        target = next(one for one in self._ask("Target.getTargets")["targetInfos"] if one["type"] == "page")
        attached = self._ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._ask(f"{domain}.enable")
        self._ask(
            "Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1, mobile=False
        )

    def close(self) -> None:
        os.close(self._write)  # which ends the browser
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self._read)

    def open(self, url: str) -> None:
        self._ask("Page.navigate", url=url)

    def run(self, code: str) -> Any:
        """The value of an expression; promises are awaited."""
        reply = self._ask("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in reply, reply["exceptionDetails"]
        return reply["result"].get("value")

    def wait(self, code: str, seconds: float = 60) -> Any:
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = self.run(f"Boolean(document.body) && ({code})")
            if value:
                return value
            time.sleep(0.1)
        raise AssertionError(f"never true: {code}; the page says {self.run('document.body.innerText')[:500]}")

    def click(self, selector: str) -> None:
        x, y = self.run(
            f"(() => {{ const b = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            " return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        self.drag([(x, y)])

    def drag(self, points: list[tuple[float, float]], button: str = "left") -> None:
        """Press at the first point, move over the others, let go."""
        x, y = points[0]
        common = {"button": button, "clickCount": 1}
        self._ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        self._ask("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, **common)
        for x, y in points[1:]:
            self._ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, buttons=1, **common)
        self._ask("Input.dispatchMouseEvent", type="mouseReleased", x=x, y=y, **common)

    def touch(self, *frames: list[tuple[float, float]]) -> None:
        """Fingers at these points, frame by frame, then lifted."""
        for number, points in enumerate(frames):
            kind = "touchMove" if number else "touchStart"
            touches = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(points)]
            self._ask("Input.dispatchTouchEvent", type=kind, touchPoints=touches)
        self._ask("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def key(self, key: str, *, control: bool = False, shift: bool = False) -> None:
        modifiers = 2 * control + 8 * shift
        for kind in ("keyDown", "keyUp"):
            self._ask("Input.dispatchKeyEvent", type=kind, key=key, modifiers=modifiers)

    def picture(self, path: Path) -> None:
        """Keep what is seen, for a person."""
        path.write_bytes(base64.b64decode(self._ask("Page.captureScreenshot")["data"]))

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        session = {"sessionId": self._session} if self._session else {}
        message = {"id": self._number, "method": method, "params": parameters, **session}
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            reply = self._next()
            self._note(reply)
            if reply.get("id") == self._number:
                assert "error" not in reply, reply["error"]
                return reply["result"]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            found = os.read(self._read, 1 << 16)
            assert found, "the browser has ended"
            self._buffer += found
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def _note(self, reply: dict[str, Any]) -> None:
        parameters = reply.get("params", {})
        if reply.get("method") == "Runtime.exceptionThrown":
            self.errors.append(str(parameters["exceptionDetails"]))
        if reply.get("method") == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(str(parameters["entry"]))
