"""Names of other peoples in Chinese characters: 买买提·艾力, 其木格, 次仁多吉."""

from __future__ import annotations

import re
from typing import Final

from baiying.kit.privacy.folding import Taken

# Characters by which such names are written; own list.
SOUNDS: Final = (
    "阿艾买提古丽娜尔热依木江肉孜吐逊努麦合穆罕默德赛迪力夏凯卡森玉素甫伊亚斯巴特那仁其格乌云毕扎西卓玛次多吉曼拉拜布都沙帕旦丹增珠措旺姆桑达瓦"
    "平措洛顿尼央金格桑群佩索朗坚赞哈茂萨苏莱图帖克别汗孜别波茨维奇安东伯杜不卜马再帷牙库班乃比古兰朵罗扬嘎呼和苏日娅琪琪诺敏萨仁高娃宝音朝鲁斯琴莫日根勒"
)
_DOTTED: Final = re.compile(rf"[{SOUNDS}]{{2,6}}(?:·[{SOUNDS}]{{1,8}}){{1,3}}")
_RUN: Final = re.compile(rf"[{SOUNDS}]{{2,6}}")


def find(text: str, taken: Taken) -> None:
    """Take names of two parts, wherever they stand."""
    if "·" not in text:
        return
    for match in _DOTTED.finditer(text):
        taken.take(*match.span(), "name")


def end_of_name(text: str, at: int) -> int:
    """Where a name of one part ends that begins here, for places where a name is bound to come; `at` when none does."""
    run = _RUN.match(text, at)
    if run is None:
        return at
    is_closed = run.end() == len(text) or not "\u4e00" <= text[run.end()] <= "\u9fff"
    return run.end() if run.end() - at >= 3 or is_closed else at
