"""Reading a list that somebody made with a spreadsheet: CSV (UTF-8 or GB 18030) or the first sheet of an XLSX file.

An XLSX file is a zip of XML; of all it can hold only the cells' values are read, so no library is needed. Formulas,
styles and further sheets are left alone. Everything has limits: the file comes from outside.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from xml.etree import ElementTree

from django.utils.translation import gettext_lazy as _

from baiying.kit.refusals import Invalid, TooLarge

MOST_BYTES = 5_000_000
MOST_UNPACKED = 60_000_000
_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_DAY_ZERO = date(1899, 12, 30)  # of the dates that spreadsheets keep as numbers
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?(?:[ T]0?0:00(?::00)?)?$")


def read_sheet(data: bytes) -> list[list[str]]:
    """The rows of the file, each a list of texts; empty rows at the end are dropped.

    Raises TooLarge, or Invalid when the file is neither CSV nor XLSX.
    """
    if len(data) > MOST_BYTES:
        raise TooLarge(field="file", remedy=_("请把名单分成几个文件，每个不超过 5 MB。"))
    rows = list(_xlsx(data) if data[:4] == b"PK\x03\x04" else _csv(data))
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    return rows


def read_day(written: str) -> date | None:
    """A day as people and spreadsheets write it: 2026-11-23, 2026/11/23, 2026年11月23日, 46349. None when it is none."""
    written = written.strip()
    try:
        if found := _DATE.match(written):
            return date(int(found[1]), int(found[2]), int(found[3]))
        number = float(written)
        return _DAY_ZERO + timedelta(days=int(number)) if 20_000 < number < 80_000 else None
    except (ValueError, OverflowError):
        return None


def _csv(data: bytes) -> Iterator[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            words = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in words:
            yield from csv.reader(io.StringIO(words, newline=""))
            return
    raise _unreadable()


def _xlsx(data: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > MOST_UNPACKED:
                raise TooLarge(field="file", remedy=_("请把名单分成几个文件。"))
            names = sorted(n for n in archive.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", n))
            shared = _shared(archive)
            sheet = _parsed(archive.read(names[0]))
    except (zipfile.BadZipFile, KeyError, IndexError, ElementTree.ParseError, RuntimeError):
        raise _unreadable() from None
    for row in sheet.iter(f"{_NS}row"):
        cells: list[str] = []
        for cell in row.iter(f"{_NS}c"):
            column = _column(cell.get("r", ""), len(cells))
            cells += [""] * (column - len(cells))
            cells.append(_value(cell, shared))
        yield cells


def _shared(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    tree = _parsed(archive.read("xl/sharedStrings.xml"))
    return ["".join(t.text or "" for t in item.iter(f"{_NS}t")) for item in tree.iter(f"{_NS}si")]


def _parsed(xml: bytes) -> ElementTree.Element:
    if (
        b"<!DOCTYPE" in xml or b"<!ENTITY" in xml
    ):  # no spreadsheet has them; they are how XML is made to explode
        raise _unreadable()
    return ElementTree.fromstring(xml)  # noqa: S314  # entities refused above


def _column(reference: str, otherwise: int) -> int:
    letters = "".join(c for c in reference if c.isalpha())[:3]
    if not letters:
        return otherwise
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return min(number - 1, 200)


def _value(cell: ElementTree.Element, shared: list[str]) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(t.text or "" for t in cell.iter(f"{_NS}t"))
    found = cell.find(f"{_NS}v")
    written = (found.text or "") if found is not None else ""
    if cell.get("t") == "s":
        number = int(written) if written.isdecimal() else -1
        return shared[number] if 0 <= number < len(shared) else ""
    return written.removesuffix(".0")


def _unreadable() -> Invalid:
    return Invalid(
        field="file", problem=_("这个文件读不出来。"), remedy=_("请用 CSV 或 XLSX 格式，名单放在第一张表里。")
    )
