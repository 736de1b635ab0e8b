"""Names of persons: told by surname and by the words around. Some are missed (docs/privacy.md says how many)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from baiying.kit.privacy.folding import Folded, Found, Taken
from baiying.kit.privacy.surnames import (
    BREAKS,
    COMPOUND,
    FOLLOWS,
    FREQUENT,
    GIVEN,
    NEVER_IN_NAMES,
    NOT_GIVEN,
    RARE,
    WORDS,
    words_in,
)


def _any(file: str) -> str:
    """One of the words of a file, the longer ones first."""
    return "|".join(sorted(words_in(file), key=len, reverse=True))


_KIN: Final = "姐哥叔婶伯姨嫂爷奶娘"
_TITLE: Final = re.compile(rf"(?:副|大|二|三|老)?(?:{_any('titles.txt')}|[{_KIN}](?![妹弟们{_KIN}]))")
_LABEL: Final = re.compile(
    rf"(?:{_any('before_full_names.txt')})"
    r"(?P<said>(?:是|为|叫|的名字叫|名叫|名字是|名字叫)?[ :,“\"「(]{0,3})"
)
# After these words a name comes for certain; after the others only when what follows looks like its end.
_CERTAIN: Final = frozenset(
    ["我叫", "名叫", "名为", "叫做", "叫作", "姓名", "联系人", "联络人", "收件人", "收货人"]
)
_SURNAMED: Final = re.compile(
    r"(?<!百)(?<!同)姓(?P<name>[\u4e00-\u9fff]{1,2})(?:[ ,、]?名(?:叫|字是)?(?P<given>[\u4e00-\u9fff]{1,2}))?"
)
_CALLED: Final = re.compile(
    r"(?<=[个位人男女])叫(?=[\u4e00-\u9fff])|(?:自称|网名|冒充)(?=[\u4e00-\u9fff])|(?<=[,。;!?\n ])我是(?=[\u4e00-\u9fff])|^我是(?=[\u4e00-\u9fff])"
)
_BEFORE_PHONE: Final = re.compile(
    r"[ :,、(;/]{0,3}(?:的?(?:本人|联系)?(?:电话|手机|方式|微信|号码)(?:号码?)?(?:是|为)?[ :,]{0,3})?\Z"
)
_AFTER_PHONE: Final = re.compile(r" ?[ ,、(/]? ?(?=[\u4e00-\u9fff])")
_END: Final = re.compile(
    r"[^\u4e00-\u9fff]|[的在是于和与跟及说称住家电手联今已将把被对向因患男女从去来有等给要又还也都曾等让带昨前不没很每占拖欠]|\Z"
)
# No person: 张庄村, 王府大街, 李宁店.
_PLACE_AFTER: Final = re.compile(
    r"[路街村庄镇乡县市区巷桥河湖山苑园城府湾里屯寨店厂院校庙寺塔站港岛洲沟坡岭井池塘堡集铺营坊阁楼厦]|大道|大街|小区|花园|公司|集团|学校|医院|广场|大厦|家园|社区|中学|小学|大学|超市|酒店|商城|市场|物业|公寓|新村|银行|牌|工程|学院|国际|世纪|中心"
)


def find(folded: Folded, taken: Taken, names: Iterable[str]) -> None:
    """Take the given names wherever they stand, and what looks like one."""
    text = folded.plain
    for name in names:
        if len(name) >= 2:
            for match in re.finditer(re.escape(name), folded.text):
                taken.take_rest(*match.span(), "name")
    for finder in (_labelled, _surnamed, _titled, _called, _beside_phones, _bare):
        finder(text, taken)


def _labelled(text: str, taken: Taken) -> None:
    for label in _LABEL.finditer(text):
        word = text[label.start() : label.start("said")]
        is_certain = word in _CERTAIN or any(c in label["said"] for c in ':叫“「"')
        _take_full(text, label.end(), taken, is_certain=is_certain, is_said=bool(label["said"]))


def _called(text: str, taken: Taken) -> None:
    for call in _CALLED.finditer(text):
        _take_full(text, call.end(), taken, is_certain=False, is_said=True)


def _take_full(text: str, at: int, taken: Taken, *, is_certain: bool, is_said: bool) -> None:
    """Take the full name that begins here, if one does."""
    surname = _surname_at(text, at, RARE if is_certain else FREQUENT)
    given = at + surname
    if not surname or (surname == 1 and text[at : at + 2] in WORDS):
        return
    is_short = _END.match(text, given + 1) is not None or text[given + 1 : given + 3] in FOLLOWS
    for end in (given + 1,) if is_short else (given + 2, given + 1):
        if end > len(text) or not _may_be_given(text[given:end], is_certain=is_certain):
            continue
        ends_well = is_short or _END.match(text, end) is not None
        is_likely = end == given + 2 and text[given:end] not in WORDS and text[given:end] not in NOT_GIVEN
        if (ends_well or is_certain or (is_said and is_likely)) and not _PLACE_AFTER.match(text, end):
            taken.take(at, end, "name")
            return


def _surname_at(text: str, at: int, surnames: frozenset[str]) -> int:
    """How many characters of surname stand here."""
    if text.startswith(COMPOUND, at):
        return 2
    return 1 if text[at : at + 1] in surnames else 0


def _may_be_given(given: str, *, is_certain: bool) -> bool:
    if not given or not all("\u4e00" <= c <= "\u9fff" for c in given):
        return False
    return is_certain or all(c not in NEVER_IN_NAMES for c in given)


def _is_word(text: str, start: int, end: int) -> bool:
    name = text[start:end]
    return name in WORDS or name[:2] in WORDS or name[1:3] in WORDS


def _surnamed(text: str, taken: Taken) -> None:
    for match in _SURNAMED.finditer(text):
        start = match.start("name")
        length = _surname_at(text, start, RARE)
        if length and text[start : start + 2] not in WORDS:
            taken.take(start, start + length, "name")
            if match["given"]:
                taken.take(*match.span("given"), "name")


def _titled(text: str, taken: Taken) -> None:
    for title in _TITLE.finditer(text):
        at = title.start()
        is_short = len(title.group()) == 1  # 姐, 哥, ...: behind a surname or a given name alone
        for length in (4, 3, 2, 1):
            start = at - length
            if start < 0 or not taken.is_free(start, at):
                continue
            surname = _surname_at(text, start, FREQUENT)
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
    if given and not _may_be_given(given, is_certain=False) and not all(c in GIVEN for c in given):
        return False
    if surname == 1 and (_is_word(text, start, end) or (text[start : start + 2] in WORDS and given)):
        return False
    return text[max(0, start - 1) : start + 1] not in BREAKS


def _beside_phones(text: str, taken: Taken) -> None:
    for phone in [found for found in taken.found if found.kind == "phone"]:
        _before_phone(text, phone, taken)
        gap = _AFTER_PHONE.match(text, phone.end)
        if gap:
            _take_full(text, gap.end(), taken, is_certain=False, is_said=False)


def _before_phone(text: str, phone: Found, taken: Taken) -> None:
    said = _BEFORE_PHONE.search(text, max(0, phone.start - 20), phone.start)
    end = said.start() if said else phone.start
    for length in (4, 3, 2):
        start = end - length
        if start < 0 or not taken.is_free(start, end):
            continue
        surname = _surname_at(text, start, FREQUENT)
        if not surname or (length == 4) != (surname == 2 and length == 4):
            continue
        if not _may_be_given(text[start + surname : end], is_certain=False) or _is_word(text, start, end):
            continue
        if text[max(0, start - 1) : start + 1] not in BREAKS:
            taken.take(start, end, "name")
            return


# As surnames these are rarer than as words, and without further words around one cannot tell.
_RATHER_WORDS: Final = frozenset("位项车代时查包强解单任向成曲费盛边净路常段")
_BARE: Final = re.compile(
    rf"(?:{'|'.join(COMPOUND)}|[{''.join(sorted(FREQUENT - _RATHER_WORDS))}])[{''.join(sorted(GIVEN))}]{{2}}"
    r"(?!.?(?:路|街|小区|花园|广场|大厦|公司|苑|园|城|村|里|湾|府|湖|学校|小学|中学|医院|超市))"
)


def _bare(text: str, taken: Taken) -> None:
    for match in _BARE.finditer(text):
        start, end = match.span()
        if _is_word(text, start, end) or text[max(0, start - 1) : start + 1] in BREAKS:
            continue
        if (
            text[end - 2 : end] in NOT_GIVEN
            or text[end - 1 : end + 1] in WORDS
            or _PLACE_AFTER.match(text, end)
        ):
            continue
        taken.take(start, end, "name")
