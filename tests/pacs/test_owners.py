# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``pacs.owners``."""

from __future__ import annotations

import subprocess
import sys

from monai_skin.pacs.owners import is_alive, this_process


def test_a_process_lives_until_it_ends():
    assert is_alive(this_process())
    code = "from monai_skin.pacs.owners import this_process; print(this_process(), flush=True); input()"
    words = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", code], **words) as child:
        owner = child.stdout.readline().strip()
        assert is_alive(owner)
        child.kill()
        child.wait()
    assert not is_alive(owner)


def test_another_process_of_the_same_number_is_another_owner():
    boot, number, _ = this_process().split(":")
    assert not is_alive(f"{boot}:{number}:1") and not is_alive(f"other:{':'.join(this_process().split(':')[1:])}")
