"""What comes again and again: which demand recurs more often than chance allows, and which cases stand behind it.

`find(items)` answers findings, the strongest first; `python -m baiying.kit.recurring FILE` does so for any CSV. Needs numpy and
scipy, which are loaded only when asked; `chance` and `effect` are plain Python, for pages. How good it is: docs/hot-topics.md.
"""

from baiying.kit.recurring.chance import false_discovery, negative_binomial_tail, poisson_tail
from baiying.kit.recurring.effect import Effect, effect_of
from baiying.kit.recurring.finding import METHOD, find
from baiying.kit.recurring.items import ESTATE, POINT, Finding, Item, Settings

__all__ = [
    "ESTATE",
    "METHOD",
    "POINT",
    "Effect",
    "Finding",
    "Item",
    "Settings",
    "effect_of",
    "false_discovery",
    "find",
    "negative_binomial_tail",
    "poisson_tail",
]
