"""Whatever is sent as a photo becomes a clean JPEG or a refusal, and nothing else."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, PngImagePlugin

from baiying.kit.photos import Photo, differing_bits, read_photo, sniff
from baiying.kit.refusals import Invalid, Refusal, TooLarge, Unsupported

pillow_heif.register_heif_opener()


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """A slope from dark (left) to light (right)."""
    slope = Image.linear_gradient("L").rotate(90).resize((width, height))
    return slope.convert(mode)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def decoded(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def refused(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read_photo(data, field="photos.2")
    assert caught.value.field == "photos.2"
    return caught.value


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_each_kind_becomes_jpeg(kind: str) -> None:
    data = encoded(picture(), kind)
    assert sniff(data) == kind
    photo = read_photo(data)
    kept = decoded(photo.jpeg)
    assert (kept.format, kept.mode, kept.size) == ("JPEG", "RGB", (64, 48))
    assert (photo.width, photo.height) == (64, 48)
    row = list(kept.convert("L").crop((0, 24, 64, 25)).tobytes())
    assert row[0] < 20 and row[-1] > 235


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16", "YCbCr"])
def test_each_mode_becomes_rgb(mode: str) -> None:
    image = (
        Image.new("I;16", (20, 10), 65535)
        if mode == "I;16"
        else Image.new("RGB", (20, 10), "white").convert(mode)
    )
    kind = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"
    kept = decoded(read_photo(encoded(image, kind)).jpeg)
    assert kept.mode == "RGB"
    assert min(kept.convert("L").tobytes()) > 250


def test_sixteen_bits_keep_their_greys() -> None:
    grey = Image.new("I;16", (20, 10), 32768)
    assert abs(decoded(read_photo(encoded(grey, "PNG")).jpeg).convert("L").tobytes()[50] - 128) <= 2


def test_transparent_parts_become_white() -> None:
    kept = decoded(read_photo(encoded(Image.new("RGBA", (20, 10), (0, 0, 0, 0)), "PNG")).jpeg)
    assert min(kept.tobytes()) > 250


def test_large_photo_is_shrunk_and_keeps_its_shape() -> None:
    photo = read_photo(encoded(picture(4000, 1000), "JPEG"))
    assert (photo.width, photo.height) == (2048, 512)
    assert decoded(photo.thumb).size == (480, 120)


def test_small_photo_is_not_blown_up() -> None:
    photo = read_photo(encoded(picture(30, 20), "PNG"))
    assert decoded(photo.thumb).size == (30, 20)


def with_exif(orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "SECRETCAM"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (36.0, 49.0, 12.0), 3: "E", 4: (118.0, 18.0, 36.0)})
    return encoded(picture(), "JPEG", exif=exif, comment=b"SECRETCOMMENT", icc_profile=b"SECRETICC" * 20)


def test_position_camera_comment_and_profile_are_gone() -> None:
    data = with_exif()
    assert decoded(data).getexif().get_ifd(ExifTags.IFD.GPSInfo)
    photo = read_photo(data)
    for kept in (photo.jpeg, photo.thumb):
        assert b"SECRET" not in kept and b"Exif" not in kept and b"ICC" not in kept
        assert set(decoded(kept).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize(
    ("orientation", "size"), [(1, (64, 48)), (3, (64, 48)), (6, (48, 64)), (8, (48, 64))]
)
def test_photo_is_turned_upright(orientation: int, size: tuple[int, int]) -> None:
    photo = read_photo(with_exif(orientation))
    assert (photo.width, photo.height) == size


def test_every_orientation_looks_the_same_upright() -> None:
    upright = Image.effect_mandelbrot((60, 40), (-2, -1.5, 1, 1.5), 50)
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    hashes = []
    for orientation, turn in undo.items():
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        stored = upright if turn is None else upright.transpose(turn)
        hashes.append(read_photo(encoded(stored, "PNG", exif=exif)).phash)
    assert all(differing_bits(hashes[0], one) <= 2 for one in hashes)


def test_html_behind_a_picture_does_not_survive() -> None:
    data = encoded(picture(), "JPEG") + b"<script>alert(1)</script>"
    assert b"script" not in read_photo(data).jpeg
    info = PngImagePlugin.PngInfo()
    info.add_text("x", "<script>alert(1)</script>")
    assert b"script" not in read_photo(encoded(picture(), "PNG", pnginfo=info)).jpeg


def test_first_picture_of_an_animation_is_taken() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("white", "black")]
    data = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=100)
    assert min(decoded(read_photo(data).jpeg).tobytes()) > 250


@pytest.mark.parametrize(
    "data",
    [
        encoded(picture(), "GIF"),
        encoded(picture(), "BMP"),
        encoded(picture(), "TIFF"),
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script>",
        b"PK\x03\x04" + b"\0" * 100,
        b"%PDF-1.7",
        b"\0",
        b"RIFF\0\0\0\0WAVE",
        b"\0\0\0\x18ftypisom",
    ],
)
def test_what_is_no_photo_is_refused(data: bytes) -> None:
    refusal = refused(data)
    assert isinstance(refusal, Unsupported) and refusal.code == "photo_kind"


def test_empty_and_oversize_files_are_refused() -> None:
    assert refused(b"").code == "photo_empty"
    refusal = refused(b"\xff\xd8\xff" + b"\0" * (20 * 1024 * 1024))
    assert isinstance(refusal, TooLarge) and refusal.code == "photo_too_large"


@pytest.mark.parametrize("size", [(50_000, 50_000), (9000, 9000), (2**31 - 1, 2**31 - 1)])
def test_pixel_bomb_is_refused_before_decoding(size: tuple[int, int]) -> None:
    bomb = png(*size, chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000)))
    assert refused(bomb).code == "photo_too_many_pixels"


def test_text_bomb_in_a_small_png_is_refused() -> None:
    bomb = chunk(b"zTXt", b"x\0\0" + zlib.compress(b"\0" * 200_000_000, 9))
    assert refused(png(8, 8, bomb, chunk(b"IDAT", zlib.compress(b"\0" * 72)))).code == "photo_broken"


def test_sliver_is_refused() -> None:
    assert refused(encoded(Image.new("L", (4100, 100)), "PNG")).code == "photo_too_narrow"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_truncated_photo_is_refused(kind: str) -> None:
    data = encoded(Image.effect_noise((64, 48), 90).convert("RGB"), kind)
    for part in (0.2, 0.5, 0.9):
        refusal = refused(data[: int(len(data) * part)])
        assert isinstance(refusal, Invalid) and refusal.code == "photo_broken"


SAMPLES = [encoded(picture(), kind) for kind in ("JPEG", "PNG", "WEBP", "HEIF")] + [with_exif(6)]


@settings(max_examples=300)
@given(st.sampled_from(SAMPLES), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=12))
def test_damaged_photo_is_read_or_refused(sample: bytes, damage: list[tuple[int, int]]) -> None:
    data = bytearray(sample)
    for position, value in damage:
        data[position % len(data)] = value
    try:
        photo = read_photo(bytes(data))
    except Refusal:
        return
    assert isinstance(photo, Photo) and photo.jpeg.startswith(b"\xff\xd8\xff")


def test_alike_pictures_have_close_hashes() -> None:
    scene = Image.effect_mandelbrot((400, 300), (-2, -1.5, 1, 1.5), 80)
    one = read_photo(encoded(scene, "JPEG", quality=95))
    again = read_photo(encoded(scene.resize((200, 150)), "JPEG", quality=40))
    other = read_photo(encoded(scene.transpose(Image.Transpose.ROTATE_180), "JPEG"))
    assert differing_bits(one.phash, again.phash) <= 6
    assert differing_bits(one.phash, other.phash) > 12
    assert 0 <= one.phash < 2**64
    assert one.sha256 != again.sha256
