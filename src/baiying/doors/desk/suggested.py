"""What the words of a text speak for, as the desk's pages show it: likeliest first, with chance and words."""

from __future__ import annotations

from datetime import date
from typing import Any

from baiying.cases import suggesting, wording
from baiying.doors.shared.names import name_of


def suggested_context(text: str, *, on: date, tenant_id: int, chosen: str = "") -> dict[str, Any]:
    """The context `suggested` of desk/parts/suggested.html. chosen: the code of the category the case has."""
    found = suggesting.suggestion(text, on=on, tenant_id=tenant_id)
    return {
        "is_sure": found.sure is not None,
        "categories": [
            {
                "name": name_of(one.category),
                "chance": percent(one.probability),
                "words": "、".join(one.words),
                "is_chosen": one.category.code == chosen,
                "matter": f"{one.matter.code} {name_of(one.matter)}" if one.matter else "",
                "leaf_word": one.leaf_word,
            }
            for one in found.categories
        ],
        "kind": wording.kind_name(found.kind.kind) if found.kind else "",
        "kind_chance": percent(found.kind.probability) if found.kind else "",
        "kind_words": "、".join(found.kind.words) if found.kind else "",
        "urgent": "、".join(found.urgent),
        "urgent_chance": percent(found.urgency),
        "is_urgent": found.urgency >= suggesting.THRESHOLD,
    }


def percent(chance: float) -> str:
    return f"{chance * 100:.0f} %"
