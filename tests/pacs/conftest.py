# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What every test with peers of pynetdicom needs."""

from __future__ import annotations

import gc
import subprocess

import pytest


@pytest.fixture(autouse=True)
def _collect_sockets(request):
    """pynetdicom leaves sockets of refused connections to the collector; it should come while that is allowed."""
    yield
    marks = request.node.iter_markers("filterwarnings")
    if any("PytestUnraisableExceptionWarning" in mark.args[0] for mark in marks):
        gc.collect()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate that signed itself, made by OpenSSL."""
    folder = tmp_path_factory.mktemp("tls")
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    words += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "k.pem"), "-out", str(folder / "c.pem")]
    subprocess.run(words, check=True, capture_output=True)
    return str(folder / "c.pem"), str(folder / "k.pem")
