"""What was learnt and what is written in a list, said as one. No numpy: the arithmetic of a page."""

from __future__ import annotations

from collections.abc import Mapping


def blended(learnt: Mapping[str, float], listed: Mapping[str, float]) -> dict[str, float]:
    """Chances by label. What the model never met keeps the chance that the list gives it - or it could never be said
    again -, and the model divides the rest.
    """
    unmet = {label: chance for label, chance in listed.items() if label not in learnt}
    rest = max(0.0, 1.0 - sum(unmet.values()))
    return {label: chance * rest for label, chance in learnt.items()} | unmet
