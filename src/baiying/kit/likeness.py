"""How alike two short Chinese texts are, by the pairs of characters they share; and which words those are.

The measure is the cosine of the two sets of pairs: shared / sqrt(|a| x |b|). Containment alone would call "路灯坏了" alike
to every long complaint that mentions a lamp; the share of the union alone would miss the short text that says the same.
What everybody writes (您好, 希望尽快处理) is taken out before. For a few hundred texts that place and time have
narrowed down already: 25 microseconds a pair.
"""

from __future__ import annotations

import math
import re
from collections.abc import Set
from typing import Final

from baiying.kit import text as kit_text

MOST_COMPARED: Final = 2_000  # characters of a text that are looked at
MOST_WORDS: Final = 5
# Words of courtesy and of complaining in general: they say nothing about what is wrong.
_EVERYBODY_WRITES: Final = re.compile(
    "您好|你好|请问|麻烦|谢谢|感谢|希望|尽快|有关部门|相关部门|部门|领导|反映|投诉|举报|求助|建议|处理一下|处理|解决一下|解决|"
    "看一下|一下|我们|我家|我是|大家|居民|业主|市民|街道|社区|小区|现在|已经|一直|没有人|没人|无人|管理|这里|那里|附近|"
    "为什么|怎么|什么|时候|能不能|可以|严重|影响|情况|问题|好几天|几天了|几天|多次|请|吗|呢|吧|啊|了"
)


def pairs(text: str) -> frozenset[str]:
    """The pairs of characters that tell what a text is about."""
    return frozenset(kit_text.bigrams(_EVERYBODY_WRITES.sub(" ", text[:MOST_COMPARED])))


def likeness(one: Set[str], other: Set[str]) -> float:
    """0 (nothing in common) .. 1 (the same), of two sets of pairs."""
    if not one or not other:
        return 0.0
    return len(one & other) / math.sqrt(len(one) * len(other))


def common_words(one: str, other: str, most: int = MOST_WORDS) -> list[str]:
    """The longest stretches of `one` that stand in `other` too, two characters at least, the longest first."""
    theirs, found = pairs(other), dict[str, None]()
    for run in _EVERYBODY_WRITES.sub(" ", kit_text.normalised(one[:MOST_COMPARED])).split():
        start = 0
        while start < len(run) - 1:
            end = start
            while end + 2 <= len(run) and run[end : end + 2] in theirs:
                end += 1
            if end > start:
                found[run[start : end + 1]] = None
            start = max(end, start + 1)
    return sorted(found, key=lambda word: (-len(word), word))[:most]
