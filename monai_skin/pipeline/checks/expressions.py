# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Which ``$`` expressions a bundle may hold: a short list of forms, compared as syntax trees.

MONAI hands every string that begins with ``$`` to Python, wherever it stands. So an expression must have one of the
``FORMS`` below, or join text and references with ``+``. To allow another, add it to the list, nothing else.
"""

from __future__ import annotations

import ast
import re

__all__ = ["FORMS", "problem_in_expression", "references_in"]

REFERENCE = re.compile(r"@\w*(?:::\w*)*")
LONGEST = 400  # characters; a deep enough expression would exhaust the parser
PLACEHOLDER = "ref"  # stands for any reference, in the forms and in what is compared with them

FORMS = (
    "ref",
    "ref.to(ref)",
    "ref.parameters()",
    "ref.run()",
    "torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')",
    "monai.utils.set_determinism(ref)",
    "monai.utils.set_determinism(seed=ref)",
    "monai.utils.set_determinism(seed=number)",
    "monai.utils.set_determinism(seed=ref, use_deterministic_algorithms=ref)",
    # one process per GPU, or per CPU with gloo
    "torch.distributed.is_initialized()",
    "torch.distributed.init_process_group(backend='nccl' if torch.cuda.is_available() else 'gloo')",
    "torch.distributed.init_process_group('nccl' if torch.cuda.is_available() else 'gloo')",
    "torch.distributed.destroy_process_group()",
    "torch.device('cuda:' + str(torch.distributed.get_rank()) if torch.cuda.is_available() else 'cpu')",
    "torch.device('cuda:' + os.environ['LOCAL_RANK'] if torch.cuda.is_available() else 'cpu')",
    "torch.cuda.set_device(ref)",
    "torch.cuda.set_device(ref) if torch.cuda.is_available() else None",
    "[ref] if ref.type == 'cuda' else None",
)


def problem_in_expression(text: str) -> str:
    """What is wrong with an expression, given without its ``$``; empty when it is allowed."""
    if len(text) > LONGEST:
        return f"is longer than {LONGEST} characters"
    normal = text.replace("#", "::")  # as MONAI reads it: there are no comments
    try:
        tree = ast.parse(REFERENCE.sub(PLACEHOLDER, normal), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "is no expression"
    if PLACEHOLDER in re.findall(r"\w+", REFERENCE.sub("", normal)):
        return f"holds the name {PLACEHOLDER!r}, which nothing defines"
    if _joins_text(tree) or any(_same(tree, form) for form in _TREES):
        return ""
    return "has none of the allowed forms"


def references_in(value: str) -> list[str]:
    """The ids a string refers to, as MONAI finds them: anywhere in an expression, else only as the whole string."""
    normal = value.replace("#", "::")
    found = REFERENCE.findall(normal)
    if not value.startswith("$"):
        found = [one for one in found if one == normal]
    return [one.removeprefix("@") for one in found]


def _joins_text(tree: ast.expr) -> bool:
    """Whether ``tree`` is references and quoted text joined by ``+``: a path below a folder of the config."""
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add):
        return all(_joins_text(side) or _is_text(side) or _is_reference(side) for side in (tree.left, tree.right))
    return False


def _is_text(tree: ast.expr) -> bool:
    """Quoted text that does not climb: ``'/models/model.safetensors'`` but not ``'/../../etc'``."""
    return isinstance(tree, ast.Constant) and isinstance(tree.value, str) and ".." not in tree.value.split("/")


def _is_reference(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Name) and tree.id == PLACEHOLDER


def _same(tree: ast.AST, form: ast.AST) -> bool:
    """Whether two trees are equal; the name ``number`` in ``form`` stands for any whole number."""
    if isinstance(form, ast.Name) and form.id == "number":
        return isinstance(tree, ast.Constant) and type(tree.value) is int
    if type(tree) is not type(form):
        return False
    return all(_same_field(getattr(tree, name), getattr(form, name)) for name in form._fields if name != "kind")


def _same_field(left: object, right: object) -> bool:
    if isinstance(left, ast.AST) and isinstance(right, ast.AST):
        return _same(left, right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same_field, left, right))
    return type(left) is type(right) and left == right


_TREES = tuple(ast.parse(form, mode="eval").body for form in FORMS)
