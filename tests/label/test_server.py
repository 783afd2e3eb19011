# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import ast
import configparser
import json
import subprocess
import sys
from pathlib import Path

import pytest

from monai_skin.errors import PeerError, UsageError
from monai_skin.label import LabelServer, find_label_python, require_safe_host
from monai_skin.label.server import APP

REALM = {"MONAI_LABEL_AUTH_REALM_URI": "https://keycloak.example/realms/x"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.7"])
def test_i3_this_machine_needs_no_authentication(host):
    require_safe_host(host, {})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "::1", "192.168.1.5", "scanner.example", "127.0.0.1.example"])
@pytest.mark.parametrize(
    "environment", [{}, {"MONAI_LABEL_AUTH_ENABLE": "false", **REALM}, {"MONAI_LABEL_AUTH_ENABLE": "true"}]
)
def test_i3_other_hosts_are_refused_without_it(host, environment):
    with pytest.raises(UsageError, match="which others can reach; expected 127.0.0.1, or MONAI_LABEL_AUTH_ENABLE=true"):
        require_safe_host(host, environment)


def test_i3_other_hosts_are_allowed_with_it():
    require_safe_host("0.0.0.0", {"MONAI_LABEL_AUTH_ENABLE": "true", **REALM})


def test_i3_a_server_is_not_even_prepared_for_an_unsafe_host(tmp_path):
    server = LabelServer(str(tmp_path), tmp_path / "work", Path(sys.executable), host="0.0.0.0")
    with pytest.raises(UsageError, match="label: host is 0.0.0.0"):
        server.prepare()
    assert not (tmp_path / "work").exists()


def test_i5_without_its_environment_one_line_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MONAI_LABEL_PYTHON", raising=False)
    with pytest.raises(UsageError, match="environment is not there; expected 'make label', or --label-python"):
        find_label_python(None)
    with pytest.raises(UsageError, match="MONAI Label is not installed in that environment; expected 'make label'"):
        find_label_python(sys.executable)


def test_i5_importing_the_package_imports_no_annotation():
    code = "import sys, monai_skin, monai_skin.errors, monai_skin.labels; sys.exit('monai_skin.label' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_server_starts_the_copied_app_with_settings_that_can_be_changed(tmp_path, monkeypatch):
    (tmp_path / "pictures").mkdir()
    monkeypatch.setenv("MONAI_LABEL_SESSIONS", "true")
    conf = {"device": "cpu"}
    server = LabelServer(str(tmp_path / "pictures"), tmp_path / "work", Path("/x/bin/python"), port=8123, conf=conf)
    server.prepare()
    copied = {path.relative_to(tmp_path / "work" / "app") for path in (tmp_path / "work" / "app").rglob("*.*")}
    assert {Path("main.py"), Path("serve.py"), Path("lib/worker.py"), Path("page/index.html")} <= copied
    words = server.command()
    assert words[:4] == ["/x/bin/python", "-m", "monailabel.main", "start_server"]
    assert words[words.index("--host") + 1] == "127.0.0.1"
    conf = {words[at + 1]: words[at + 2] for at, word in enumerate(words) if word == "--conf"}
    assert conf == {"models": str(tmp_path / "work" / "models"), "python": sys.executable, "device": "cpu"}
    environment = server.environment()
    assert environment["MONAI_LABEL_SESSIONS"] == "true", "the user's word"
    assert environment["MONAI_LABEL_DICOMWEB_CONVERT_TO_NIFTI"] == "false"
    assert "*.jpeg" in json.loads(environment["MONAI_LABEL_DATASTORE_FILE_EXT"])
    assert environment["PATH"].startswith("/x/bin:")
    assert environment["MONAI_SKIN_LABEL_HOSTS"] == "127.0.0.1,127.0.0.1,localhost"
    elsewhere = LabelServer(str(tmp_path), tmp_path, Path("/x/bin/python"), host="10.0.0.1")
    assert elsewhere.environment()["MONAI_SKIN_LABEL_HOSTS"] == "", "whoever asks has to say who they are"


@pytest.mark.skipif(sys.platform == "win32", reason="a script of the shell")
def test_a_server_that_ends_by_itself_is_told(tmp_path):
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\nexit 3\n")
    script.chmod(0o755)
    server = LabelServer(str(tmp_path), tmp_path / "work", script)
    with pytest.raises(PeerError, match="MONAI Label's server ended with 3; expected a free port"):
        server.run()


def test_studies_that_do_not_exist_are_refused(tmp_path):
    with pytest.raises(UsageError, match="nowhere: studies is no folder"):
        LabelServer(str(tmp_path / "nowhere"), tmp_path / "work", Path(sys.executable)).prepare()


def test_the_app_asks_monai_skin_through_its_worker_only():
    for path in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] == "monai_skin"], path.name


def test_the_app_is_installed_with_the_package():
    settings = configparser.RawConfigParser()
    settings.read(APP.parents[2] / "setup.cfg")
    patterns = settings["options.package_data"]["monai_skin"].split()
    packed = {path for pattern in patterns for path in APP.parents[1].glob(pattern)}
    assert {path for path in APP.rglob("*") if path.is_file() and path.suffix != ".pyc"} <= packed


def test_the_page_says_what_it_is_not_for_and_loads_nothing_from_elsewhere():
    text = (APP / "page" / "index.html").read_text(encoding="utf-8")
    assert "Research use only. Not for diagnosis." in text and "default-src 'self'" in text
    for path in (APP / "page").iterdir():
        assert "http://" not in path.read_text(encoding="utf-8").replace("http://www.w3.org", ""), path.name
        assert "https://" not in path.read_text(encoding="utf-8"), path.name
