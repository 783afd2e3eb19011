# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The list of targets."""

from __future__ import annotations

import pytest

from monai_skin.pipeline.checks.targets import ALLOWED_TARGETS, resolve_target

DANGEROUS = ["open", "eval", "exec", "compile", "subprocess.getoutput", "os.system", "monai.apps.download_url"]
DANGEROUS += ["monai.bundle.run", "monai.bundle.load", "torch.hub.load", "torch.load", "torch.jit.load", "pickle.loads"]
DANGEROUS += [
    "builtins.eval",
    "monai.utils.optional_import",
    "monai.transforms.Lambdad",
    "Lambdad",
    "functools.partial",
]


@pytest.mark.parametrize("target", sorted(ALLOWED_TARGETS))
def test_every_name_of_the_list_exists(target):
    assert callable(resolve_target(target))


@pytest.mark.parametrize("target", DANGEROUS)
def test_c6_dangerous_names_are_not_on_the_list(target):
    assert target not in ALLOWED_TARGETS


def test_a_short_name_is_what_monai_would_find():
    from monai.bundle.config_item import ComponentLocator

    locator = ComponentLocator()
    for target in (name for name in ALLOWED_TARGETS if "." not in name):
        found = locator.get_component_module_name(target)
        modules = found if isinstance(found, list) else [found]
        assert resolve_target(target).__module__ == modules[0], target
