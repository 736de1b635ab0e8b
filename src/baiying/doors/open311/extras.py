"""What `extensions=true` adds to a request: our state, kind and place in the tree, answers, and what happened so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from baiying.cases import history, questions, reference
from baiying.cases.history import Happened, Merged
from baiying.cases.published import Published
from baiying.doors.open311.whens import said
from baiying.kit.language import is_english


def pictures_of(row: Published, here: str) -> list[str]:
    """Addresses of the pictures that staff have released, at the residents' door."""
    return [
        here + reverse("public_photo", kwargs={"reference": row.reference, "public_photo_id": picture.id})
        for picture in row.photos
    ]


def of(tenant_id: int, rows: list[Published], here: str) -> list[dict[str, Any]]:
    """For each row its `extended_attributes`, `attributes` and `notes`; two queries for all of them."""
    ids = [row.id for row in rows]
    merges = history.merges_of(tenant_id, ids)
    told = history.public_history(tenant_id, ids, merges)
    return [
        {
            "extended_attributes": _extended(row, here) | duplicate(_now(merges.get(row.id, []))),
            "attributes": _answers(row, told.get(row.id, [])),
            "notes": [
                {"datetime": said(one.at), "description": one.said, "type": one.step}
                for one in told.get(row.id, [])
            ],
        }
        for row in rows
    ]


def _now(merges: Sequence[Merged]) -> Merged | None:
    """The merging that is in force, also when both have ended since."""
    return next((one for one in merges if one.until is None), None)


def duplicate(merged: Merged | Happened | None) -> dict[str, Any]:
    """Whether a request is the same as another one, and which, as far as that one may be told."""
    return {"is_duplicate": merged is not None, "duplicate_of": merged.lead or None if merged else None}


def _extended(row: Published, here: str) -> dict[str, Any]:
    kind = reference.KINDS[row.kind]
    return {
        "state": row.state,
        "outcome": row.outcome or None,
        "kind": row.kind,
        "kind_name": kind["name_en"] if is_english() else kind["name"],
        "group": row.category.group_en if is_english() else row.category.group,
        "community": row.community.code if row.community else None,
        "grid": row.grid.code if row.grid else None,
        "channel": row.channel,
        "media_urls": ", ".join(pictures_of(row, here)) or None,
        "closed_datetime": said(row.closed_at) if row.closed_at else None,
    }


def _answers(row: Published, told: list[Happened]) -> list[dict[str, Any]]:
    """Answers chosen from a list, numbers and times; what somebody wrote in their own words is not repeated."""
    kept = next((one.answers for one in told if one.answers), {})
    found = [
        answer
        for code, values in kept.items()
        if (answer := questions.answer_of(row.category.code, code, values))
    ]
    return [
        {
            "code": answer.question.code,
            "description": answer.question.said,
            "values": [{"key": key, "name": _name(answer, key)} for key in answer.values],
        }
        for answer in found
    ]


def _name(answer: questions.Answer, key: str) -> str:
    return next((choice.said for choice in answer.question.choices if choice.key == key), key)
