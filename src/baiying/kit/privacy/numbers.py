"""Identity cards, bank cards and telephones: digits in one go, in groups, or spoken.

Source of the shapes: GB 11643 (18 digits, the last by ISO 7064 MOD 11-2; before 1999 15 digits), ISO/IEC 7812 (cards,
Luhn), the numbering plan of the mainland (mobile 1[3-9], area codes 010, 02x, 03xx-09xx).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Final

from stdnum import luhn
from stdnum.iso7064 import mod_11_2

from baiying.kit.privacy.folding import Folded, Taken

# First two digits: provinces; 81-83 residence permits of Hong Kong, Macau and Taiwan; 91 foreigners with permanent leave.
_PROVINCES: Final = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
        "91",
    ]
)
_MOST: Final = 22  # digits that are looked at together
_RUN: Final = re.compile(r"\d(?:[ \-·.()_/]{0,3}\d|[ \-]?[Xx](?![A-Za-z]))*")
_ATOM: Final = re.compile(r"\d+|[Xx]")
_HAN_DIGIT: Final = re.compile("[零〇○洞一幺壹二两贰三叁四肆五伍六陆七拐柒八捌九勾玖]")
_MOBILE: Final = re.compile(r"(?:(?:00)?86|0)?1[3-9]\d{9}")
_LANDLINE: Final = re.compile(r"(?:(?:00)?860?|0)(?:10|2\d|[3-9]\d{2})[2-8]\d{6,7}")
_LOCAL: Final = re.compile(r"[2-8]\d{6,7}")
_HOTLINE: Final = re.compile(r"[48]00\d{7}")
_DATE: Final = re.compile(r"(?:19|20)\d\d(?:0?[1-9]|1[0-2])(?:0?[1-9]|[12]\d|3[01])")
_EXTENSION: Final = re.compile(r" ?(?:转|分机|ext\.?|-) ?\d{1,6}(?!\d)", re.IGNORECASE)
_BEFORE_PHONE: Final = re.compile(
    r"(?:电话|手机|座机|固话|联系|致电|拨打|来电|打|拨|号码|tel|phone|mobile)[^\d。；;\n]{0,8}\Z",
    re.IGNORECASE,
)
_BEFORE_CARD: Final = re.compile(
    r"(?:卡号|账号|帐号|账户|帐户|银行卡|开户行|储蓄卡|信用卡)[^\d。；;\n]{0,10}\Z"
)
_BEFORE_ID: Final = re.compile(r"(?:身份证|证件|身份号|身份证明)[^\d。；;\n]{0,8}\Z")
_PAPERS: Final = re.compile(
    r"(?:护照|通行证|回乡证|台胞证|军官证|驾驶证|驾照|社保卡|医保卡|社会保障卡|居住证)(?:的?(?:号码?|编号))?[ :是为]{0,4}"
    r"([A-Za-z]{0,3}\d{6,12})(?!\d)"
)  # fmt: skip
_CONTEXT: Final = 20  # characters before a number that may say what it is

Atom = tuple[int, int]


def find(folded: Folded, taken: Taken) -> None:
    """Take what is found: first among written digits, then among spoken ones."""
    for paper in _PAPERS.finditer(folded.plain):
        taken.take(paper.start(1), paper.end(1), "id")
    _scan(folded, folded.plain, taken, lambda _start, _end: True)
    if folded.spoken is not folded.plain and _HAN_DIGIT.search(folded.text):
        _scan(folded, folded.spoken, taken, lambda a, b: _is_spoken(folded, taken, a, b))


def _is_spoken(folded: Folded, taken: Taken, start: int, end: int) -> bool:
    """Whether enough of the digits are Chinese; one or two behind written ones are words (…0000一直没人接)."""
    return taken.is_free(start, end) and len(_HAN_DIGIT.findall(folded.text, start, end)) >= 3


def _scan(folded: Folded, text: str, taken: Taken, is_meant: Callable[[int, int], bool]) -> None:
    for run in _RUN.finditer(text):
        if run.end() - run.start() < 7:
            continue
        atoms = [match.span() for match in _ATOM.finditer(text, *run.span())]
        at = 0
        while at < len(atoms):
            kind, upto = _first(folded, text, atoms, at, is_meant)
            start, end = atoms[at][0], atoms[upto][1]
            if kind == "phone":
                start, end = _whole_phone(folded.plain, start, end)
            if kind:
                taken.take_rest(start, end, kind)
            at = upto + 1


def _first(
    folded: Folded, text: str, atoms: Sequence[Atom], at: int, is_meant: Callable[[int, int], bool]
) -> tuple[str, int]:
    """(kind, index of the last atom) of the number that begins with this atom; ("", at) when none does.

    The shortest group is a telephone, so that two side by side are not taken for one; of cards and identity numbers
    the longest, because a part of one may fit by chance.
    """
    kind, last = "", at
    before = folded.plain[max(0, atoms[at][0] - _CONTEXT) : atoms[at][0]]
    for upto, digits in _groups(text, atoms, at):
        group = atoms[at : upto + 1]
        if kind and len(digits) < 15:
            continue
        said = _kind(text, group, digits, before)
        if not said or not _groups_well(text, group) or not is_meant(group[0][0], group[-1][1]):
            continue
        if said == "number" or (said == "phone" and _is_phone(digits)):
            return said, upto
        if said == kind or kind in ("", "phone") or said == "id":
            kind, last = said, upto
    return kind, last


def _is_phone(digits: str) -> bool:
    return bool(_MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits))


def _groups(text: str, atoms: Sequence[Atom], at: int) -> Iterator[tuple[int, str]]:
    """(index of the last atom, digits) of every group that begins with this atom. X ends a group."""
    digits = ""
    for upto in range(at, len(atoms)):
        digits += text[slice(*atoms[upto])]
        if len(digits) > _MOST and upto > at:
            return
        if len(digits) >= 7:
            yield upto, digits
        if digits[-1] in "Xx":
            return


def _kind(text: str, atoms: Sequence[Atom], digits: str, before: str) -> str:
    end = atoms[-1][1]
    if len(digits) >= 15:
        return _long_kind(atoms, digits.upper(), before)
    if not digits.isdigit():
        return ""
    if len(digits) >= 12 and _BEFORE_CARD.search(before):
        return "card"
    if len(digits) >= 10:
        if _is_phone(digits):
            return "" if end < len(text) and text[end].isdigit() else "phone"
        if _HOTLINE.fullmatch(digits):
            return ""
    is_said = len(atoms) <= 3 and _BEFORE_PHONE.search(before) and not _HOTLINE.fullmatch(digits)
    if not is_said or _DATE.fullmatch(digits):
        return ""
    # A number with a digit too few or too many is still somebody's number.
    return "phone" if _LOCAL.fullmatch(digits) or 10 <= len(digits) <= 13 else ""


def _long_kind(atoms: Sequence[Atom], digits: str, before: str) -> str:
    is_one = len(atoms) == 1 or (len(atoms) == 2 and digits.endswith("X"))
    if "X" in digits[:-1] or (digits.endswith("X") and len(digits) != 18):
        return ""
    if _is_id(digits) or (_BEFORE_ID.search(before) and len(digits) <= 20):
        return "id"
    if "X" in digits:
        return "number" if is_one else ""
    if (
        16 <= len(digits) <= 19
        and digits[0] in "34569"
        and (luhn.is_valid(digits) or _BEFORE_CARD.search(before))
    ):
        return "card"
    # Nobody else needs a number that long, whatever it is: an account, a contract, a card with a slip of the pen.
    return "number" if is_one else ""


def _is_id(digits: str) -> bool:
    """Place and birthday fit. The last place is not asked: a card number with a slip of the pen still names somebody."""
    if digits[:2] not in _PROVINCES:
        return False
    if len(digits) == 15 and digits.isdigit():
        return _is_day("19" + digits[6:12])
    return len(digits) == 18 and (
        _is_day(digits[6:14]) or (digits[:17].isdigit() and mod_11_2.is_valid(digits))
    )


def _is_day(digits: str) -> bool:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return 1880 <= day.year <= 2100


def _groups_well(text: str, atoms: Sequence[Atom]) -> bool:
    """No decimal fractions, dates or lists: dots only between groups of three and more, slashes never."""
    between = "".join(text[one[1] : other[0]] for one, other in itertools.pairwise(atoms))
    if "/" in between:
        return False
    return "." not in between or (set(between) <= {".", " "} and all(b - a >= 3 for a, b in atoms))


def _whole_phone(text: str, start: int, end: int) -> tuple[int, int]:
    """With + and brackets before it, and the extension behind it."""
    while start and text[start - 1] in "+(":
        start -= 1
    if end < len(text) and text[end] == ")" and "(" in text[start:end]:
        end += 1
    extension = _EXTENSION.match(text, end)
    return start, extension.end() if extension else end
