"""Names of persons: told by surname and by the words around. Some are missed (docs/privacy.md says how many)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from baiying.kit.privacy import addressed, transliterated
from baiying.kit.privacy.folding import Folded, Found, Taken
from baiying.kit.privacy.judging import (
    begins,
    ends,
    is_given,
    is_half_usual,
    is_no_given,
    is_place,
    is_place_itself,
    is_torn,
    is_usual,
    is_word,
    surname_at,
)
from baiying.kit.privacy.surnames import (
    BREAKS,
    COMPOUND,
    FREQUENT,
    GIVEN,
    LIKELY,
    RARE,
    RATHER_WORDS,
    SOMETIMES_GIVEN,
    WORDS,
    any_of,
    words_in,
)

MOST_AGAIN: Final = 40  # names that are looked for once more: a hostile text holds thousands
_LABEL: Final = re.compile(
    rf"(?:{any_of('before_full_names.txt')})"
    r"(?P<said>(?:是|为|系|叫|的名字叫|名叫|名字是|名字叫)?[ :,“\"「(]{0,3})"
)
# After these words a name comes for certain; after the others only when what follows looks like its end.
_CERTAIN: Final = frozenset(
    ["我叫", "名叫", "名为", "叫做", "叫作", "姓名", "联系人", "联络人", "收件人", "收货人"]
)
_SAID: Final = frozenset(["我叫", "名叫", "名为", "叫做", "叫作"])
# The last character of some given names, though it mostly begins what follows.
_ALSO_GIVEN: Final = frozenset("来有今前")
# Fields of a form: what is written behind their colon is a name unless it says that there is none.
_FIELDS: Final = _CERTAIN | frozenset(
    [
        "户主",
        "业主",
        "申请人",
        "投诉人",
        "举报人",
        "反映人",
        "来电人",
        "来访人",
        "报修人",
        "求助人",
        "负责人",
        "当事人",
    ]
)
_NO_NAMES: Final = words_in("no_field.txt")
_FIELD: Final = re.compile(r"[\u4e00-\u9fff]{2,4}(?![\u4e00-\u9fff])")
_CALLED: Final = re.compile(
    r"(?<=[个位人男女他她])叫(?=[\u4e00-\u9fff])|(?:自称|网名|冒充)(?=[\u4e00-\u9fff])|(?<=[,。;!?\n ])我是(?=[\u4e00-\u9fff])|^我是(?=[\u4e00-\u9fff])"
)
_BEFORE_PHONE: Final = re.compile(
    r"[ :,、(;/]{0,3}(?:的?(?:本人|联系)?(?:电话|手机|方式|微信|号码)(?:号码?)?(?:是|为)?[ :,]{0,3})?\Z"
)
_AFTER_PHONE: Final = re.compile(r" ?[ ,、(/]? ?(?=[\u4e00-\u9fff])")
# What persons do in requests; a name stands before it, behind a sign or a word like 昨天.
_ACT: Final = re.compile(any_of("acts.txt"))
_BESIDE: Final = re.compile(r"(?:和|与|跟|及|、|/)(?=[\u4e00-\u9fff])")
_BARE: Final = re.compile(
    rf"(?:{'|'.join(COMPOUND)}|[{''.join(sorted(FREQUENT - RATHER_WORDS))}])[{''.join(sorted(GIVEN))}]{{2}}"
    r"(?!.?(?:路|街|小区|花园|广场|大厦|公司|苑|园|城|村|里|湾|府|湖|学校|小学|中学|医院|超市))"
)


def find(folded: Folded, taken: Taken, names: Iterable[str]) -> None:
    """Take the given names wherever they stand, and what looks like one."""
    text = folded.plain
    for name in names:
        if len(name) >= 2:
            for match in re.finditer(re.escape(name), folded.text):
                taken.take_rest(*match.span(), "name")
    transliterated.find(text, taken)
    _labelled(text, taken)
    addressed.find(text, taken)
    for finder in (_called, _beside_phones, _acting, _bare, _beside_names, _again):
        finder(text, taken)


def _labelled(text: str, taken: Taken) -> None:
    for label in _LABEL.finditer(text):
        word = text[label.start() : label.start("said")]
        said = label["said"]
        if word in _FIELDS and ":" in said and _take_field(text, label.end(), taken):
            continue
        is_certain = word in _CERTAIN or "叫" in said or (word in _FIELDS and any(c in said for c in ':“「"'))
        is_said = bool(said) or word in _SAID
        _take_full(text, label.end(), taken, is_certain=is_certain, is_said=is_said, is_labelled=True)


def _take_field(text: str, at: int, taken: Taken) -> bool:
    """Take what is written behind the colon of a field, when it is no longer than a name."""
    match = _FIELD.match(text, at)
    if match is None or match.group() in _NO_NAMES or not is_given(match.group()):
        return False
    return match.group()[-2:] not in _NO_NAMES and taken.take(*match.span(), "name")


def _called(text: str, taken: Taken) -> None:
    for call in _CALLED.finditer(text):
        _take_full(text, call.end(), taken, is_certain=False, is_said=True)


def _take_full(
    text: str, at: int, taken: Taken, *, is_certain: bool, is_said: bool, is_labelled: bool = False
) -> None:
    """Take the full name that begins here, if one does."""
    known = RARE if is_certain and is_said else LIKELY if is_labelled else FREQUENT
    surname = surname_at(text, at, known)
    given = at + surname
    is_spoiled = surname == 1 and text[at : at + 2] in WORDS
    if not surname or (is_spoiled and not is_certain):
        if is_certain:
            taken.take(at, transliterated.end_of_name(text, at), "name")
        return
    is_rare = surname == 1 and text[at] not in FREQUENT
    is_short = ends(text, given + 1) > 0
    is_longer = text[given + 1 : given + 2] in _ALSO_GIVEN and ends(text, given + 2) == 2
    for end in (given + 1,) if is_short and not is_longer else (given + 2, given + 1):
        name, closed = text[given:end], ends(text, end)
        if end > len(text) or is_place(text, end):
            continue
        if not is_certain and (is_place_itself(text[at:end]) or text[end - 1 : end + 1] in WORDS):
            continue
        is_whole = end == given + 2 and closed > 0
        if not is_given(name, is_certain=is_certain or is_whole):
            continue
        if is_spoiled and not (is_whole and (closed == 2 or is_half_usual(name))):
            continue
        if is_rare and not is_certain and not (is_whole or (closed == 2 and is_usual(name))):
            continue
        if not is_given(name) and not is_certain and (not is_half_usual(name) or is_no_given(name)):
            continue
        is_likely = end == given + 2 and not is_no_given(name)
        if closed or is_certain or (is_likely and (is_said or (is_labelled and is_usual(name)))):
            taken.take(at, end, "name")
            return


def _beside_phones(text: str, taken: Taken) -> None:
    for phone in [found for found in taken.found if found.kind == "phone"]:
        _before_phone(text, phone, taken)
        gap = _AFTER_PHONE.match(text, phone.end)
        if gap:
            _take_full(text, gap.end(), taken, is_certain=False, is_said=False, is_labelled=True)


def _before_phone(text: str, phone: Found, taken: Taken) -> None:
    said = _BEFORE_PHONE.search(text, max(0, phone.start - 20), phone.start)
    end = said.start() if said else phone.start
    for length in (4, 3, 2):
        start = end - length
        if start < 0 or not taken.is_free(start, end):
            continue
        begun = begins(text, start)
        surname = surname_at(text, start, RARE if begun == 2 else FREQUENT)
        if not surname or (length == 4 and surname == 1) or is_word(text, start, end):
            continue
        if not is_given(text[start + surname : end], is_certain=begun == 2 and length == 3):
            continue
        if text[max(0, start - 1) : start + 1] not in BREAKS and not is_place_itself(text[start:end]):
            taken.take(start, end, "name")
            return


def _acting(text: str, taken: Taken) -> None:
    for act in _ACT.finditer(text):
        _take_before(text, act.start(), taken)


def _take_before(text: str, end: int, taken: Taken) -> None:
    """Take the full name that ends here, if one does."""
    if end < 2 or not (is_usual(text[end - 1]) or text[end - 1] in SOMETIMES_GIVEN):
        return
    for length in (4, 3, 2):
        start = end - length
        if start < 0 or not taken.is_free(start, end):
            continue
        begun = begins(text, start)
        surname = surname_at(text, start, LIKELY if begun == 2 and length == 3 else FREQUENT - RATHER_WORDS)
        given = text[start + surname : end]
        if not begun or not surname or (length == 4 and surname == 1):
            continue
        if not (is_usual(given) or (length > 2 and is_half_usual(given))):
            continue
        if is_place_itself(text[start:end]) or is_no_given(given) or is_torn(text, start, start):
            continue
        if not is_word(text, start, end):
            taken.take(start, end, "name")
            return


def _bare(text: str, taken: Taken) -> None:
    for match in _BARE.finditer(text):
        start, end = match.span()
        if is_word(text, start, end) or is_torn(text, start, end) or is_place(text, end):
            continue
        if not is_no_given(text[end - 2 : end]) and not is_place_itself(text[start:end]):
            taken.take(start, end, "name")


def _beside_names(text: str, taken: Taken) -> None:
    """What stands beside a full name as one of several is one, too."""
    for found in [f for f in taken.found if f.kind == "name" and f.end - f.start >= 2]:
        gap = _BESIDE.match(text, found.end)
        if gap and taken.is_free(gap.end(), gap.end() + 1):
            _take_full(text, gap.end(), taken, is_certain=False, is_said=True, is_labelled=True)
        if found.start > 2 and text[found.start - 1] in "和与跟及、":
            _take_before(text, found.start - 1, taken)


def _again(text: str, taken: Taken) -> None:
    """A full name that was found once is one wherever it stands."""
    names = [text[f.start : f.end] for f in taken.found if f.kind == "name" and f.end - f.start >= 2]
    for name in list(dict.fromkeys(names))[:MOST_AGAIN]:
        at = text.find(name)
        while at != -1:
            if not is_place(text, at + len(name)):
                taken.take(at, at + len(name), "name")
            at = text.find(name, at + len(name))
