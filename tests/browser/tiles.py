"""A small genuine base map, written after the PMTiles specification, version 3, and Mapbox vector tiles 2.1."""

from __future__ import annotations

import math
import struct

ZOOM = 10


def base_map(lon: float, lat: float) -> bytes:
    """One vector tile of zoom 10 around the point, all of it water."""
    n = 2**ZOOM
    x = int((lon + 180) / 360 * n)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)
    tile, metadata = _tile(), b'{"vector_layers":[{"id":"water","fields":{}}]}'
    directory = b"".join(_varint(v) for v in (1, _tile_id(x, y), 1, len(tile), 1))
    begins = [127, 127 + len(directory)]
    begins += [begins[1] + len(metadata)] * 2
    header = b"PMTiles\x03" + struct.pack(
        "<11Q6B4iB2i",
        begins[0], len(directory), begins[1], len(metadata), begins[2], 0, begins[3], len(tile), 1, 1, 1,
        1, 1, 1, 1, ZOOM, ZOOM,  # clustered; nothing compressed; vector tiles
        -1800000000, -850000000, 1800000000, 850000000, ZOOM, round(lon * 1e7), round(lat * 1e7),
    )  # fmt: skip
    return header + directory + metadata + tile


def _tile() -> bytes:
    side = 4096
    moves = [9, _zigzag(0), _zigzag(0), (3 << 3) | 2]
    moves += [_zigzag(v) for v in (side, 0, 0, side, -side, 0)] + [15]
    feature = _varint(3 << 3) + _varint(3) + _bytes(4, b"".join(map(_varint, moves)))
    layer = _bytes(1, b"water") + _bytes(2, feature) + _varint(5 << 3) + _varint(side)
    return _bytes(3, layer + _varint(15 << 3) + _varint(2))


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _zigzag(value: int) -> int:
    return (value << 1) ^ (value >> 31)


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def _tile_id(x: int, y: int) -> int:
    """Tiles are numbered along a Hilbert curve, zoom after zoom."""
    total, s = (4**ZOOM - 1) // 3, 2 ** (ZOOM - 1)
    while s > 0:
        rx, ry = int(x & s > 0), int(y & s > 0)
        total += s * s * ((3 * rx) ^ ry)
        if ry == 0:
            if rx == 1:
                x, y = s - 1 - x, s - 1 - y
            x, y = y, x
        s //= 2
    return total
