# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong, row by row, and the tests that hold the promised answer. `make hazards` prints the table.

A test belongs to a row when its name begins with it: ``test_a1_a_truncated_image_is_refused``.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

TESTS = Path(__file__).resolve().parent

ROWS = {
    "A1": "a truncated image is refused, never half grey",
    "A2": "a decompression bomb is refused from its header",
    "A3": "EXIF orientation is applied; image and mask share one frame",
    "A4": "rows and columns are never swapped",
    "A5": "a palette image is read through its palette",
    "A9": "NaN or infinity in an image is refused with count and position",
    "A12": "a mask of another size than its image is named with both sizes",
    "A13": "a mask stays binary through every resize",
    "B1": "an unknown site is refused with the nearest known name",
    "B3": "DICOM ages become years",
    "B4": "an age of the wrong form or out of range is refused",
    "B6": "no lesion or patient stands in two splits",
    "B8": "a label outside the classes is found before training",
    "C1": "a pickle in place of weights runs nothing",
    "C2": "weights with another digest are refused with both digests",
    "C3": "weights of another network are refused with the first five differences",
    "C5": "missing weights end the run; no random prediction",
    "C6": "a configuration that names a dangerous target is refused unread",
    "C7": "a configuration expression outside the grammar is refused",
    "C10": "a doubled or misspelt configuration key is found",
    "C12": "a bundle runs the same from any folder, whatever its name",
    "D1": "a kill at any moment leaves the last checkpoint whole",
    "D2": "a full disk leaves the old checkpoint intact and says so",
    "D3": "a resumed training equals a straight one, bit by bit",
    "D5": "a loss that is no number ends the run as diverged",
    "D8": "an error in a loader worker keeps its type and item",
    "F1": "two inputs of one name give two results",
    "F2": "results that are there are replaced only where that is asked for",
    "F3": "one bad picture stops none of the others, and is named",
    "F4": "rows stand in input order, and one run gives the same bytes as another",
    "F5": "the size of a batch changes nothing",
    "F6": "a picture unlike the training pictures is marked, and still has a result",
    "F7": "missing memory is met once with single pictures, then named",
    "G1": "random or damaged DICOM ends in a typed error, within limits",
    "G2": "a colour model that is absent or contradicts the object is refused",
    "G3": "DICOM pixels longer or shorter than the header says are refused",
    "G4": "a DICOM object that claims too many pixels is refused from its header",
    "G5": "an object of several frames is never read as its first alone",
    "G6": "compressed colours are those of other decoders; a missing decoder is named with its package",
    "G7": "depths and planes are handled, or refused by name",
    "G8": "an identifier that is hostile text becomes no path and no line of a journal",
    "G9": "text of a header is in no path or journal, and in results as it was, whatever its character set",
    "G10": "ages, sexes and sites of DICOM become words of the models",
    "G11": "DICOM results are valid and stand in the study of their picture",
    "G12": "a crash between file and row leaves no half object",
    "G13": "a DICOMDIR is refused",
    "G14": "no file is read as DICOM that does not say it is",
    "H1": "a data unit that claims gigabytes is refused unread, and the next peer is served",
    "H2": "fragments without end are refused at the limit, of one peer and of all",
    "H3": "silent and slow peers lose their places",
    "H4": "an abort in the middle of an object stores nothing",
    "H5": "an object sent again is kept once; other content of its identifier is set aside",
    "H6": "a full disk is told to the sender, leaves nothing half, and is got over",
    "H7": "a fault of ours is told apart and the object set aside",
    "H8": "all objects of many peers at once are kept, in bounded memory",
    "H9": "killed processes lose nothing that was acknowledged",
    "H10": "wrong titles and unknown kinds are rejected with the reason",
    "H11": "results wait for an archive that is away, and are set aside at last",
    "H12": "an object that kills its process twice is set aside and the queue goes on",
    "H13": "our own results are not answered again",
    "H14": "identifiers of queries are not logged",
    "H15": "a queue at its limit pushes back",
    "I1": "a request cannot name the weights",
    "I2": "ids that are paths, and labels that are no masks of their picture, are refused and write nothing",
    "I3": "the annotation server is not reachable from outside without authentication",
    "I4": "trainings run one at a time; one that is killed changes no weights",
    "I5": "without MONAI Label one line says how to install it",
    "J1": "what tells who a person is leaves the files meant to carry it in no log, table, picture, page or traceback",
    "J2": "EXIF does not survive wrapping or de-identification",
    "J3": "every element of the profile's table gets its action",
    "J5": "free text of a header does not survive de-identification",
    "J6": "no message repeats a value of a header",
    "J7": "the spool is for its owner only",
    "J8": "de-identification leaves no date, keeps people together, and keeps the age where asked to",
    "K1": "nothing is looked for in the network at run time",
    "K2": "home, language, time zone and optimisation change no result",
}


def rows_of(test_name: str) -> list[str]:
    """Rows named at the start of a test's name: ``test_b3_b4_ages`` stands for B3 and B4."""
    named = re.match(r"test_((?:[a-k]\d+_)+)", test_name)
    return named[1].upper().strip("_").split("_") if named else []


def places_by_row() -> dict[str, list[str]]:
    """Every row that a test names, with the tests' places."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for row in rows_of(node.name):
                    found[row].append(f"{path.relative_to(TESTS)}::{node.name}")
    return dict(found)


def main() -> None:
    found = places_by_row()
    for row in sorted({*ROWS, *found}, key=lambda name: (name[0], int(name[1:]))):
        print(f"{row:4} {ROWS.get(row, '')}")
        for place in found.get(row, ["NO TEST"] if row in ROWS else []):
            print(f"       {place}")


if __name__ == "__main__":
    main()
