"""The labelled set: invented sentences (labelled.txt) filled with invented numbers and names, with the places of each.

Every number is computed here and belongs to nobody we know of; the names are put together by hand.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from stdnum import luhn
from stdnum.iso7064 import mod_11_2

ROUNDS = 3
_SLOT = re.compile(r"\{([a-z0-9]+)\}")
_MARKED = re.compile(r"\{([^}]+)\}")
_WIDE = str.maketrans("0123456789-+Xx", "０１２３４５６７８９－＋ＸＸ")
_SPOKEN = str.maketrans("0123456789", "零幺二三四五六七八九")
_HAN = str.maketrans("0123456789", "〇一二三四五六七八九")

HERE = Path(__file__).parent
NAMES = (HERE / "names.txt").read_text("utf-8").split()
SURNAMES = [name[:2] if name[:2] in ("欧阳", "司马", "诸葛") else name[0] for name in NAMES]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and the passages that must be covered: (kind, start, end)."""

    text: str
    passages: tuple[tuple[str, int, int], ...]


def mobile(n: int) -> str:
    digits = f"1{'3578'[n % 4]}{(n * 7919 + 13) % 10}{(n * 104729 + 4271) % 10**8:08d}"
    a, b, c = digits[:3], digits[3:7], digits[7:]
    forms = [
        digits, f"{a} {b} {c}", f"{a}-{b}-{c}", f"+86 {digits}", digits.translate(_WIDE), digits.translate(_SPOKEN),
        digits, f"+86-{a}-{b}-{c}", f"86{digits}", " ".join(digits), f"{digits[:5]} {digits[5:]}", digits,
        f"{a}—{b}—{c}", f"{a}　{b}　{c}", f"（+86）{digits}", f"{digits[:4]} {digits[4:7]} {digits[7:]}",
        digits.translate(_HAN), f"{a}.{b}.{c}", f"0{digits}", digits,
    ]  # fmt: skip
    return forms[n % len(forms)]


def landline(n: int) -> str:
    area, local = ("0533", "010", "021", "0531", "0755")[n % 5], f"{2 + n % 7}{(n * 7907) % 10**6:06d}"
    forms = [f"{area}-{local}", f"{area}{local}", f"({area}){local}", f"{area} {local}", f"{area}－{local}".translate(_WIDE),
             f"{area}-{local}转{n % 900 + 100}", local, f"{local[:3]}-{local[3:]}"]  # fmt: skip
    return forms[n % len(forms)]


def id18(n: int) -> str:
    area = ("370303", "110105", "440106", "650102", "820000")[n % 5]
    body = f"{area}{1935 + n * 7 % 88}{1 + n % 12:02d}{1 + n * 5 % 28:02d}{n * 37 % 1000:03d}"
    whole = body + mod_11_2.calc_check_digit(body)
    forms = [whole, whole.lower(), f"{whole[:6]} {whole[6:14]} {whole[14:]}", whole.translate(_WIDE), whole,
             f"{whole[:6]}-{whole[6:14]}-{whole[14:]}", " ".join(whole[i : i + 4] for i in range(0, 18, 4)),
             whole[:17] + str((int(whole[16]) + 1) % 10)]  # the last: a slip of the pen  # fmt: skip
    return forms[n % len(forms)]


def id15(n: int) -> str:
    return f"{('370303', '110105', '320102')[n % 3]}{35 + n % 60:02d}{1 + n % 12:02d}{1 + n % 28:02d}{n * 37 % 1000:03d}"


def card(n: int) -> str:
    body = ("622202", "621700", "955880", "436742")[n % 4] + f"{n * 7919 % 10**9:09d}" + ("", "000")[n % 2]
    whole = body + luhn.calc_check_digit(body)
    return (whole, " ".join(whole[i : i + 4] for i in range(0, len(whole), 4)), whole.translate(_WIDE))[n % 3]


def plate(n: int) -> str:
    five, letter = f"{n * 7919 % 10**5:05d}", "ABCDEGH"[n % 7]
    forms = [f"鲁C{five}", f"鲁C·{five}", f"京{letter}D{five}", f"鲁C {five}", f"苏{letter}{five[:3]}Q{five[4]}", f"鲁c{five}",
             f"鲁Ｃ{five.translate(_WIDE)}", f"粤B{five[:4]}学"]  # fmt: skip
    return forms[n % len(forms)]


def _doors(n: int) -> str:
    return f"{1 + n % 33}0{1 + n % 4}"


FILLERS: dict[str, Callable[[int], str]] = {
    "mobile": mobile, "landline": landline, "id18": id18, "id15": id15, "card": card, "plate": plate,
    "mail": lambda n: ("zhang.san@example.com", "li_si88@qq.com", "wang-wu@mail.example.cn", "ＺＨＡＯ＠example.com")[n % 4],
    "wechat": lambda n: ("zhang_san88", "wxid_4k2j1h5g", "Li-Si-2020", "abc13579")[n % 4],
    "qq": lambda n: str(10**6 + n * 7919 * 13),
    "home": lambda n: (f"2单元{_doors(n)}", f"一单元{_doors(n)}室", f"{1 + n % 4}单元{1 + n % 9}楼东户", _doors(n) + "室",
                       f"{1 + n % 4}-{_doors(n)}", f"三单元{_doors(n)}".translate(_WIDE))[n % 6],
    "flat": lambda n: (f"2-{_doors(n)}", f"1—{_doors(n)}", f"{_doors(n)}室", f"1-{_doors(n)}室")[n % 4],
    "room": lambda n: (_doors(n), _doors(n) + "室")[n % 2],
    "roadno": lambda n: (f"{1 + n * 7 % 200}号", f"{1 + n * 7 % 200}号之2", "二十三号")[n % 3],
    "name": lambda n: NAMES[n % len(NAMES)],
    "sur": lambda n: SURNAMES[n % len(SURNAMES)],
}  # fmt: skip
KINDS = {"mobile": "phone", "landline": "phone", "id18": "id", "id15": "id", "card": "card", "plate": "plate", "mail": "email",
         "wechat": "wechat", "qq": "qq", "home": "home", "flat": "home", "room": "home", "roadno": "home", "name": "name",
         "sur": "name"}  # fmt: skip


def sentences() -> Iterator[Sentence]:
    """All sentences of the set: each line with slots three times, with other fillers each time."""
    lines = (HERE / "labelled.txt").read_text("utf-8").splitlines()
    used: dict[str, int] = defaultdict(int)
    for line in (line for line in lines if line and not line.startswith("#")):
        for _round in range(ROUNDS if "{" in line else 1):
            yield _filled(line, used)


def marked(half: str) -> Iterator[Sentence]:
    """The sentences of names_<half>.txt, where each name stands between braces."""
    for line in (HERE / f"names_{half}.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield _unmarked(line)


def _unmarked(line: str) -> Sentence:
    text, passages, at = "", [], 0
    for slot in _MARKED.finditer(line):
        text += line[at : slot.start()]
        passages.append(("name", len(text), len(text) + len(slot[1])))
        text, at = text + slot[1], slot.end()
    return Sentence(text + line[at:], tuple(passages))


def _filled(line: str, used: dict[str, int]) -> Sentence:
    text, passages, at = "", [], 0
    for slot in _SLOT.finditer(line):
        text += line[at : slot.start()]
        filler = FILLERS[slot[1]](used[slot[1]])
        used[slot[1]] += 1
        passages.append((KINDS[slot[1]], len(text), len(text) + len(filler)))
        text, at = text + filler, slot.end()
    return Sentence(text + line[at:], tuple(passages))
