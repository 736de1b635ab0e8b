"""Tables written row by row, for spreadsheets and maps: CSV, XLSX and GeoJSON as a stream of bytes, never whole in memory."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

Row = Mapping[str, Any]
# A cell that begins so is a formula to a spreadsheet, and these words come from strangers.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NOT_IN_XML: Final = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535))
_MOST_OF_CELL: Final = 32_000
MOST_ROWS_OF_SHEET: Final = 1_048_575


def csv_stream(columns: Mapping[str, str], rows: Iterable[Row]) -> Iterator[bytes]:
    """UTF-8 with a mark at the beginning, or spreadsheets take Chinese for something else."""
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow(columns.values())
    for row in rows:
        writer.writerow([harmless(row[name]) for name in columns])
        if out.tell() > 32_768:
            yield _taken(out)
    yield _taken(out)


def _taken(out: io.StringIO) -> bytes:
    said = out.getvalue().encode()
    out.seek(0)
    out.truncate()
    return said


def harmless(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return "" if value is None else value


def geojson_stream(rows: Iterable[Row]) -> Iterator[bytes]:
    """A FeatureCollection (RFC 7946), WGS-84; without a point the geometry is null."""
    yield b'{"type":"FeatureCollection","features":['
    for number, row in enumerate(rows):
        lon, lat = row.get("lon"), row.get("lat")
        has_point = lon is not None and lat is not None
        feature = {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [lon, lat]} if has_point else None,
            "properties": {name: value for name, value in row.items() if name not in ("lon", "lat")},
        }
        yield (b",\n" if number else b"\n") + json.dumps(feature, ensure_ascii=False).encode()
    yield b"\n]}\n"


_CONTENT_TYPES: Final = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
    'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override '
    'PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_RELATIONS: Final = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{what}" Target="{target}"/></Relationships>'
)
_WORKBOOK: Final = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="1" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_SHEET: Final = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView '
    'workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView>'
    "</sheetViews><sheetData>"
)
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


class _Pipe(io.RawIOBase):
    """What the zip writes, to be taken away piece by piece; it cannot be gone back in."""

    def __init__(self) -> None:
        self.held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, said: Any) -> int:
        self.held += bytes(said)
        return len(said)

    def taken(self) -> bytes:
        said = bytes(self.held)
        self.held.clear()
        return said


def xlsx_stream(columns: Mapping[str, str], rows: Iterable[Row]) -> Iterator[bytes]:
    """One sheet with a frozen head; words as inline strings, so that no table of all strings has to be kept.

    Ends at the row with which a sheet is full; who has more takes CSV.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _HEAD + _CONTENT_TYPES)
        archive.writestr(
            "_rels/.rels", _HEAD + _RELATIONS.format(what="officeDocument", target="xl/workbook.xml")
        )
        archive.writestr("xl/workbook.xml", _HEAD + _WORKBOOK)
        archive.writestr(
            "xl/_rels/workbook.xml.rels", _HEAD + _RELATIONS.format(what="worksheet", target="worksheets/sheet1.xml")
        )  # fmt: skip
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write((_HEAD + _SHEET).encode())
            sheet.write(_row(list(columns.values())))
            for number, row in enumerate(rows):
                if number == MOST_ROWS_OF_SHEET:
                    break
                sheet.write(_row([row[name] for name in columns]))
                if len(pipe.held) > 32_768:
                    yield pipe.taken()
            sheet.write(b"</sheetData></worksheet>")
    yield pipe.taken()


def _row(cells: Sequence[Any]) -> bytes:
    return f"<row>{''.join(_cell(cell) for cell in cells)}</row>".encode()


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"<c><v>{value}</v></c>"
    words = escape(str(value)[:_MOST_OF_CELL].translate(_NOT_IN_XML))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{words}</t></is></c>'


Stream = Callable[[Mapping[str, str], Iterable[Row]], Iterator[bytes]]
# ending: (content type, how it is written)
FORMS: Final[Mapping[str, tuple[str, Stream]]] = {
    "csv": ("text/csv; charset=utf-8", csv_stream),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_stream),
    "geojson": ("application/geo+json", lambda _columns, rows: geojson_stream(rows)),
}
