# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The grammar of expressions."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.pipeline.checks.expressions import FORMS, problem_in_expression, references_in

ALLOWED = [
    "@bundle_root + '/models/model.safetensors'",
    "@output_dir + '/checkpoints'",
    "@_meta_#name + ', version ' + @_meta_::version",
    "@train#first + @train#second + @train#third",
    "@network_def.to(@device)",
    "@network.parameters()",
    "@train#trainer.run()",
    "torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')",
    'torch.device("cuda:0" if torch.cuda.is_available() else "cpu")',
    "monai.utils.set_determinism(seed=@seed)",
    "monai.utils.set_determinism(seed=12)",
]
REFUSED = [
    "__import__('os').system('touch canary')",
    "import os",
    "from os import system",
    "lambda x: x",
    "@network.__class__",
    "@network.to.__globals__",
    "().__class__.__bases__[0].__subclasses__()",
    "[x for x in @data]",
    "open(@path)",
    "glob.glob(@dataset_dir + '/*.png')",
    "torch.load(@path)",
    "torch.hub.load('a', 'b')",
    "torch.device('cuda:1' if torch.cuda.is_available() else 'cpu')",
    "@x if @y else @z",
    "@a - @b",
    "@a * 9 ** 9 ** 9",
    "'text'",
    "'/a' + '/../../etc/passwd'",
    "@bundle_root + '/../../etc/passwd'",
    "@bundle_root + str(1)",
    "@bundle_root + f'{open}'",
    "@network_def.to('cpu')",
    "@network_def.to(@device, @other)",
    "@trainer.run(1)",
    "@trainer.run(*@a)",
    "ref.run()",
    "monai.utils.set_determinism(seed=True)",
    "monai.utils.set_determinism(seed=1.5)",
    "monai.bundle.run(@x)",
    "not os.path.exists(@ckpt_path)",
    "",
    " @a.run()",
    "@a.run() # harmless",
    "(" * 300,
    "@a + " * 200 + "@a",
    "\0",
]


@pytest.mark.parametrize("text", ALLOWED)
def test_what_bundles_need_is_allowed(text):
    assert problem_in_expression(text) == ""


@pytest.mark.parametrize("text", REFUSED)
def test_c7_everything_else_is_refused(text):
    assert problem_in_expression(text)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_the_list_allows_itself(form):
    assert problem_in_expression(form.replace("number", "7").replace("ref", "@a#b")) == ""


names = st.sampled_from(["@a", "@a#b", "torch", "os", "open", "__import__", "eval", "ref", "'t'", "1", "monai"])
attributes = st.sampled_from(["to", "run", "parameters", "device", "__class__", "system", "cuda"])


def combine(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{}.{}".format, parts, attributes),
        st.builds("{}({})".format, parts, parts),
        st.builds("{}()".format, parts),
        st.builds("{} + {}".format, parts, parts),
        st.builds("{} if {} else {}".format, parts, parts, parts),
        st.builds("[{}]".format, parts),
        st.builds("(lambda: {})".format, parts),
        st.builds("{}[{}]".format, parts, parts),
    )


@settings(deadline=None, max_examples=150)
@given(st.recursive(names, combine, max_leaves=6))
def test_c7_what_is_allowed_calls_nothing_but_what_the_list_names(text):
    if problem_in_expression(text):
        return
    tree = ast.parse(text.replace("@a#b", "ref").replace("@a", "ref"), mode="eval")
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert called <= {"ref.to", "ref.run", "ref.parameters", "torch.device", "torch.cuda.is_available"}
    assert not any(isinstance(node, ast.Lambda | ast.Subscript | ast.ListComp) for node in ast.walk(tree))


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_gets_an_answer(text):
    assert isinstance(problem_in_expression(text), str)


def test_references_are_found_as_monai_finds_them():
    assert references_in("$@a#b + '/x' + @c") == ["a::b", "c"]
    assert references_in("@a::b") == ["a::b"]
    assert references_in("mail@a") == []
    assert references_in("plain") == []
