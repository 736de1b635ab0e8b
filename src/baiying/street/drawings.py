"""Drawings in place of photos: the demonstration shows no real street and no real people."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw

from baiying.kit.photos import Photo, read_photo

SIZE = (360, 270)
_SKIES = [(176, 204, 224), (205, 214, 219), (238, 222, 196), (150, 178, 205)]


def drawing(number: int) -> Photo:
    """A plain street with houses and a lamp; every number gives another street, also to the difference hash."""
    dice = random.Random(number)  # noqa: S311
    width, height = SIZE
    image = Image.new("RGB", SIZE, _SKIES[number % 4])
    pen = ImageDraw.Draw(image)
    for left in range(0, width, 40):  # as wide as what the hash looks at
        top = dice.randint(14, 165)
        shade = dice.randint(70, 235)
        pen.rectangle((left, top, left + 39, height), fill=(shade, shade - dice.randint(0, 30), shade - 20))
        for y in range(top + 12, height - 52, 26):
            light = dice.randint(40, 250)
            pen.rectangle((left + 8, y, left + 30, y + 16), fill=(light, light, min(255, light + 20)))
    pen.rectangle((0, height - 34, width, height), fill=(120, 122, 124))
    pen.rectangle((176, 82, 181, 236), fill=(70, 74, 78))
    pen.ellipse((164, 74, 192, 87), fill=(250, 226, 140) if number % 2 else (92, 92, 92))
    target = io.BytesIO()
    image.save(target, "JPEG", quality=80)
    return read_photo(target.getvalue())
