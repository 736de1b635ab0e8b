"""Exact homes: unit, floor and door are taken, the building and the estate stay. And, where asked, whole places."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from baiying.kit.privacy.folding import Folded, Taken

_HAN_N: Final = "一二三四五六七八九十"
_N: Final = rf"(?:\d{{1,3}}|[{_HAN_N}]{{1,3}})"
# Not a number of people, metres, years, times: then it is no door.
_NOT_COUNTED: Final = r"(?!\d|\.\d|[年元米平个多余人家块度次万亿斤吨天岁路分点%％月伏瓦层栋名条辆套位件票]|户(?:居民|人|业主|以上|左右|住户)|小时|平方|kg|m|W|V)"
_R: Final = rf"(?:\d{{3,4}}{_NOT_COUNTED}|[一二三四五六七八九][〇零○一二三四五六七八九]{{2,3}}(?!年))"
_SUFFIX: Final = r"(?:号?房间|号房|室|户|号(?!楼|院)|房(?![屋产子价租东管地顶梁]))?"
_SIDE: Final = r"(?:[东西南北中左右]{1,2}(?:边|侧|手)?(?:户|室|门|家|邻|边户))"
_FLOOR: Final = rf"(?:{_N} ?(?:楼|层))"
_GAP: Final = r"[ \-]{0,2}"
_BUILDING: Final = rf"(?:号楼|号院|栋|幢|座|\d#楼?|\d楼|[{_HAN_N}]号?楼)"

_UNIT_AND_DOOR: Final = re.compile(
    rf"(?<![\d.])(?P<hide>{_N} ?(?:单元|门洞|梯)[ ,\-的]{{0,2}}"
    rf"(?:{_FLOOR}{_GAP}(?:{_R}{_SUFFIX}|{_SIDE})?|{_R}{_SUFFIX}|{_SIDE}))"
)
_BUILDING_AND_DOOR: Final = re.compile(
    rf"{_BUILDING}{_GAP}(?P<hide>(?:\d{{1,2}} ?- ?)?{_R}{_SUFFIX}|{_FLOOR}{_GAP}(?:{_R}{_SUFFIX}|{_SIDE}))"
)
_DASHED: Final = re.compile(
    r"(?<![\d\-./:#A-Za-z])[\dA-Za-z]\d{0,2} ?(?:号楼?|#楼?|栋|幢|楼)? ?- ?"
    r"(?P<hide>(?:\d{1,2} ?(?:单元)? ?- ?){1,2}\d{3,4}(?![\d\-/:]|\.\d|[年月日])(?:室|户|房(?![屋产子价]))?)"
)
_TWO_DASHED: Final = re.compile(
    r"(?<![\d\-./:])[\dA-Za-z]\d{0,2} ?[#栋幢]? ?- ?(?P<hide>\d{3,4}(?:室|户(?![居人])|号?房(?![屋产子价])))"
)
_TWO_DASHED_SAID: Final = re.compile(
    r"(?:住|家|小区|花园|公寓|苑|园|院|区|邻居|业主|里|村|城|庭|府|郡|湾|门牌号?|房号)[在是的: ]{0,2}"
    r"[\dA-Za-z]\d{0,2}#? ?- ?(?P<hide>\d{3,4})(?![\d\-/:]|\.\d|[年月日元米平])"
)
_ROOM: Final = re.compile(r"(?<![\d.\-])(?P<hide>\d{3,4} ?(?:室(?![内外温友])|号房间?|房间))")
_SAID_ROOM: Final = re.compile(
    rf"(?:楼上|楼下|对门|对面|隔壁|我家|家住|住在|我住|租住|邻居|业主|住户|房号|门牌号?|门牌)[是在的为 ,:]{{0,2}}"
    rf"(?P<hide>{_R}(?!户|-\d{{1,2}}-)(?:号房|室|号|房)?)"
)
_FLOOR_AND_SIDE: Final = re.compile(rf"(?P<hide>{_FLOOR} ?{_SIDE})")
# 附, 甲, 之: doors behind one number. A number that names an estate, a bus, a lamp or a manhole stays.
_ROAD: Final = re.compile(
    r"(?:路|街|巷|弄|胡同|道|里|村|庄|屯)(?:东段|西段|南段|北段|中段)?(?P<hide>[甲乙丙]?(?:\d{1,4}(?:-\d{1,3})?|[一二三四五六七八九十百]{1,5}) ?号(?:之\d{1,2}|附\d{1,3}号?|-\d{1,3})?"
    rf"(?!楼|院|大院|小区|公寓|家园|花园|广场|大厦|商厦|线|路|车|井|灯|杆|桥|闸|泵|站|厕|公厕|地块|口|出口|门(?![牌口前外旁])|桩|箱|馆|标|池|坑|树|柱|塔)"
    rf"(?:{_GAP}(?:\d{{1,2}}-)?{_R}{_SUFFIX})?)"
)
# Each with the characters one of which must be there: most messages hold none, and are not read for it.
_FINDERS: Final = (
    (_UNIT_AND_DOOR, ("单元", "门洞", "梯")),
    (_DASHED, ("-",)),
    (_BUILDING_AND_DOOR, ("楼", "院", "栋", "幢", "座", "#")),
    (_TWO_DASHED, ("-",)),
    (_TWO_DASHED_SAID, ("-",)),
    (_FLOOR_AND_SIDE, ("户", "室", "门", "家", "邻")),
    (_ROAD, ("号",)),
    (_SAID_ROOM, ("楼", "对", "隔壁", "家", "住", "邻居", "业主", "房号", "门牌")),
    (_ROOM, ("室", "号房", "房间")),
)

_ANY_ROAD: Final = re.compile(
    r"[\u4e00-\u9fff]{1,4}(?:大道|大街|路(?![灯面口边过人]|段)|街(?!道|坊|边)|巷|胡同)(?:东段|西段|南段|北段|中段|\d{1,4}号院?)?"
)
_ANY_BUILDING: Final = re.compile(
    rf"(?:\d{{1,3}}|[A-Za-z]|[{_HAN_N}]{{1,3}}) ?(?:号楼|号院|栋|幢|座(?!位)|#楼?|单元)|[\u4e00-\u9fff]{{1,6}}(?:小区|花园|家园|公寓|新村|社区)"
)


def find(folded: Folded, taken: Taken) -> None:
    """Take the doors that are found."""
    text = folded.plain
    for finder, signs in _FINDERS:
        if any(sign in text for sign in signs):
            for match in finder.finditer(text):
                taken.take_rest(*match.span("hide"), "home")


def find_places(folded: Folded, taken: Taken, names: Iterable[str]) -> None:
    """Take every place that is smaller than a grid: the given names, estates, roads, buildings, units."""
    for name in sorted({n for n in names if len(n) >= 2}, key=len, reverse=True):
        at = folded.text.find(name)
        while at != -1:
            taken.take_rest(at, at + len(name), "place")
            at = folded.text.find(name, at + len(name))
    for finder in (_ANY_BUILDING, _ANY_ROAD):
        for match in finder.finditer(folded.plain):
            taken.take_rest(*match.span(), "place")
