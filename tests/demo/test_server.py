# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The server answers this machine alone, and says what is wrong."""

from __future__ import annotations

import http.client
import json
import threading

import pytest

from monai_skin.demo import make_demo_server
from monai_skin.demo import server as module
from monai_skin.errors import InvalidInputError

OWN = {"X-Monai-Skin": "test"}


@pytest.fixture
def ask(models):
    server = make_demo_server(models)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    port = server.server_address[1]

    def ask(method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read().decode(), dict(response.getheaders())
        finally:
            connection.close()

    ask.server = server
    yield ask
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_page_warns_names_the_model_and_asks_for_the_sites_it_knows(ask):
    status, page, headers = ask("GET", "/")
    assert status == 200 and "Research use only. Not for diagnosis." in page
    assert "dual encoder, version" in page and "<option>back</option>" in page and "<option>female</option>" in page
    assert "$" not in page, "every place is filled"
    assert "script-src 'self'" in headers["Content-Security-Policy"] and headers["Cache-Control"] == "no-store"
    for name, kind in (("page.js", "text/javascript"), ("page.css", "text/css")):
        status, _, headers = ask("GET", f"/{name}")
        assert status == 200 and headers["Content-Type"].startswith(kind)


def test_a_picture_is_answered_with_the_report(ask, picture):
    status, report, headers = ask("POST", "/answer?age=70&sex=&site=back", picture.read_bytes(), OWN)
    assert status == 200 and headers["Content-Type"].startswith("text/html")
    assert "70 years, back" in report and "Research use only" in report


def test_what_cannot_be_read_is_refused_with_its_reason(ask):
    status, answer, _ = ask("POST", "/answer", b"text", OWN)
    assert status == 422 and json.loads(answer)["error"].startswith("picture: file is of no kind we read")


def test_only_the_loopback_address_listens(ask):
    assert ask.server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {"Host": "evil.example"}, 403),
        ("POST", "/answer", {**OWN, "Host": "evil.example:80"}, 403),
        ("POST", "/answer", {}, 403),
        ("GET", "/../answer.py", {}, 404),
        ("GET", "/index.html", {}, 404),
        ("POST", "/other", OWN, 404),
        ("POST", "/answer", {**OWN, "Content-Length": str(2**40)}, 413),
        ("POST", "/answer", {**OWN, "Content-Length": "-1"}, 413),
    ],
)
def test_other_names_other_pages_and_other_sizes_are_refused(ask, method, path, headers, status):
    found, answer, _ = ask(method, path, None, headers)
    assert found == status and json.loads(answer)["error"]


def test_more_pictures_than_may_wait_are_refused_and_the_others_answered(ask, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()

    def slow(picture, person, models):
        begun.set()
        assert go_on.wait(30)
        return "answered"

    monkeypatch.setattr(module, "answer_picture", slow)
    found = []
    threads = [threading.Thread(target=lambda: found.append(ask("POST", "/answer", b"x", OWN)[0])) for _ in range(6)]
    for thread in threads:
        thread.start()
    assert begun.wait(30)
    while len(found) < 2:  # those that were turned away are told at once
        threads[0].join(0.01)
    go_on.set()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200] * 4 + [503] * 2


@pytest.mark.parametrize("error", [ValueError("aged 70"), InvalidInputError("picture: is odd")])
def test_an_error_of_ours_says_no_more_than_its_kind(ask, monkeypatch, caplog, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(module, "answer_picture", fail)
    status, answer, _ = ask("POST", "/answer", b"x", OWN)
    assert status == (422 if isinstance(error, InvalidInputError) else 500)
    assert "aged 70" not in answer and "aged 70" not in caplog.text
