# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""From boxes to masks and vectors, with one look at the picture for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch.nn import functional

from monai_skin.concepts.model_folder import open_model
from monai_skin.concepts.settings import ModelSource
from monai_skin.transforms import normalize_imagenet

__all__ = ["EncodedPicture", "Sam2Segmenter", "SamSegmenter", "Segment"]


class EncodedPicture(NamedTuple):
    """A picture as a segmenter sees it.

    Args:
        embedding: ``(D, h, w)`` float32, 256 x 64 x 64 at the published sizes.
        grid: rows and columns of cells the picture takes of it; padding lies to the right and below.
        inputs: what the mask decoder wants, on its device.
        size: rows and columns of the picture.
        scaled: rows and columns it was shrunk to.
    """

    embedding: npt.NDArray[np.float32]
    grid: tuple[float, float]
    inputs: Any
    size: tuple[int, int]
    scaled: tuple[int, int]


class Segment(NamedTuple):
    """What a box contains.

    Args:
        mask: ``(H, W)`` bool, of the whole picture.
        mask_token: ``(D,)`` float32, from which the decoder made the mask.
        box_tokens: ``(D,)`` float32, the mean of the two corners as the prompt encoder writes them.
    """

    mask: npt.NDArray[np.bool_]
    mask_token: npt.NDArray[np.float32]
    box_tokens: npt.NDArray[np.float32]


class SamSegmenter:
    """SAM from a folder: ViT-B, ViT-L or ViT-H, whichever is in it.

    Kirillov et al., "Segment Anything", ICCV 2023, https://arxiv.org/abs/2304.02643. The picture's longer side is
    shrunk to 1024 pixels, or what the model's configuration says, and the rest of the square is padded.

    Args:
        source: which model, and where.
        device: where it computes.
        boxes_at_once: more need more memory: about 0.1 GB each at the published sizes.

    Raises:
        UsageError: the folder or a file in it is missing.
        IntegrityError: the weight file has another digest than the source says.
        InvalidInputError: the files are damaged or of another model.
    """

    keeps_shape = True
    _token = 1  # of the single mask; the token of its quality stands before it

    def __init__(self, source: ModelSource, *, device: str | torch.device = "cpu", boxes_at_once: int = 16) -> None:
        self.device, self.boxes_at_once = torch.device(device), boxes_at_once
        self.network, self.source = open_model(source, device=self.device)
        self.side = int(self.network.config.prompt_encoder_config.image_size)

    def encode(self, pixels: npt.NDArray[np.uint8], size: tuple[int, int]) -> EncodedPicture:
        """Run the image encoder, which costs nearly everything there is to pay.

        Args:
            pixels: ``(3, H, W)`` uint8 RGB, upright; may be smaller than the picture.
            size: rows and columns of the picture, whose pixels masks and boxes are given in.
        """
        scaled = self._scaled(size)
        picture = Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0)))
        small = np.asarray(picture.resize(scaled[::-1], Image.Resampling.BILINEAR)).transpose(2, 0, 1)
        values = normalize_imagenet(torch.from_numpy(np.ascontiguousarray(small)))
        padded = functional.pad(values, (0, self.side - scaled[1], 0, self.side - scaled[0]))
        with torch.inference_mode():
            inputs = self.network.get_image_embeddings(padded[None].to(self.device))
        embedding = (inputs[-1] if isinstance(inputs, list) else inputs)[0].float().cpu().numpy()
        rows, columns = (cells * part / self.side for cells, part in zip(embedding.shape[1:], scaled))
        return EncodedPicture(embedding, (rows, columns), inputs, size, scaled)

    def _scaled(self, size: tuple[int, int]) -> tuple[int, int]:
        if not self.keeps_shape:
            return self.side, self.side
        scale = self.side / max(size)
        rows, columns = (max(1, int(length * scale + 0.5)) for length in size)
        return rows, columns

    def segment(self, picture: EncodedPicture, boxes: npt.NDArray[np.float32]) -> Iterator[Segment]:
        """The content of each box, one at a time: masks of large pictures would fill the memory together.

        Args:
            picture: from :meth:`encode`.
            boxes: ``(m, 4)``: left, top, right and bottom in pixels of the picture.
        """
        shrink = np.array(picture.scaled[::-1], np.float64) / picture.size[::-1]
        scaled = torch.from_numpy((boxes * np.tile(shrink, 2)).astype(np.float32))
        for some in torch.split(scaled, self.boxes_at_once):
            for logits, mask_token, box_tokens in zip(*self._decode(picture, some[None].to(self.device))):
                yield Segment(self._enlarged(logits, picture), mask_token.numpy(), box_tokens.numpy())

    def _decode(self, picture: EncodedPicture, boxes: torch.Tensor) -> tuple[torch.Tensor, ...]:
        seen: list[torch.Tensor] = []
        decoder = self.network.mask_decoder.transformer
        hook = decoder.register_forward_hook(lambda _module, _inputs, output: seen.append(output[0]))
        try:
            with torch.inference_mode():
                out = self.network(image_embeddings=picture.inputs, input_boxes=boxes, multimask_output=False)
                corners, _ = self.network.get_prompt_embeddings(input_boxes=boxes)
        finally:
            hook.remove()
        parts = (out.pred_masks[0], seen[0][0, :, self._token], corners[0, :, :2].mean(dim=1))
        return tuple(part.float().cpu() for part in parts)

    def _enlarged(self, logits: torch.Tensor, picture: EncodedPicture) -> npt.NDArray[np.bool_]:
        """``(1, h, w)`` logits as a mask of the picture: to the padded square, without the padding, to its size."""
        if self.keeps_shape:
            square = functional.interpolate(logits[None], (self.side, self.side), mode="bilinear", align_corners=False)
            logits = square[0, :, : picture.scaled[0], : picture.scaled[1]]
        full = functional.interpolate(logits[None], picture.size, mode="bilinear", align_corners=False)
        return np.asarray((full[0, 0] > 0).numpy())


class Sam2Segmenter(SamSegmenter):
    """SAM 2 from a folder, for single pictures; its Tiny size is the light choice.

    Ravi et al., "SAM 2: Segment Anything in Images and Videos", 2024, https://arxiv.org/abs/2408.00714. The picture is
    squeezed into the square, without padding. Where the single mask is unstable the model may give a better one of its
    three others, while the token stays the single mask's.
    """

    keeps_shape = False
    _token = 2  # behind those of the object's presence and the mask's quality
