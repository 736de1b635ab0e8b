"""Photos as they arrive: one that cannot be taken is refused by its name, the others and every word stay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler
from django.http import HttpRequest
from django.utils.translation import gettext as _

from baiying.kit.photos import MOST_BYTES, Photo, read_photo
from baiying.kit.refusals import Refusal

MOST: Final = 6


class PhotoUploads(TemporaryFileUploadHandler):
    """Writes uploads to disk, up to six and 20 MB each; what is more is read past, so that the form arrives whole."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.refused: list[str] = []
        self.count = 0
        self.name = ""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.count += 1
        self.name = _shown(args[1] if len(args) > 1 else kwargs.get("file_name"))
        # Django closes, and so deletes, `file` of a handler that skips: it must not be the one that came before.
        self.__dict__.pop("file", None)
        if self.count > MOST:
            self.refused.append(too_many(self.name))
            raise SkipFile
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start + len(raw_data) > MOST_BYTES:
            self.refused.append(
                _("“%(name)s”超过 %(most)d MB，没有收下。请用手机相册缩小后再传，或者换一张。")
                % {"name": self.name, "most": MOST_BYTES // 2**20}
            )
            raise SkipFile
        return super().receive_data_chunk(raw_data, start)


def listen(request: HttpRequest) -> PhotoUploads:
    """Take over the uploads of a request; before anything of its body is read."""
    handler = PhotoUploads(request)
    request.upload_handlers = [handler]
    return handler


def read(files: Iterable[UploadedFile[Any]], *, room: int) -> tuple[list[Photo], list[str]]:
    """(photos that can be kept, at most `room`; a sentence for each file that cannot)."""
    photos: list[Photo] = []
    refused: list[str] = []
    for file in files:
        name = _shown(file.name)
        if len(photos) >= room:
            refused.append(too_many(name))
            continue
        try:
            photos.append(read_photo(file.read()))
        except Refusal as refusal:
            refused.append(
                _("“%(name)s”没有收下：%(problem)s%(remedy)s")
                % {"name": name, "problem": refusal.problem, "remedy": refusal.remedy}
            )
    return photos, refused


def too_many(name: str) -> str:
    """The sentence for a photo beyond the sixth."""
    return _("“%(name)s”没有收下：最多 %(most)d 张。请留下最能说明问题的几张。") % {
        "name": name,
        "most": MOST,
    }


def _shown(name: object) -> str:
    text = str(name or "")
    return text if len(text) <= 40 else f"{text[:25]}…{text[-12:]}"
