"""Photos that strangers send: recognised by their bytes, decoded within limits, and drawn anew.

Only pixels survive. EXIF with its GPS position, colour profiles, comments, previews and whatever was
appended to the file are gone, because the stored JPEG is written from a fresh image and not from the file
that came.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pillow_heif
from django.utils.translation import gettext_lazy as _
from PIL import Image

from baiying.kit.refusals import Invalid, TooLarge, Unsupported, worded

MOST_BYTES: Final = 20 * 1024 * 1024
MOST_PIXELS: Final = {"JPEG": 80_000_000, "PNG": 50_000_000, "WEBP": 50_000_000, "HEIF": 50_000_000}
MOST_RATIO: Final = 40  # of the longer to the shorter edge; beyond it nothing can be seen after shrinking
EDGE: Final = 2048
THUMB_EDGE: Final = 480
QUALITY: Final = 82

Area = tuple[int, int, int, int]  # left, top, width, height in pixels of the kept picture
MOST_AREAS: Final = 40
_CELLS: Final = 5  # a face or a plate cannot be told from five by five means
_GPS: Final = 0x8825  # the block of EXIF that holds the position
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
# Orientation (EXIF tag 0x0112) -> what turns the stored pixels upright.
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# A large picture may take 300 MB while it is decoded: one at a time in a process, however many threads serve.
_LARGE: Final = 16_000_000
_one_large = threading.Lock()


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo ready to be kept.

    jpeg: longest edge at most 2048 px; thumb: at most 480 px; both JPEG, RGB, without metadata. width,
    height: of `jpeg`, upright. sha256: of `jpeg`, hex. phash: 64-bit difference hash, unsigned; pictures
    that look alike differ in few bits (`differing_bits`). point: (lon, lat) in WGS-84 that the camera wrote, or
    None; for measuring a distance at once - it is in none of the bytes, and nobody keeps it.
    """

    jpeg: bytes
    thumb: bytes
    width: int
    height: int
    sha256: str
    phash: int
    point: tuple[float, float] | None = None


def sniff(data: bytes) -> str | None:
    """JPEG, PNG, WEBP or HEIF by the first bytes, else None; name and declared type of a file are not
    asked.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "HEIF"
    return None


def read_photo(data: bytes, *, field: str = "photos") -> Photo:
    """The photo in the form in which it is kept; the first picture where a file holds several.

    Raises TooLarge (`photo_too_large`: over 20 MB), Unsupported (`photo_kind`), Invalid (`photo_empty`,
    `photo_too_many_pixels`, `photo_too_narrow`, `photo_broken`). The limits on pixels are checked from the
    header, before anything is decoded.
    """
    if len(data) > MOST_BYTES:
        raise TooLarge(
            code="photo_too_large",
            field=field,
            problem=worded(_("照片超过 %(most)s MB。"), most=MOST_BYTES // 1024 // 1024),
            remedy=_("请用手机相册缩小后再传，或者换一张。"),
        )
    if not data:
        problem = _("照片文件是空的。")
        raise Invalid(code="photo_empty", field=field, problem=problem, remedy=_("请重新选择照片。"))
    kind = sniff(data)
    if kind is None:
        raise Unsupported(
            code="photo_kind",
            field=field,
            problem=_("这个文件不是照片，或者格式不支持。"),
            remedy=_("请用 JPEG、PNG、WebP 或 HEIC 格式的照片。"),
        )
    if kind == "HEIF":
        _learn_heif()
    try:
        return _redraw(data, kind, field)
    except (Invalid, MemoryError):
        raise
    except Exception as error:  # decoders raise nearly anything on broken bytes
        raise Invalid(
            code="photo_broken",
            field=field,
            problem=_("照片文件已损坏或不完整，打不开。"),
            remedy=_("请重新拍一张，或等网络好些再传一次。"),
        ) from error


def _redraw(data: bytes, kind: str, field: str) -> Photo:
    try:
        opened = Image.open(io.BytesIO(data), formats=[kind])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(kind, field) from error
    with opened as image:
        width, height = image.size
        if width * height > MOST_PIXELS[kind]:
            raise _too_many_pixels(kind, field)
        if max(width, height) > MOST_RATIO * min(width, height):
            raise Invalid(
                code="photo_too_narrow",
                field=field,
                problem=_("照片太窄，缩小后看不清。"),
                remedy=_("请裁剪后再传，或者换一张。"),
            )
        large: AbstractContextManager[object] = _one_large if width * height > _LARGE else nullcontext()
        with large:
            turn = _TURNS.get(_orientation(image))
            point = _point(image)
            image.draft("RGB", (EDGE, EDGE))  # a JPEG is decoded at a fraction of its size straight away
            upright = _as_rgb(image)
            upright.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    if turn is not None:
        upright = upright.transpose(turn)
    return _kept(upright, point)


def _kept(image: Image.Image, point: tuple[float, float] | None) -> Photo:
    jpeg = _encode(image)
    small = image.copy()
    small.thumbnail((THUMB_EDGE, THUMB_EDGE), Image.Resampling.LANCZOS)
    return Photo(
        jpeg=jpeg,
        thumb=_encode(small),
        width=image.width,
        height=image.height,
        sha256=hashlib.sha256(jpeg).hexdigest(),
        phash=_difference_hash(image),
        point=point,
    )


def blurred(jpeg: bytes, areas: Sequence[Area]) -> Photo:
    """A picture of ours with rectangles made unrecognisable, drawn anew.

    Of each rectangle nothing is left but the means of a few cells: what is under it cannot be calculated back. An
    area reaches a little further than it was drawn. Raises Invalid for one that does not lie on the picture.
    """
    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as opened:
        image = opened.convert("RGB")
    if len(areas) > MOST_AREAS:
        raise Invalid(
            field="areas",
            problem=worded(_("最多打码 %(most)s 处。"), most=MOST_AREAS),
            remedy=_("请用大一些的框，或者不公开这张照片。"),
        )
    for area in areas:
        box = _box(area, *image.size)
        cells = tuple(max(1, min(_CELLS, edge // 4)) for edge in (box[2] - box[0], box[3] - box[1]))
        means = image.crop(box).resize((cells[0], cells[1]), Image.Resampling.BOX)
        image.paste(means.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.BILINEAR), box)
    return _kept(image, None)


def _box(area: Area, width: int, height: int) -> tuple[int, int, int, int]:
    """(left, top, right, bottom), a tenth larger on each side."""
    left, top, wide, high = area
    if wide < 4 or high < 4 or left >= width or top >= height or left + wide <= 0 or top + high <= 0:
        raise Invalid(
            field="areas",
            problem=_("有一个框不在照片上，或者太小。"),
            remedy=_("请重新框住要打码的地方。"),
        )
    more_x, more_y = wide // 10 + 1, high // 10 + 1
    return (
        max(0, left - more_x), max(0, top - more_y), min(width, left + wide + more_x),
        min(height, top + high + more_y),
    )  # fmt: skip


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(0x0112, 1))
    except Exception:  # noqa: BLE001 - a broken EXIF block, whatever it raises, is no reason to refuse
        return 1


def _point(image: Image.Image) -> tuple[float, float] | None:
    """Where the camera says it was (EXIF GPS, WGS-84 degrees); None when it says nothing, or nothing sensible."""
    try:
        said = image.getexif().get_ifd(_GPS)
        lat = _degrees(said[2], negative=str(said.get(1, "N")).upper().startswith("S"))
        lon = _degrees(said[4], negative=str(said.get(3, "E")).upper().startswith("W"))
    except Exception:  # noqa: BLE001 - as above: whatever a broken block raises
        return None
    is_sound = -180 <= lon <= 180 and -90 <= lat <= 90 and (abs(lon) > 1e-3 or abs(lat) > 1e-3)
    return (lon, lat) if is_sound else None


def _degrees(parts: Any, *, negative: bool) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    found = degrees + minutes / 60 + seconds / 3600
    return -found if negative else found


def _as_rgb(image: Image.Image) -> Image.Image:
    """Eight bits a colour, no alpha: what is transparent becomes white, 16 bits keep their upper eight."""
    if image.mode in ("I", "I;16", "I;16B", "I;16L", "F"):
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layered = image.convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(layered, mask=layered.getchannel("A"))
        return ground
    return image.convert("RGB")


def _encode(image: Image.Image) -> bytes:
    # Image.save copies some of image.info into the file (a comment, for one): a fresh image has none.
    fresh = Image.new("RGB", image.size)
    fresh.paste(image)
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _difference_hash(image: Image.Image) -> int:
    small = image.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (small[row * 9 + column] < small[row * 9 + column + 1])
    return bits


def differing_bits(one: int, other: int) -> int:
    """In how many of 64 bits two `phash` values differ; up to about 6 the pictures look the same."""
    return (one ^ other).bit_count()


def _too_many_pixels(kind: str, field: str) -> Invalid:
    return Invalid(
        code="photo_too_many_pixels",
        field=field,
        problem=worded(_("照片超过 %(most)s 百万像素。"), most=MOST_PIXELS[kind] // 1_000_000),
        remedy=_("请用手机相册缩小后再传，或者换一张。"),
    )


@cache
def _learn_heif() -> None:
    pillow_heif.register_heif_opener()
