# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Every attack on the one extraction, built in memory; the folder stays as it was."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monai_skin.errors import InvalidInputError, SkinError, UnsafeArtefactError
from monai_skin.io import safe_extract

GOOD = {
    "bundle/configs/train.json": b"{}",
    "bundle/models/model.safetensors": bytes(range(256)) * 50,
    "README.md": b"hi",
}


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, body in members:
            archive.writestr(name, body)
    return stream.getvalue()


def tarred(*members: tuple[str | tarfile.TarInfo, bytes], mode: str = "w:gz") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, body in members:
            info = tarfile.TarInfo(name) if isinstance(name, str) else name
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return stream.getvalue()


def zip_link(name: str, target: str) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info, target.encode()


def tar_special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


INNOCENT = ("data.txt", b"fine")
NAMES = [
    "../evil",
    "a/../../evil",
    "/etc/evil",
    "C:/evil",
    "C:evil",
    "..\\evil",
    "a\\b",
    "a/\x1b[2Jb",
    "..",
    "a:stream",
]
ATTACKS = {
    **{f"zip, {name!r}": zipped(INNOCENT, (name, b"x")) for name in NAMES},
    **{f"tar, {name!r}": tarred(INNOCENT, (name, b"x")) for name in NAMES},
    "zip, symlink": zipped(INNOCENT, zip_link("link", "/etc"), ("link/evil", b"x")),
    "tar, symlink": tarred(INNOCENT, tar_special("link", tarfile.SYMTYPE, "/etc"), ("link/evil", b"x")),
    "tar, hard link": tarred(INNOCENT, tar_special("link", tarfile.LNKTYPE, "/etc/passwd")),
    "tar, device": tarred(INNOCENT, tar_special("null", tarfile.CHRTYPE)),
    "tar, pipe": tarred(INNOCENT, tar_special("pipe", tarfile.FIFOTYPE)),
    "zip, same name but for case": zipped(INNOCENT, ("DATA.txt", b"x")),
    "zip, same name but for accents": zipped(("\u00e9", b"x"), ("e\u0301", b"y")),
    "tar, same name twice": tarred(INNOCENT, INNOCENT),
    "zip, same name by another spelling": zipped(INNOCENT, ("./data.txt", b"x")),
    "zip, too large": zipped(INNOCENT, ("big", bytes(3_000_000))),
    "tar, too large": tarred(INNOCENT, ("big", bytes(3_000_000))),
    "zip, too large together": zipped(*((str(number), bytes(100_000)) for number in range(30))),
}


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize("attack", ATTACKS)
def test_c9_an_attack_is_refused_and_the_folder_untouched(attack, tmp_path):
    folder = tmp_path / "target"
    folder.mkdir()
    (folder / "mine").write_text("kept")
    with pytest.raises(UnsafeArtefactError, match="^bytes in memory: ") as caught:
        safe_extract(ATTACKS[attack], folder, max_bytes=2_000_000)
    assert caught.value.exit_code == 4
    assert "\x1b" not in str(caught.value)
    assert [path.name for path in tmp_path.rglob("*")] == ["target", "mine"]


def test_c9_a_link_that_is_already_in_the_folder_is_not_followed(tmp_path):
    outside, folder = tmp_path / "outside", tmp_path / "target"
    outside.mkdir()
    folder.mkdir()
    (folder / "models").symlink_to(outside)
    with pytest.raises(UnsafeArtefactError, match="goes through a link"):
        safe_extract(zipped(("models/model.pt", b"x")), folder, max_bytes=1000)
    assert not list(outside.iterdir())


def test_c9_a_member_that_lies_about_its_size_leaves_nothing(tmp_path):
    data = bytearray(zipped(("first", b"fine"), ("second", bytes(500_000))))
    for mark, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):  # the size after unpacking, in both headers
        header = data.rindex(mark)
        data[header + place : header + place + 4] = (10).to_bytes(4, "little")
    with pytest.raises(InvalidInputError, match="archive is damaged"):
        safe_extract(bytes(data), tmp_path / "target", max_bytes=1000)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("data", [zipped(*GOOD.items()), tarred(*GOOD.items()), tarred(*GOOD.items(), mode="w")])
def test_a_good_archive_is_unpacked(data, tmp_path):
    archive = tmp_path / "bundle.archive"
    archive.write_bytes(data)
    written = safe_extract(archive, tmp_path / "a" / "target", max_bytes=100_000)
    assert {str(path.relative_to(tmp_path / "a" / "target")): path.read_bytes() for path in written} == GOOD
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["target"]
    assert all(path.stat().st_mode & 0o111 == 0 for path in written)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "unknown kind"),
        (b"hello" * 300, "unknown kind"),
        (zipped(*GOOD.items())[:-30], "unknown kind|damaged"),
        (tarred(*GOOD.items())[:-40], "damaged"),
        (tarred(*GOOD.items(), mode="w")[:14_336], "damaged"),  # cut between two members
    ],
)
def test_what_is_no_archive_is_refused(data, words, tmp_path):
    with pytest.raises(InvalidInputError, match=words):
        safe_extract(data, tmp_path / "target", max_bytes=100_000)
    assert not list(tmp_path.iterdir())


@settings(deadline=None, max_examples=80)
@example(changes=[(56, 0)], tar=False)  # zlib's own kind of error, which zipfile lets through
@given(
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4), tar=st.booleans()
)
def test_any_changed_bytes_give_files_inside_or_a_typed_error(changes, tar, tmp_path_factory):
    data = bytearray(tarred(*GOOD.items(), mode="w") if tar else zipped(*GOOD.items()))
    for place, value in changes:
        data[place % len(data)] = value
    base: Path = tmp_path_factory.mktemp("archives")
    try:
        safe_extract(bytes(data), base / "target", max_bytes=100_000)
    except SkinError:
        assert not os.listdir(base)
        return
    assert os.listdir(base) in (["target"], [])
