# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Our SAM and SAM 2 give the masks the library's own classes give, from one run of the image encoder."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from transformers import Sam2Model, SamImageProcessorPil, SamModel, SamProcessor

from monai_skin.concepts import EncodedPicture, ModelSource, Sam2Segmenter, SamSegmenter, Segment

BOXES = np.array([[8, 10, 24, 30], [0, 0, 40, 48], [3.5, 40, 20, 47]], np.float32)
SIZE = (48, 40)


@pytest.fixture(scope="module")
def folder(weights):
    return weights / "sam-vit-huge"


@pytest.fixture(scope="module")
def segmenter(folder):
    return SamSegmenter(ModelSource("sam", "someone/small", folder=str(folder)), boxes_at_once=2)


def test_masks_and_embedding_are_those_of_the_library(folder, segmenter, photograph):
    model = SamModel.from_pretrained(folder).eval()
    processor = SamProcessor(SamImageProcessorPil.from_pretrained(folder))
    inputs = processor(photograph.transpose(1, 2, 0), input_boxes=[BOXES.tolist()], return_tensors="pt")
    with torch.no_grad():
        outputs = model(**{k: inputs[k] for k in ("pixel_values", "input_boxes")}, multimask_output=False)
        embedding = model.get_image_embeddings(inputs["pixel_values"])[0]
    known = processor.post_process_masks(outputs.pred_masks, inputs["original_sizes"], inputs["reshaped_input_sizes"])
    picture = segmenter.encode(photograph, SIZE)
    ours = list(segmenter.segment(picture, BOXES))
    assert isinstance(picture, EncodedPicture) and all(isinstance(each, Segment) for each in ours)
    np.testing.assert_allclose(picture.embedding, embedding.numpy(), atol=1e-4)
    masks = np.stack([each.mask for each in ours])
    assert masks.shape == (3, 48, 40) and masks.dtype == bool
    assert (masks != known[0][:, 0].numpy()).mean() < 2e-3  # a logit of zero may fall on either side
    assert 0 < masks.mean() < 1


def test_the_picture_takes_the_part_of_the_grid_that_is_not_padding(segmenter, photograph):
    # 48 x 40 becomes 64 x 53 (40 * 64 / 48 = 53.3), in cells of 8 pixels
    picture = segmenter.encode(photograph, SIZE)
    assert picture.embedding.shape == (256, 8, 8)
    assert picture.scaled == (64, 53) and picture.grid == (8.0, 53 / 8)


def test_the_mask_token_is_what_the_decoder_makes_the_mask_of(segmenter, photograph):
    seen = []
    network = segmenter.network.mask_decoder.output_hypernetworks_mlps[0]  # from the single mask's token to its filter
    handle = network.register_forward_hook(lambda _, given, out: seen.append(given[0]))
    made = list(segmenter.segment(segmenter.encode(photograph, SIZE), BOXES))
    handle.remove()
    np.testing.assert_array_equal([each.mask_token for each in made], torch.cat(seen, 1)[0].numpy())


def test_box_tokens_are_the_mean_of_the_two_corners(segmenter, photograph):
    made = list(segmenter.segment(segmenter.encode(photograph, SIZE), BOXES))
    down, across = 64 / 48, 53 / 40
    scaled = torch.from_numpy((BOXES * np.array([across, down, across, down])).astype(np.float32))[None]
    corners = segmenter.network.get_prompt_embeddings(input_boxes=scaled)[0][0]
    assert corners.shape == (3, 2, 256)
    np.testing.assert_allclose([each.box_tokens for each in made], corners.mean(1).numpy(), atol=1e-4)


def test_a_mask_of_a_reduced_picture_has_the_size_of_the_full_one(segmenter, photograph):
    picture = segmenter.encode(photograph, (480, 400))
    full = next(segmenter.segment(picture, BOXES[:1] * 10)).mask
    small = next(segmenter.segment(segmenter.encode(photograph, SIZE), BOXES[:1])).mask
    assert full.shape == (480, 400)
    assert (full[5::10, 5::10] != small).mean() < 0.05


def test_masks_and_tokens_of_sam_2_are_those_of_the_library(weights, photograph):
    folder = weights / "sam2.1-hiera-large"
    segmenter = Sam2Segmenter(ModelSource("sam2", "someone/small", folder=str(folder)))
    picture = segmenter.encode(photograph, SIZE)
    made = list(segmenter.segment(picture, BOXES))
    model = Sam2Model.from_pretrained(folder).eval()
    square = Image.fromarray(np.ascontiguousarray(photograph.transpose(1, 2, 0))).resize((64, 64), 2)
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    pixels = torch.from_numpy(((np.asarray(square) / 255 - mean) / std).astype(np.float32)).permute(2, 0, 1)[None]
    boxes = torch.from_numpy((BOXES * np.array([64 / 40, 64 / 48, 64 / 40, 64 / 48])).astype(np.float32))
    tokens = []
    handle = model.mask_decoder.register_forward_hook(lambda _, given, out: tokens.append(out[2]))
    with torch.no_grad():
        known = model(pixel_values=pixels, input_boxes=boxes[None], multimask_output=False)
    handle.remove()
    assert picture.grid == (4.0, 4.0)
    np.testing.assert_allclose(picture.embedding, known.image_embeddings[-1][0], atol=1e-4)
    np.testing.assert_allclose([each.mask_token for each in made], tokens[0][0, :, 0], atol=1e-4)
    whole = F.interpolate(known.pred_masks[0].float(), SIZE, mode="bilinear", align_corners=False)[:, 0] > 0
    assert (whole.numpy() != np.stack([each.mask for each in made])).mean() < 2e-3
