# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""MONAI Label's server with the annotation page beside it, and with doors that open for names only."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.background import BackgroundTasks
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from lib.datastores import refuse_path
from monailabel.app import app
from monailabel.config import settings
from monailabel.endpoints.user.auth import RBAC, User
from monailabel.interfaces.exception import ImageNotFoundException, LabelNotFoundException, MONAILabelException
from monailabel.interfaces.utils.app import app_instance
from monailabel.utils.async_tasks.task import AsyncTask
from starlette.middleware.trustedhost import TrustedHostMiddleware

__all__ = ["app"]

HOSTS = [name for name in os.environ.get("MONAI_SKIN_LABEL_HOSTS", "").split(",") if name]
NAMES = {"image", "id", "label", "tag"}  # parameters that MONAI Label joins to paths
router = APIRouter(prefix="/skin", tags=["Skin"])


class Doorkeeper:
    """Refuse a request with a path where a name is wanted, or from a page of another site, before anything looks at it.

    A page of another site cannot read answers, yet it could start a training: a browser sends a plain POST unasked.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            try:
                _check(scope)
            except HTTPException as error:
                await JSONResponse({"detail": error.detail}, error.status_code)(scope, receive, send)
                return
        await self.inner(scope, receive, send)


def _check(scope: Any) -> None:
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1")
    if HOSTS and origin and urlsplit(origin).netloc != headers.get(b"host", b"").decode("latin-1"):
        raise HTTPException(403, "server: request comes from a page of another site; expected one of this server")
    for name, value in parse_qsl(scope.get("query_string", b"").decode("latin-1")):
        if name in NAMES:
            refuse_path(value)


@router.get("/picture", summary="The upright picture, as the page shows it")
def picture(
    image: str, background: BackgroundTasks, user: User = Depends(RBAC(settings.MONAI_LABEL_AUTH_ROLE_USER))
) -> FileResponse:
    """A JPEG with no metadata of the file, whatever the file is."""
    instance = app_instance()
    if image not in instance.datastore().list_images():
        raise HTTPException(404, "picture: image is not in the datastore; expected the id of one that is")
    handle, out = tempfile.mkstemp(suffix=".jpg")
    os.close(handle)
    background.add_task(os.unlink, out)
    instance.worker.ask("show", image=instance.datastore().get_image_uri(image), out=out)
    return FileResponse(out, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.get("/images", summary="Ids of all pictures, and whether their outlines are approved")
def images(user: User = Depends(RBAC(settings.MONAI_LABEL_AUTH_ROLE_USER))) -> list[dict[str, Any]]:
    """In order of names."""
    datastore = app_instance().datastore()
    open_ones = set(datastore.get_unlabeled_images())
    return [
        {"id": name, "approved": name not in open_ones, "spread": datastore.get_image_info(name).get("lesion_spread")}
        for name in sorted(datastore.list_images())
    ]


@router.get("/task/{kind}", summary="The last training or scoring, or null where there was none")
def task(kind: str, user: User = Depends(RBAC(settings.MONAI_LABEL_AUTH_ROLE_USER))) -> Any:
    """As /train/ and /scoring/, which answer 404 before the first."""
    if kind not in ("train", "scoring"):
        raise HTTPException(404, "task: there is no such kind; expected train or scoring")
    return AsyncTask.status(kind)[0]


@app.exception_handler(ImageNotFoundException)
@app.exception_handler(LabelNotFoundException)
async def not_found(request: Request, error: Exception) -> JSONResponse:
    """A name that is none of the datastore's is the client's mistake."""
    return JSONResponse({"detail": "datastore: there is none of that id; expected one that is listed"}, 404)


@app.exception_handler(MONAILabelException)
async def refused(request: Request, error: MONAILabelException) -> JSONResponse:
    """What MONAI Label refuses is the client's mistake too."""
    return JSONResponse({"detail": str(getattr(error, "msg", error))}, 400)


@app.get("/annotate", include_in_schema=False)
def annotate() -> RedirectResponse:
    """The page."""
    return RedirectResponse("/annotate/index.html")


# MONAI Label lets pages of every site ask; ours comes from here, and other viewers are no pages
app.user_middleware = [one for one in app.user_middleware if one.cls is not CORSMiddleware]
app.include_router(router)
app.mount("/annotate", StaticFiles(directory=Path(__file__).parent / "page"), name="annotate")
app.add_middleware(Doorkeeper)
if HOSTS:  # a page of another site must not reach this server under a name of its own
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)
