"""Whether characters can be a name where they stand: surname, given name, and what stands before and behind."""

from __future__ import annotations

import re
from typing import Final

from baiying.kit.privacy.surnames import (
    BREAKS,
    COMPOUND,
    FOLLOWS,
    FREQUENT,
    GRAMMAR,
    NEVER_IN_NAMES,
    NOT_GIVEN,
    SOMETIMES_GIVEN,
    USUAL,
    WORDS,
)

_END: Final = frozenset(
    "在是于和与跟及说称住家电手联今已将把被对向因患男女从去来有等给要又还也都曾让带昨前不没很每占拖欠系往的却仍并竟均亦"
)
# No person: 张庄村, 王府大街, 李宁店.
_PLACE_AFTER: Final = re.compile(
    r"[路街村庄镇乡县市省区巷桥河湖山苑园城府湾里屯寨店厂院校庙寺塔站港岛洲沟坡岭井池塘堡集铺营坊阁楼厦]|大道|大街|小区|花园|公司|集团|学校|医院|广场|大厦|家园|社区|中学|小学|大学|超市|酒店|商城|市场|物业|公寓|新村|银行|牌|工程|学院|国际|世纪|中心"
)
_PLACES: Final = frozenset("湖城湾府苑园镇村庄坳坪坡街路寨屯沟")
# Words that a name may stand behind although no blank or comma parts them.
_LEFT: Final = re.compile(
    r"(?:[昨今前后当]天|昨晚|今早|上周|刚才|上午|下午|晚上|转告|证人|这事|件事|[找叫问给被让跟和与及有由对向请帮替求的、为])\Z"
)


def is_han(char: str) -> bool:
    """Whether it is a Chinese character."""
    return "\u4e00" <= char <= "\u9fff"


def surname_at(text: str, at: int, surnames: frozenset[str] = FREQUENT) -> int:
    """How many characters of surname stand here."""
    if text.startswith(COMPOUND, at):
        return 2
    return 1 if text[at : at + 1] in surnames else 0


def ends(text: str, at: int) -> int:
    """How surely a name may end here: 2 before a sign or the end, 1 before a word that follows names, else 0."""
    if at >= len(text) or not is_han(text[at]):
        return 2
    return 1 if text[at] in _END or text[at : at + 2] in FOLLOWS else 0


def begins(text: str, at: int) -> int:
    """How surely a name may begin here: 2 behind a sign, 1 behind a word that stands before names, else 0."""
    if at == 0 or not is_han(text[at - 1]):
        return 2
    return 1 if _LEFT.search(text, max(0, at - 2), at) else 0


def is_given(given: str, *, is_certain: bool = False) -> bool:
    """Whether it may be a given name; where a name comes for certain, only grammar may not be one."""
    if not given or not all(is_han(c) for c in given):
        return False
    never = GRAMMAR if is_certain else NEVER_IN_NAMES
    return all(c not in never for c in given)


def is_half_usual(given: str) -> bool:
    """Whether it is made of such characters and at most one that is mostly grammar: 如玉, 一凡, 为民."""
    return all(c in USUAL or c in SOMETIMES_GIVEN for c in given) and any(c in USUAL for c in given)


def is_usual(given: str) -> bool:
    """Whether it is made of characters that given names are made of."""
    return bool(given) and all(c in USUAL for c in given)


def is_word(text: str, start: int, end: int) -> bool:
    """Whether the passage is a word, begins with one or ends with one."""
    name = text[start:end]
    return name in WORDS or name[:2] in WORDS or name[1:3] in WORDS or name[:2] in BREAKS


def is_torn(text: str, start: int, end: int) -> bool:
    """Whether the first or last character belongs to a word with its neighbour outside: 新任|局长, 方便."""
    return text[max(0, start - 1) : start + 1] in BREAKS or text[end - 1 : end + 1] in WORDS


def is_place(text: str, end: int) -> bool:
    """Whether what follows makes a place or a firm of it."""
    return _PLACE_AFTER.match(text, end) is not None


def is_place_itself(name: str) -> bool:
    """Whether it ends like a place: 山水湾, 万象府."""
    return name[-1:] in _PLACES


def is_no_given(given: str) -> bool:
    """Whether two characters of given names are a word far more often."""
    return given in NOT_GIVEN or given in WORDS
