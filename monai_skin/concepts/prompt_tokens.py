# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Prompts as the texts of Grounding DINO, and which tokens of a text belong to which prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch

from monai_skin.errors import UsageError

__all__ = ["PromptTokens", "tokenize_prompts"]

# of the BERT vocabulary, as they are written into the model's code: the frame of a text, a full stop, a question mark
_CLASS, _SEPARATOR, _STOP, _QUESTION, _PADDING = 101, 102, 1012, 1029, 0


class PromptTokens(NamedTuple):
    """One text for all prompts or one for each.

    Args:
        inputs: ``input_ids``, ``token_type_ids`` and ``attention_mask``, each ``(T, L)``.
        owner: ``(T, L)`` integer: the prompt a token belongs to, -1 for what separates prompts and for padding.
    """

    inputs: Mapping[str, torch.Tensor]
    owner: torch.Tensor


def tokenize_prompts(tokenizer: Any, prompts: Sequence[str], *, joint: bool, longest: int) -> PromptTokens:
    """Write prompts as texts and break these into tokens.

    Args:
        tokenizer: of the model's text encoder.
        prompts: each without full stop and question mark.
        joint: one text for all of them.
        longest: tokens in a text that the model can read.

    Raises:
        UsageError: the tokenizer knows no part of a prompt, or a text is too long.
    """
    texts = [" ".join(f"{prompt}." for prompt in prompts)] if joint else [f"{prompt}." for prompt in prompts]
    coded = tokenizer(texts, padding=True, return_token_type_ids=True, return_tensors="pt")
    ids = coded["input_ids"]
    if ids.shape[1] > longest:
        expected = f"at most {longest}: fewer words, or joint_prompt false"
        raise UsageError.about("settings", "prompts", f"are {ids.shape[1]} tokens long", expected=expected)
    between = torch.isin(ids, torch.tensor([_CLASS, _SEPARATOR, _STOP, _QUESTION, _PADDING]))
    rank = between.cumsum(dim=1) - 1  # the frame's first token stands before prompt 0
    first = torch.zeros(1, 1, dtype=torch.long) if joint else torch.arange(len(texts))[:, None]
    owner = torch.where(between, -1, rank + first)
    for number, prompt in enumerate(prompts):
        if bool((ids[owner == number] == tokenizer.unk_token_id).all()):
            expected = "words in a language the detector was trained on"
            raise UsageError.about(
                "settings", "prompts", f"hold {prompt!r}, unknown to the detector", expected=expected
            )
    names = ("input_ids", "token_type_ids", "attention_mask")
    return PromptTokens({name: coded[name] for name in names}, owner)
