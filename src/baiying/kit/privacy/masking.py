"""What is found in a text, and the text with it covered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from baiying.kit.privacy import contacts, homes, names, numbers
from baiying.kit.privacy.folding import Found, Taken, fold

# What stands in the place of a passage. A resident reads it, so it is in the language of the text.
SHOWN: Final = {
    "id": "「证件号已隐去」",
    "phone": "「电话已隐去」",
    "card": "「银行卡号已隐去」",
    "number": "「号码已隐去」",
    "plate": "「车牌已隐去」",
    "email": "「邮箱已隐去」",
    "wechat": "「微信号已隐去」",
    "qq": "「QQ号已隐去」",
    "home": "「门牌已隐去」",
    "name": "「姓名已隐去」",
    "place": "「地点已隐去」",
    "said": "「内容已隐去」",  # covered by a member of staff
}


@dataclass(frozen=True, slots=True)
class Masked:
    """`text` as others may read it; `found`: what is covered, by its place in the text that came."""

    text: str
    found: tuple[Found, ...]


def find(
    text: str,
    *,
    known_names: Iterable[str] = (),
    known_phones: Iterable[str] = (),
    places: Iterable[str] | None = None,
) -> tuple[Found, ...]:
    """What others must not read, in order and without overlaps.

    known_names, known_phones: of the reporter and of others of whom one knows; found wherever they stand. places: None
    leaves buildings, estates and roads as they are; otherwise all of them are found, and these names besides.
    """
    folded = fold(text)
    taken = Taken(len(text))
    for phone in known_phones:
        _take_known(folded.plain, phone, taken)
    numbers.find(folded, taken)
    contacts.find(folded, taken)
    homes.find(folded, taken)
    if places is not None:
        homes.find_places(folded, taken, places)
    names.find(folded, taken, known_names)
    return tuple(sorted(taken.found))


def has_home(text: str) -> bool:
    """Whether the text names somebody's door."""
    taken = Taken(len(text))
    homes.find(fold(text), taken)
    return bool(taken.found)


def _take_known(text: str, phone: str, taken: Taken) -> None:
    at = text.find(phone) if len(phone) >= 5 else -1
    while at != -1:
        taken.take(at, at + len(phone), "phone")
        at = text.find(phone, at + len(phone))


def cover(text: str, found: Sequence[Found]) -> str:
    """The text with each passage replaced by what it was; neighbours of one kind by one word."""
    parts: list[str] = []
    at, last = 0, ""
    for each in found:
        if each.start > at or each.kind != last:
            parts += [text[at : each.start], SHOWN[each.kind]]
        at, last = each.end, each.kind
    parts.append(text[at:])
    return "".join(parts)


def mask(text: str, *, known_names: Iterable[str] = (), known_phones: Iterable[str] = ()) -> Masked:
    """The text as neighbours may read it, and what was covered."""
    found = find(text, known_names=known_names, known_phones=known_phones)
    return Masked(cover(text, found), found)
