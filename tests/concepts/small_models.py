# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Grounding DINO, SAM and SAM 2 with random weights and a few layers, saved as the published ones are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import (
    BertConfig,
    BertTokenizer,
    GroundingDinoConfig,
    GroundingDinoForObjectDetection,
    GroundingDinoImageProcessorPil,
    Sam2Config,
    Sam2HieraDetConfig,
    Sam2Model,
    Sam2VisionConfig,
    SamConfig,
    SamImageProcessorPil,
    SamModel,
    SwinConfig,
)
from transformers.utils import logging

from monai_skin.concepts import PROMPTS

SIDE = 64
WORDS = (*PROMPTS, "皮", "膚")


def save_detector(folder: Path, *, side: int = SIDE) -> None:
    """A detector whose vocabulary has the special tokens at the numbers its code takes for granted."""
    folder.mkdir(parents=True)
    vocabulary = [f"[unused{number}]" for number in range(1030)]
    for number, token in {0: "[PAD]", 100: "[UNK]", 101: "[CLS]", 102: "[SEP]", 103: "[MASK]"}.items():
        vocabulary[number] = token
    vocabulary[1012], vocabulary[1029] = ".", "?"
    vocabulary[104 : 104 + len(WORDS)] = WORDS
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    GroundingDinoImageProcessorPil(size={"shortest_edge": side, "longest_edge": 2 * side}).save_pretrained(folder)
    swin = SwinConfig(
        image_size=SIDE,
        embed_dim=8,
        depths=[1, 1, 1],
        num_heads=[1, 2, 2],
        window_size=4,
        out_features=["stage2", "stage3"],
    )
    bert = BertConfig(
        vocab_size=1030,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
    )
    small = {"encoder_ffn_dim": 16, "decoder_ffn_dim": 16, "encoder_attention_heads": 2, "decoder_attention_heads": 2}
    config = GroundingDinoConfig(
        backbone_config=swin,
        text_config=bert.to_dict(),
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        num_queries=10,
        num_feature_levels=3,
        max_text_len=32,
        disable_custom_kernels=True,
        **small,
    )
    _save(GroundingDinoForObjectDetection, config, folder)


def save_sam(folder: Path) -> None:
    """A SAM of 64 pixels and 8 x 8 cells."""
    vision = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "mlp_dim": 16, "window_size": 4}
    vision |= {"image_size": SIDE, "patch_size": 8, "output_channels": 256, "num_pos_feats": 128}
    prompt = {"hidden_size": 256, "image_size": SIDE, "patch_size": 8, "mask_input_channels": 4}
    decoder = {"hidden_size": 256, "num_hidden_layers": 1, "num_attention_heads": 2, "mlp_dim": 16}
    config = SamConfig(
        vision_config={**vision, "global_attn_indexes": [0]},
        prompt_encoder_config=prompt,
        mask_decoder_config={**decoder, "iou_head_hidden_dim": 16},
    )
    _save(SamModel, config, folder)
    pads = {"pad_size": {"height": SIDE, "width": SIDE}, "mask_pad_size": {"height": 32, "width": 32}}
    SamImageProcessorPil(size={"longest_edge": SIDE}, mask_size={"longest_edge": 32}, **pads).save_pretrained(folder)


def save_sam2(folder: Path) -> None:
    """A SAM 2 of 64 pixels and 4 x 4 cells."""
    backbone = Sam2HieraDetConfig(
        hidden_size=8,
        image_size=[SIDE, SIDE],
        blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[8, 16, 32, 64],
        num_attention_heads_per_stage=[1, 1, 2, 2],
        window_size_per_stage=[4, 2, 2, 2],
        window_positional_embedding_background_size=[4, 4],
        global_attention_blocks=[3],
    )
    vision = Sam2VisionConfig(
        backbone_config=backbone,
        backbone_channel_list=[64, 32, 16, 8],
        backbone_feature_sizes=[[16, 16], [8, 8], [4, 4]],
    )
    prompt = {"hidden_size": 256, "image_size": SIDE, "patch_size": 16, "mask_input_channels": 4}
    decoder = {"hidden_size": 256, "num_hidden_layers": 1, "num_attention_heads": 2, "mlp_dim": 16}
    config = Sam2Config(
        vision_config=vision,
        prompt_encoder_config=prompt,
        mask_decoder_config={**decoder, "iou_head_hidden_dim": 16},
    )
    _save(Sam2Model, config, folder)


def _save(kind: Any, config: Any, folder: Path) -> None:
    logging.disable_progress_bar()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = kind(config)
        if kind is not GroundingDinoForObjectDetection:  # a new SAM gives embeddings of nearly nothing
            for weight in model.parameters():
                torch.nn.init.normal_(weight, std=0.1)
        model.save_pretrained(folder)
