# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A MONAI Deploy application: a folder of DICOM pictures in, Segmentations, Structured Reports and overlays out.

Research use only. Not for diagnosis. ``python app.py -i DICOM_FOLDER -o RESULTS``; README.md has the rest. Each
operator is a face of a function of ``monai_skin.pipeline``, so an answer is that of ``monai_skin dicom predict``.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

from monai.deploy.conditions import CountCondition
from monai.deploy.core import Application, Fragment, Operator, OperatorSpec

from monai_skin.data import list_images
from monai_skin.dicom import ModelIdentity
from monai_skin.pipeline import add_metadata, diagnose, find_bundle, identify_model, sites_of, write_dicom_results

OUTLINING, DIAGNOSING = "lesion_segmentation", "dual_encoder_diagnosis"
BUNDLES = os.environ.get("MONAI_SKIN_BUNDLES")


def bundle_of(name: str) -> Path:
    """A bundle of the application package: below ``MONAI_SKIN_BUNDLES``, or in the checkout."""
    return Path(find_bundle(name, None if BUNDLES is None else str(Path(BUNDLES) / name)))


class ListPictures(Operator):
    """Emits the DICOM objects of a folder, each with the age, sex and site that its header has."""

    def __init__(self, fragment: Fragment, *args: Any, folder: Path, **kwargs: Any) -> None:
        self.folder = folder
        super().__init__(fragment, *args, **kwargs)

    def setup(self, spec: OperatorSpec) -> None:
        spec.output("items")

    def compute(self, op_input: Any, op_output: Any, context: Any) -> None:
        items = list_images([str(self.folder)])
        op_output.emit(add_metadata(items, table=None, sites=sites_of(bundle_of(DIAGNOSING))), "items")


class DiagnoseLesions(Operator):
    """Outlines each lesion, classifies it, and writes tables, drawings and the report."""

    def __init__(self, fragment: Fragment, *args: Any, out: Path, **kwargs: Any) -> None:
        self.out = out
        super().__init__(fragment, *args, **kwargs)

    def setup(self, spec: OperatorSpec) -> None:
        spec.input("items")
        spec.output("answered")

    def compute(self, op_input: Any, op_output: Any, context: Any) -> None:
        items = op_input.receive("items")
        roots = {"segmentation_root": bundle_of(OUTLINING), "diagnosis_root": bundle_of(DIAGNOSING)}
        run = diagnose(items, self.out, **roots, progress=False, overwrite=True)
        for row in run.rejected:
            logging.getLogger(__name__).warning("%s", row["reason"])
        op_output.emit((items, run), "answered")


class WriteDicom(Operator):
    """Writes the DICOM objects, in the studies of their pictures, to ``dicom/`` of the output folder."""

    def setup(self, spec: OperatorSpec) -> None:
        spec.input("answered")

    def compute(self, op_input: Any, op_output: Any, context: Any) -> None:
        items, run = op_input.receive("answered")
        models: dict[str, ModelIdentity] = {
            "outlined_by": identify_model(bundle_of(OUTLINING)),
            "diagnosed_by": identify_model(bundle_of(DIAGNOSING)),
        }
        written = write_dicom_results(run, items, **models)
        logging.getLogger(__name__).info(
            "%d DICOM objects written, %d items without", len(written.files), len(written.skipped)
        )


class SkinLesionApp(Application):
    """List, diagnose, write: three operators in a row, each run once."""

    name = "monai_skin"
    description = "Outlines and classifies skin lesions on dermoscopic DICOM pictures. Research use only."

    def compose(self) -> None:
        context = Application.init_app_context(self.argv)
        logging.getLogger("highdicom").setLevel(logging.WARNING)  # it notes identifiers of the pictures
        pictures = ListPictures(self, CountCondition(self, 1), name="list_pictures", folder=Path(context.input_path))
        lesions = DiagnoseLesions(self, name="diagnose_lesions", out=Path(context.output_path))
        results = WriteDicom(self, name="write_dicom")
        self.add_flow(pictures, lesions, {("items", "items")})
        self.add_flow(lesions, results, {("answered", "answered")})


if __name__ == "__main__":
    SkinLesionApp().run()
