# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether the dual encoder tells pictures unlike its training pictures: photographs of other things, blur, a phone.

``python -m benchmarks.unfamiliar_pictures --dataset_dir ham10000_224 --output_dir RUN`` runs ``predict`` on all kinds
of pictures and prints a table. No picture comes with a word about the person, so that none can be told by that. A kind
that is finished is kept when the command is repeated.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import skimage
from scipy.ndimage import gaussian_filter

from monai_skin.data import list_images, load_datalist
from monai_skin.evaluation import Measures, compare_familiarity, familiarity_table, read_measures
from monai_skin.io import image_size, read_image, read_table, write_image, write_json
from monai_skin.pipeline import diagnose

FAMILIAR = "HAM10000 test"
SIGMAS = (2, 4, 8)  # pixels of a picture whose short side has 224
# photographs, and pictures through a microscope or telescope, that come with scikit-image; no drawings, no second views
OTHER_THINGS = """astronaut.png brick.png camera.png cell.png chelsea.png clock_motion.png coffee.png coins.png
    grass.png gravel.png hubble_deep_field.jpg ihc.png microaneurysms.png moon.png motorcycle_left.png page.png
    retina.jpg rocket.jpg text.png""".split()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset_dir", required=True, help="HAM10000")
    parser.add_argument("--test_images", type=int, default=500, help="of the test section")
    parser.add_argument("--bundles", default="bundles", help="folder of the two bundles")
    parser.add_argument("--others", nargs="*", default=[], metavar="NAME=PATH", help="further kinds of pictures")
    parser.add_argument("--views", type=int, default=1, help="1, 4 or 8")
    parser.add_argument("--output_dir", required=True)
    given = parser.parse_args()
    folder = Path(given.output_dir)
    items = load_datalist(given.dataset_dir, "test", limit=given.test_images)
    lesions = {str(item["image_id"]): str(item["lesion_id"] or item["image_id"]) for item in items}
    kinds: dict[str, list[str]] = {FAMILIAR: [str(item["image"]) for item in items]}
    kinds["other things"] = [str(Path(skimage.__file__).parent / "data" / name) for name in OTHER_THINGS]
    kinds |= {name: path.split(",") for name, _, path in (each.partition("=") for each in given.others)}
    for sigma in SIGMAS:
        name = f"HAM10000 test, blurred by {sigma} pixels"
        kinds[name] = blurred(kinds[FAMILIAR], folder / "pictures" / f"blurred_{sigma}", sigma)
    found = [measured(name, paths, folder, given, lesions) for name, paths in kinds.items()]
    compared = [compare_familiarity(found[0], other) for other in found[1:]]
    write_json(folder / "unfamiliar.json", {"comparisons": [one.as_json() for one in compared]})
    sys.stdout.write("\n".join([*familiarity_table(compared), ""]))


def blurred(paths: Iterable[str], folder: Path, sigma: int) -> list[str]:
    """The pictures after a Gaussian filter, whose width is given for a short side of 224 pixels."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for path in paths:
        out = folder / f"{Path(path).stem}.png"
        if not out.is_file():
            width = sigma * min(image_size(path)) / 224
            smooth = gaussian_filter(np.asarray(read_image(path).pixels, np.float64), (0, width, width))
            write_image(out, smooth.round().astype(np.uint8))
        made.append(str(out))
    return made


def measured(
    name: str, paths: list[str], folder: Path, given: argparse.Namespace, lesions: Mapping[str, str]
) -> Measures:
    """What ``predict`` says of the pictures."""
    out = folder / name.replace(" ", "_").replace(",", "")
    if not (out / "predictions.csv").is_file():
        diagnose(
            list_images(paths),
            out,
            segmentation_root=Path(given.bundles) / "lesion_segmentation",
            diagnosis_root=Path(given.bundles) / "dual_encoder_diagnosis",
            views=given.views,
            overwrite=True,
        )
    for row in read_table(out / "rejected.csv") if (out / "rejected.csv").is_file() else []:
        sys.stderr.write(f"{name}: {row['reason']}\n")
    return read_measures(out / "predictions.csv", name=name, groups=lesions)


if __name__ == "__main__":
    main()
