# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin dicom predict|wrap|deidentify|dump``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from monai_skin.cli.predict import (
    DIAGNOSIS,
    DISCLAIMER,
    SEGMENTATION,
    add_explain,
    add_nifti,
    add_person,
    frame_number,
    name_rejected,
    write_nifti,
)
from monai_skin.errors import ItemsSetAsideError, UsageError

__all__ = ["configure"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions of ``dicom``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    _configure_predict(actions.add_parser("predict", help="outline and classify, and write DICOM results"))
    _configure_wrap(actions.add_parser("wrap", help="make a Dermoscopic Photography object of a photograph"))
    _configure_deidentify(actions.add_parser("deidentify", help="copy objects without what tells who the person is"))
    dump = actions.add_parser("dump", help="show what is read of an object, without what names the person")
    dump.add_argument("files", nargs="+", metavar="FILE", help="a DICOM object")
    dump.add_argument("--json", action="store_true", help="print JSON")
    dump.set_defaults(run=run_dump)


def _configure_predict(parser: argparse.ArgumentParser) -> None:
    parser.epilog = f"{DISCLAIMER} Exit code 6 means that some inputs were rejected; rejected.csv says why."
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="DICOM object or folder of them")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for all results; DICOM goes into DIR/dicom")
    parser.add_argument("--task", choices=("diagnosis", "segmentation"), default="diagnosis", help="as for predict")
    parser.add_argument("--frame", metavar="N", help="frame of an object that has several, from 1, or all of them: all")
    parser.add_argument("--bundle", metavar="DIR", help="root of the bundle that outlines; by default this package's")
    parser.add_argument("--diagnosis-bundle", metavar="DIR", help="root of the bundle that classifies, likewise")
    parser.add_argument("--calibration", metavar="FILE", help="as for predict")
    add_explain(parser)
    add_person(parser)
    add_nifti(parser)
    parser.add_argument("--device", help="cpu, cuda or cuda:<number>; by default a GPU if there is one")
    parser.add_argument("--batch-size", type=int, metavar="N", help="pictures at a time")
    parser.add_argument("--overwrite", action="store_true", help="replace earlier results in DIR")
    parser.add_argument("--quiet", action="store_true", help="print no summary and no progress bar")
    parser.set_defaults(run=run_predict)


def _configure_wrap(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photograph", metavar="FILE", help="JPEG, PNG, BMP or TIFF picture")
    parser.add_argument("--out", required=True, metavar="FILE", help="DICOM file to write")
    parser.add_argument("--patient-id", default="UNKNOWN", metavar="ID", help="a pseudonym")
    parser.add_argument("--study", default="", metavar="UID", help="study it belongs to; a new one by default")
    parser.add_argument("--age", metavar="YEARS", help="0 to 120")
    parser.add_argument("--sex", default="", help="female or male")
    parser.add_argument("--site", default="", help='place on the body, such as "back"')
    parser.add_argument("--laterality", default="", choices=("", "R", "L", "B"), help="right, left or both")
    parser.add_argument("--spacing", type=float, metavar="MM", help="millimetre a pixel, where calibrated")
    parser.add_argument("--contact", default="", choices=("", "contact", "non_contact"), help="of the dermatoscope")
    parser.add_argument("--light", default="", choices=("", "polarized", "non_polarized"), help="of the dermatoscope")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier file")
    parser.set_defaults(run=run_wrap)


def _configure_deidentify(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Pixels are not searched: look for burned-in text, faces and tattoos yourself. Exit code 6: some refused."
    )
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="DICOM object or folder of them")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for the copies")
    parser.add_argument("--salt-file", required=True, metavar="FILE", help="a secret of 16 bytes or more, kept by you")
    parser.add_argument(
        "--keep-patient-characteristics", action="store_true", help="keep age, sex, size, weight and the like"
    )
    parser.set_defaults(run=run_deidentify)


def run_predict(arguments: argparse.Namespace) -> int:
    """Predict as the command ``predict`` does, then write what was found as DICOM objects."""
    from monai_skin.data import list_images
    from monai_skin.pipeline import (
        add_metadata,
        diagnose,
        extract_frames,
        find_bundle,
        identify_model,
        segment,
        sites_of,
        write_dicom_results,
    )

    if arguments.batch_size is not None and arguments.batch_size < 1:
        raise UsageError(f"--batch-size is {arguments.batch_size}; expected 1 or more")
    outlining = find_bundle(SEGMENTATION, arguments.bundle)
    items: list[dict[str, Any]] = list_images(arguments.inputs)
    options: dict[str, Any] = {
        "device": arguments.device,
        "batch_size": arguments.batch_size,
        "progress": not arguments.quiet,
        "overwrite": arguments.overwrite,
    }
    diagnosing = None
    if arguments.task == "segmentation" and arguments.explain is not None:
        raise UsageError("--explain is given; expected it with --task diagnosis only")
    if arguments.task == "diagnosis":
        diagnosing = find_bundle(DIAGNOSIS, arguments.diagnosis_bundle)
        person = {name: getattr(arguments, name) for name in ("age", "sex", "site")}
        items = add_metadata(items, table=arguments.metadata, sites=sites_of(diagnosing), **person)
    if arguments.frame is not None:
        items = extract_frames(items, arguments.out, frame_number(arguments.frame, "--frame"))
    if diagnosing is None:
        done: Any = segment(items, arguments.out, bundle_root=outlining, **options)
    else:
        done = diagnose(
            items,
            arguments.out,
            segmentation_root=outlining,
            diagnosis_root=diagnosing,
            calibration=arguments.calibration,
            explain=arguments.explain,
            **options,
        )
    results = write_dicom_results(
        done,
        items,
        outlined_by=identify_model(outlining),
        diagnosed_by=None if diagnosing is None else identify_model(diagnosing, calibration=arguments.calibration),
    )
    without_nifti = write_nifti(done, items) if arguments.nifti else 0
    if not arguments.quiet:
        print(
            f"{len(done.rows)} pictures answered, {len(done.rejected)} rejected, {len(results.files)} objects written"
        )
        print(f"Look at {done.folder / 'report.html'}; the objects are in {done.folder / 'dicom'}.")
        print(DISCLAIMER)
    name_rejected(done.rejected)
    for _, reason in results.skipped:
        print(f"no DICOM result: {reason}", file=sys.stderr)
    return ItemsSetAsideError.exit_code if done.rejected or results.skipped or without_nifti else 0


def run_wrap(arguments: argparse.Namespace) -> int:
    """Make one object of one photograph."""
    from monai_skin.dicom import WrapOptions, wrap_photograph, write_object

    target = Path(arguments.out)
    _refuse_existing(target, arguments.overwrite)
    options = WrapOptions(
        patient_id=arguments.patient_id,
        age=arguments.age,
        sex=arguments.sex,
        site=arguments.site,
        laterality=arguments.laterality,
        spacing=arguments.spacing,
        contact=arguments.contact,
        light=arguments.light,
        study_uid=arguments.study,
    )
    write_object(target, wrap_photograph(arguments.photograph, options))
    return 0


def run_deidentify(arguments: argparse.Namespace) -> int:
    """Copy every object under a new name without what tells who the person is."""
    from monai_skin.data import list_images
    from monai_skin.dicom import deidentify_object, opaque_name, uid_of, write_object
    from monai_skin.errors import InvalidInputError
    from monai_skin.io.dicom_header import open_dicom
    from monai_skin.io.files import read_bytes

    salt = read_bytes(arguments.salt_file, max_bytes=1 << 16).strip()
    items, refused = list_images(arguments.inputs), 0
    written: set[Path] = set()
    for item in items:
        try:
            opened = open_dicom(item["image"])
            found = deidentify_object(opened, salt, keep_characteristics=arguments.keep_patient_characteristics)
            target = Path(arguments.out) / f"{opaque_name(uid_of(opened, 'SOPInstanceUID'), salt)}.dcm"
            if target in written:
                problem, expected = "is that of another object", "one object for each"
                raise InvalidInputError.about(opened.source, "SOPInstanceUID", problem, expected=expected)
            _refuse_existing(target, False)
            write_object(target, found)
            written.add(target)
        except InvalidInputError as error:
            refused += 1
            print(f"refused: {error}", file=sys.stderr)
    print(f"{len(items) - refused} copied, {refused} refused")
    return ItemsSetAsideError.exit_code if refused else 0


def _refuse_existing(target: Path, overwrite: bool) -> None:
    if target.exists() and not overwrite:
        raise UsageError.about(target.name, "file", "exists already", expected="a new one, or --overwrite")


def run_dump(arguments: argparse.Namespace) -> int:
    """Print what is read of each object."""
    from monai_skin.dicom import describe_object

    found = {Path(name).name: describe_object(name) for name in arguments.files}
    if arguments.json:
        print(json.dumps(found, indent=2))
        return 0
    for name, values in found.items():
        print(name)
        for key, value in values.items():
            print(f"  {key}: {'-' if value is None or value == '' else value}")
    return 0
