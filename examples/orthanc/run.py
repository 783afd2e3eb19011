# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``python -m examples.orthanc.run PHOTOGRAPH...``: an archive, our node, and photographs that come back answered.

Starts Orthanc and the node on this machine, stores the photographs in the archive as one study, lets the archive send
them to the node, waits for the results in the study, and compares them with ``predict`` on the photographs themselves.
Nothing stays behind but the folder that is named at the end. Research use only. Not for diagnosis.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import highdicom as hd
import numpy as np
import pydicom

from examples.orthanc.archive import TITLE, Archive, free_port, installed, wait_until_listening
from monai_skin.dicom import WrapOptions, wrap_photograph
from monai_skin.io import read_mask
from monai_skin.labels import DIAGNOSES

SEGMENTATION, REPORT = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.88.34"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def settings(archive: Archive, port: int, health: int, *, kind: str) -> str:
    """The node's settings file: results go back to the archive by C-STORE or by STOW-RS."""
    by_kind = {
        "dicom": f'kind = "dicom"\nae_title = "{TITLE}"\nport = {archive.dicom_port}',
        "stow": f'kind = "stow"\nurl = "{archive.studies_url}"',
    }
    return f"""
[receiver]
port = {port}
calling_ae_titles = ["{TITLE}"]

[health]
port = {health}

[[routes]]
modalities = ["DMS", "XC"]
destinations = ["archive"]

[[destinations]]
name = "archive"
{by_kind[kind]}
"""


def dataset_bytes(dataset: pydicom.Dataset) -> bytes:
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


def wait_for_results(archive: Archive, count: int, seconds: float) -> list[dict[str, Any]]:
    """What the archive holds once each picture has a report and a secondary capture."""
    end = time.monotonic() + seconds
    while True:
        found = archive.instances()
        ready = [sum(one["SOPClassUID"] == kind for one in found) for kind in (REPORT, SECONDARY_CAPTURE)]
        if min(ready) >= count:
            return found
        if time.monotonic() > end:
            raise SystemExit(f"waited {seconds:.0f} seconds: {ready} of {count} reports and pictures came back")
        time.sleep(0.5)


def probabilities_of(report: pydicom.Dataset) -> dict[str, float]:
    """Numbers of a report by the meaning of their code."""
    found = {}

    def walk(item: pydicom.Dataset) -> None:
        if item.get("ValueType") == "NUM" and "MeasuredValueSequence" in item:
            name = item.ConceptNameCodeSequence[0].CodeMeaning
            found[name] = float(item.MeasuredValueSequence[0].NumericValue)
        for child in item.get("ContentSequence", []):
            walk(child)

    walk(report)
    return found


def referred(dataset: pydicom.Dataset) -> set[str]:
    """Identifiers of the objects that a result refers to."""
    return {str(element.value) for element in dataset.iterall() if element.keyword == "ReferencedSOPInstanceUID"}


def rows_by_id(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "predictions.csv").open(newline="", encoding="utf-8") as stream:
        return {row["image_id"]: row for row in csv.DictReader(stream)}


def compare(
    archive: Archive, found: list[dict[str, Any]], sources: dict[str, str], folder: Path
) -> list[dict[str, Any]]:
    """For each photograph, the archive's results beside those of ``predict``."""
    predicted, outlined = (rows_by_id(folder / "predicted" / part) for part in ("", "segmentation"))
    objects = [
        pydicom.dcmread(io.BytesIO(archive.get(f"/instances/{one['id']}/file")))
        for one in found
        if one["SOPClassUID"] in (SEGMENTATION, REPORT)
    ]
    rows = []
    for name, uid in sources.items():
        mine = [one for one in objects if uid in referred(one)]
        report = next(one for one in mine if one.SOPClassUID == REPORT)
        outlines = [one for one in mine if one.SOPClassUID == SEGMENTATION]
        row: dict[str, Any] = {"photograph": name}
        if outlines:
            mask = np.asarray(read_mask(folder / "predicted" / "segmentation" / outlined[name]["mask"]))
            row["masks_overlap"] = dice(outline_of(outlines[0], uid), mask)
        row["probabilities_apart"] = apart(report, predicted[name])
        rows.append(row)
    return rows


def outline_of(segmentation: pydicom.Dataset, uid: str) -> np.ndarray:
    read = hd.seg.Segmentation.from_dataset(segmentation)
    return np.asarray(read.get_pixels_by_source_instance([uid]).squeeze() > 0)


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return round(float(2 * (one & other).sum() / (one.sum() + other.sum())), 6)


def apart(report: pydicom.Dataset, row: dict[str, str]) -> float:
    """The largest difference of a probability in the report from that in a row of ``predictions.csv``."""
    numbers = probabilities_of(report)
    codes = [code for code in row if code in DIAGNOSES]
    by_code = {code: numbers[f"Probability of {DIAGNOSES[code].name}"] for code in codes}
    return round(max(abs(by_code[code] - float(row[code])) for code in codes), 6)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photographs", nargs="+", type=Path, metavar="PHOTOGRAPH", help="JPEG or PNG picture")
    parser.add_argument("--by", choices=("dicom", "stow"), default="dicom", help="how results go back")
    parser.add_argument("--seconds", type=float, default=300, help="to wait for the results")
    arguments = parser.parse_args()
    if not installed():
        raise SystemExit("Orthanc is not installed: apt-get install orthanc orthanc-dicomweb")
    folder = Path(tempfile.mkdtemp(prefix="monai_skin-orthanc-"))
    port, health = free_port(), free_port()
    archive = Archive(folder / "archive", port)
    file = folder / "site.toml"
    file.write_text(settings(archive, port, health, kind=arguments.by), encoding="utf-8")
    python = [sys.executable, "-m", "monai_skin"]
    with archive, (folder / "node.log").open("wb") as log:
        node = subprocess.Popen([*python, "pacs", "serve", str(file)], stderr=log, env=dict(os.environ))
        try:
            wait_until_listening(port)
            study, sources = "", {}
            start = time.monotonic()
            for path in arguments.photographs:
                wrapped = wrap_photograph(path, WrapOptions(patient_id="TRIAL", study_uid=study))
                study, sources[path.stem] = str(wrapped.StudyInstanceUID), str(wrapped.SOPInstanceUID)
                archive.put_file(dataset_bytes(wrapped))
            found = wait_for_results(archive, len(sources), arguments.seconds)
            seconds = time.monotonic() - start
        finally:
            node.send_signal(signal.SIGTERM)
            node.wait(60)
        words = [*python, "predict", *map(str, arguments.photographs), "--out", str(folder / "predicted"), "--quiet"]
        subprocess.run(words, check=True)
        rows = compare(archive, found, sources, folder)
    studies = {one["StudyInstanceUID"] for one in found}
    print(
        json.dumps(
            {"studies": len(studies), "objects": len(found), "seconds": round(seconds, 1), "rows": rows}, indent=2
        )
    )
    print(f"Settings, archive and journal are in {folder}. Research use only. Not for diagnosis.")
    right = all(row.get("masks_overlap", 1.0) == 1.0 and row["probabilities_apart"] < 1e-3 for row in rows)
    return 0 if right and len(studies) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
