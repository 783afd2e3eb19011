# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``monai_skin demo``."""

from __future__ import annotations

import argparse

from monai_skin.cli.predict import DIAGNOSIS, DISCLAIMER, HEAT_METHODS, SEGMENTATION
from monai_skin.errors import UsageError

__all__ = ["configure"]

PORT, LARGEST_PORT = 8765, 65535


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``demo``."""
    parser.epilog = f"{DISCLAIMER} The page can be reached from this machine alone; pictures are deleted once answered."
    parser.add_argument("--port", type=int, default=PORT, metavar="N", help=f"0 takes a free one (default: {PORT})")
    parser.add_argument("--bundle", metavar="DIR", help="root of the bundle that outlines; by default this package's")
    parser.add_argument("--diagnosis-bundle", metavar="DIR", help="root of the bundle that classifies, likewise")
    parser.add_argument("--method", choices=HEAT_METHODS, default=HEAT_METHODS[0], help="of the heat map")
    parser.add_argument("--device", help="cpu, cuda or cuda:<number>; by default a GPU if there is one")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C."""
    if not 0 <= arguments.port <= LARGEST_PORT:
        raise UsageError(f"--port is {arguments.port}; expected 0 to {LARGEST_PORT}")
    from monai_skin.demo import Models, make_demo_server
    from monai_skin.pipeline import check_bundle, find_bundle

    models = Models(
        find_bundle(SEGMENTATION, arguments.bundle),
        find_bundle(DIAGNOSIS, arguments.diagnosis_bundle),
        arguments.method,
        arguments.device,
    )
    for root in (models.segmentation_root, models.diagnosis_root):  # now, not at the first picture
        check_bundle(root).raise_if_refused()
    try:
        server = make_demo_server(models, arguments.port)
    except OSError as error:
        raise UsageError(f"--port {arguments.port} is taken; expected a free one, or 0") from error
    print(f"Open http://127.0.0.1:{server.server_address[1]} in a browser of this machine; Ctrl-C ends.", flush=True)
    print(DISCLAIMER, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0
    finally:
        server.server_close()
    return 0
