# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Which tokens are whose, and what a detector cannot read."""

from __future__ import annotations

import pytest
from transformers import BertTokenizer

from monai_skin.concepts.prompt_tokens import tokenize_prompts
from monai_skin.errors import UsageError


@pytest.fixture(scope="module")
def tokenizer(weights):
    return BertTokenizer.from_pretrained(weights / "grounding-dino-base")


def test_every_token_has_the_prompt_it_is_part_of(tokenizer):
    # [CLS] left arm . skin . [SEP], "left" is no word of this vocabulary
    joint = tokenize_prompts(tokenizer, ["left arm", "skin"], joint=True, longest=32)
    assert joint.owner.tolist() == [[-1, 0, 0, -1, 1, -1, -1]]
    apart = tokenize_prompts(tokenizer, ["left arm", "skin"], joint=False, longest=32)
    assert apart.owner.tolist() == [[-1, 0, 0, -1, -1], [-1, 1, -1, -1, -1]]
    assert apart.inputs["attention_mask"].tolist() == [[1, 1, 1, 1, 1], [1, 1, 1, 1, 0]]


def test_words_of_another_language_are_read_if_the_vocabulary_has_them_and_refused_if_not(tokenizer):
    assert tokenize_prompts(tokenizer, ["皮膚"], joint=False, longest=32).owner.tolist() == [[-1, 0, 0, -1, -1]]
    with pytest.raises(UsageError, match="prompts hold 'повреждение', unknown to the detector; expected words in a"):
        tokenize_prompts(tokenizer, ["lesion", "повреждение"], joint=False, longest=32)


def test_a_text_that_is_too_long_names_the_way_out(tokenizer):
    with pytest.raises(UsageError, match="settings: prompts are 6 tokens long; expected at most 5: fewer words, or"):
        tokenize_prompts(tokenizer, ["arm", "leg"], joint=True, longest=5)
