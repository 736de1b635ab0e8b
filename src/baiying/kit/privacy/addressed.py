"""People as one speaks of them: 王书记, 欧阳女士, 老李, 小张, 陈总, 我姓赵, 张某某, 刘**."""

from __future__ import annotations

import re
from typing import Final

from baiying.kit.privacy.folding import Taken
from baiying.kit.privacy.judging import (
    begins,
    ends,
    is_given,
    is_half_usual,
    is_place_itself,
    is_usual,
    is_word,
    surname_at,
)
from baiying.kit.privacy.surnames import BREAKS, COMPOUND, FREQUENT, RARE, RATHER_WORDS, WORDS, any_of

_KIN: Final = "姐哥叔婶伯姨嫂爷奶娘"
_TITLE: Final = re.compile(
    rf"(?:副|大|二|三|老)?(?:(?:{any_of('titles.txt')})(?![期久])|[{_KIN}](?![妹弟们{_KIN}]))"
)
# Behind a surname alone, and only before a sign or a word that goes on after persons: 陈总说, 康队，
_SHORT_TITLE: Final = re.compile(
    r"[总工队所局处](?=[^\u4e00-\u9fff]|\Z|[说讲答叫让给和与跟的您你来没也就都把]|一直|今天|昨天|上次)"
)
_MEANT_OTHERWISE: Final = frozenset(
    ("施工", "包工", "车队", "卫队", "时局", "单科", "成队", "全局", "温总", "高工")
)
# Surnames that are hardly words, rare as they are; with a title behind them they are told.
_RARE_WITH_TITLE: Final = (
    RARE - FREQUENT - frozenset("来都连应干全和终后员商区从利初元有公光但及再么那门台国官籍师展英楚修平红")
)
_OF_AN_OFFICE: Final = frozenset("园校院所区局委村队厅部会司楼物业")
_SURNAMED: Final = re.compile(
    rf"(?<!百)(?<!同)姓(?P<name>{'|'.join(COMPOUND)}|[\u4e00-\u9fff])(?:[ ,、]{{0,2}}名(?:字?[叫是]|为)?(?P<given>[\u4e00-\u9fff]{{1,2}}))?"
)
# 老李, 小张: surnames that with these are no word - no 老路, 小康, 小包.
_FAMILIAR: Final = (
    "王李张刘陈杨赵黄周吴徐孙胡朱何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田姜范方姚谭廖邹熊陆郝孔崔毛邱秦江史顾侯邵孟龙雷汤尹黎"
    "易常武乔贺龚文庞樊殷施陶洪翟颜倪严芦季俞鲁葛伍韦申毕聂焦邢骆岳齐梅庄谷祁耿詹凌纪靳童欧甄裴屈霍翁隋景柏柯宁阮桂闵"
)
_NICKNAMED: Final = re.compile(
    rf"(?:(?<![养敬尊赡古])老|(?<![从大中狭矮弱幼最])小(?!于))(?P<name>[{_FAMILIAR}])"
    r"(?=[^\u4e00-\u9fff]|\Z|[说讲把和与跟给他她家也都又还就没不是在的拿带让来去曾被为]|天天|告诉|同志|师傅|两口|夫妻|态度|一直|经常|帮|答)"
)
_SOMEBODY: Final = re.compile(
    rf"(?P<name>{'|'.join(COMPOUND)}|[{''.join(sorted(RARE - RATHER_WORDS - frozenset('因对在从由于和应同连都来有后及再')))}])"
    r"(?:某某?(?![些种个处类项单公部地日天年月小区街路事物商学医建企店厂])|[xX*]{1,2}(?![A-Za-z0-9*路街镇村县市区小公号栋楼]))"
)  # fmt: skip


def find(text: str, taken: Taken) -> None:
    """Take the names, without what they are addressed by."""
    _surnamed(text, taken)
    _titled(text, taken)
    for title in _SHORT_TITLE.finditer(text):
        at = title.start()
        if at and text[at - 1 : at + 1] not in _MEANT_OTHERWISE and _is_free_before(text, at - 1):
            _take_surname(text, at, taken)
    for match in _NICKNAMED.finditer(text):
        taken.take(*match.span("name"), "name")
    if "某" in text or "x" in text or "*" in text or "X" in text:
        for match in _SOMEBODY.finditer(text):
            if text[max(0, match.start() - 1) : match.start() + 1] not in BREAKS:
                end = match.end()
                more = end + 1 if is_usual(text[end : end + 1]) and ends(text, end + 1) else end
                taken.take(match.start(), more, "name")


def _is_free_before(text: str, at: int) -> bool:
    """Whether a surname may begin here: behind no number and no other word."""
    return begins(text, at) > 0 and not text[max(0, at - 1) : at].isdigit()


def _take_surname(text: str, end: int, taken: Taken) -> None:
    start = end - 2 if text[max(0, end - 2) : end] in COMPOUND else end - 1
    if surname_at(text, start, FREQUENT - RATHER_WORDS):
        taken.take(start, end, "name")


def _surnamed(text: str, taken: Taken) -> None:
    for match in _SURNAMED.finditer(text):
        start = match.start("name")
        length = surname_at(text, start, RARE)
        if length and text[start : start + 2] not in WORDS:
            taken.take(start, start + length, "name")
            if match["given"] and (is_given(match["given"]) or is_half_usual(match["given"])):
                taken.take(*match.span("given"), "name")


def _titled(text: str, taken: Taken) -> None:
    for title in _TITLE.finditer(text):
        at = title.start()
        is_short = len(title.group()) == 1  # 姐, 哥, ...: behind a surname or a given name alone
        for length in (4, 3, 2, 1):
            start = at - length
            if start < 0 or not taken.is_free(start, at):
                continue
            surname = surname_at(text, start, FREQUENT)
            if not surname and length == 1 and not is_short and text[start] in _RARE_WITH_TITLE:
                surname = int(start == 0 or begins(text, start) > 0 or text[start - 1] in _OF_AN_OFFICE)
            if not surname or (length == 4 and surname == 1) or length - surname > 2:
                continue
            whole = text[start : title.end()]
            if whole in WORDS or whole == "毛主席" or (is_short and length > 2):
                continue
            if _is_name_before(text, start, at, surname):
                taken.take(start, at, "name")
                break


def _is_name_before(text: str, start: int, end: int, surname: int) -> bool:
    given = text[start + surname : end]
    if given and is_place_itself(given):
        return False
    if given and not is_given(given) and not is_usual(given):
        return False
    if surname == 1 and (is_word(text, start, end) or (text[start : start + 2] in WORDS and given)):
        return False
    return text[max(0, start - 1) : start + 1] not in BREAKS
