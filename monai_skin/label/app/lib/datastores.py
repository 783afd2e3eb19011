# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Where pictures and labels are; a label is looked at before it is saved."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Any

from dicomweb_client.session_utils import create_session_from_user_pass
from fastapi import HTTPException
from monailabel.config import settings
from monailabel.datastore.dicom import DICOMwebClientX, DICOMWebDatastore
from monailabel.datastore.local import LocalDatastore
from monailabel.datastore.utils.dicom import dicom_web_upload_dcm
from monailabel.interfaces.datastore import DefaultLabelTag

from lib.worker import Worker

TAG = re.compile(r"[A-Za-z0-9_-]{1,40}")


class FolderDatastore(LocalDatastore):
    """MONAI Label's folder of pictures; labels that are no masks of their pictures are refused."""

    def __init__(self, path: str, *, worker: Worker, **options: Any) -> None:
        self.worker = worker
        super().__init__(path, **options)

    def add_image(self, image_id: str, image_filename: str, image_info: dict[str, Any]) -> str:
        """Add a picture that can be read, under a name that is one."""
        refuse_path(image_id)
        self.worker.ask("check_picture", image=image_filename, image_id=image_id)
        return super().add_image(image_id, image_filename, image_info)

    def save_label(self, image_id: str, label_filename: str, label_tag: str, label_info: dict[str, Any]) -> str:
        """Save a mask of the size of its upright picture, with lesion as 1 or 255 and skin as 0."""
        check_label(self, image_id, label_filename, label_tag)
        return super().save_label(image_id, label_filename, label_tag, label_info)


class SkinDICOMweb(DICOMWebDatastore):
    """MONAI Label's DICOMweb datastore; approved outlines go back as Segmentations that monai_skin writes."""

    def __init__(self, worker: Worker, **options: Any) -> None:
        self.worker = worker
        super().__init__(**options)

    def get_label_uri(self, label_id: str, label_tag: str, image_id: str = "") -> str:
        """The mask as it was saved here, a PNG."""
        return LocalDatastore.get_label_uri(self, label_id, label_tag)

    def get_image_info(self, image_id: str) -> dict[str, Any]:
        """What was scored of a series; pictures that were never saved have no entry yet."""
        self._enter(image_id)
        return super().get_image_info(image_id)

    def update_image_info(self, image_id: str, info: dict[str, Any]) -> None:
        self._enter(image_id)
        super().update_image_info(image_id, info)

    def save_label(
        self, image_id: str, label_filename: str, label_tag: str, label_info: dict[str, Any], label_id: str = ""
    ) -> str:
        """Save a mask here and, when approved, as a Segmentation in the study of its picture."""
        check_label(self, image_id, label_filename, label_tag)
        info = dict(label_info or {})
        if label_tag == DefaultLabelTag.FINAL:
            handle, out = tempfile.mkstemp(suffix=".dcm")
            os.close(handle)
            try:
                self.worker.ask("segmentation", image=self.get_image_uri(image_id), label=label_filename, out=out)
                info["SeriesInstanceUID"] = dicom_web_upload_dcm(out, self._client)
            finally:
                os.unlink(out)
        self._enter(image_id)
        return LocalDatastore.save_label(self, image_id, label_filename, label_tag, info)

    def datalist(self, full_path: bool = True) -> list[dict[str, Any]]:
        """Pictures and masks that were approved here."""
        approved = LocalDatastore.get_labeled_images(self)
        tag = DefaultLabelTag.FINAL
        return [{"image": self.get_image_uri(name), "label": self.get_label_uri(name, tag)} for name in approved]

    def _enter(self, image_id: str) -> None:
        """List a series as an image of the local part, which keeps what is known of it; its folder is the file."""
        from monailabel.datastore.local import DataModel, ImageLabelModel

        if image_id not in self._datastore.objects and image_id in self.list_images():
            self.get_image_uri(image_id)  # download it: an entry without a file is dropped
            self._datastore.objects[image_id] = ImageLabelModel(image=DataModel(info={"name": image_id}, ext=""))
            self._update_datastore_file()


def open_dicomweb(url: str, worker: Worker) -> SkinDICOMweb:
    """A DICOMweb server's series, by the settings of MONAI Label; dcmqi is not needed."""
    user, password = settings.MONAI_LABEL_DICOMWEB_USERNAME, settings.MONAI_LABEL_DICOMWEB_PASSWORD
    client = DICOMwebClientX(
        url=url,
        session=create_session_from_user_pass(user, password) if user and password else None,
        qido_url_prefix=settings.MONAI_LABEL_QIDO_PREFIX,
        wado_url_prefix=settings.MONAI_LABEL_WADO_PREFIX,
        stow_url_prefix=settings.MONAI_LABEL_STOW_PREFIX,
    )
    return SkinDICOMweb(
        worker,
        client=client,
        search_filter=settings.MONAI_LABEL_DICOMWEB_SEARCH_FILTER,
        cache_path=settings.MONAI_LABEL_DICOMWEB_CACHE_PATH or None,
        convert_to_nifti=False,
    )


def check_label(datastore: Any, image_id: str, label: str, tag: str) -> None:
    """Refuse an unknown image, a tag that is no name, and a label that is no mask of the picture."""
    refuse_path(image_id)
    if not TAG.fullmatch(str(getattr(tag, "value", tag))):
        raise HTTPException(400, "label: tag is no name; expected letters, digits, _ and -, such as final")
    if image_id not in datastore.list_images():
        raise HTTPException(404, "label: image is not in the datastore; expected the id of one that is")
    if Path(label).suffix.lower() != ".png":
        raise HTTPException(400, "label: file is no PNG; expected a mask as PNG, lesion 1 or 255, skin 0")
    datastore.worker.ask("check_label", image=datastore.get_image_uri(image_id), label=label, image_id=image_id)


def refuse_path(name: Any) -> None:
    """Refuse what would be a path where a name is wanted."""
    text = str(name or "")
    if not text or text.startswith(".") or len(text) > 200 or re.search(r"[/\\\x00-\x1f]", text):
        raise HTTPException(400, "datastore: id is no name; expected one without / and \\ that does not begin with .")
