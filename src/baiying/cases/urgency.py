"""Whether a case is urgent: first by words of danger (`catalogue.danger_in`), then as a member of staff says.

What a person said stands on a line of the timeline as `urgency: [before, after]`, also where both are the same: then it
was confirmed. `learning` learns from such cases alone.
"""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from baiying.cases import catalogue
from baiying.cases.models import Case, Line
from baiying.cases.said import Words
from baiying.kit import text as kit_text
from baiying.kit.refusals import Denied, Invalid
from baiying.org.rules import Actor

SAID: Final = "urgency"  # the key on a line
MOST_REASON: Final = 300
# Lines on which a person said whether it is urgent: at the receipt, when accepting, in a correction.
BY_PERSON: Final = Q(step__in=("receive", "accept"), data__has_key=SAID) | Q(
    step="correct", data__changes__has_key=SAID
)


def settle(case: Case, is_urgent: bool | None, reason: str) -> dict[str, list[bool]]:
    """What a person says of a case; returns {"urgency": [before, after]}, or nothing where nothing new was said.

    Raises Invalid when urgency is taken away without a reason.
    """
    if is_urgent is None:
        return {}
    before = case.is_urgent
    _check_reason(before, is_urgent, reason)
    if before == is_urgent and is_confirmed(case):
        return {}
    case.is_urgent = is_urgent
    return {SAID: [before, is_urgent]}


def at_receipt(by: Actor, words: Words, text: str) -> tuple[bool, dict[str, Any]]:
    """(urgent, what the first line remembers): by words of danger, unless staff who wrote it down say otherwise."""
    by_words = catalogue.danger_in(text) is not None
    if words.is_urgent is None:
        return by_words, {}
    if by.kind != "staff":
        raise Denied(permission=_("确认紧急程度"), sentence=_("紧急不紧急，由工作人员确认。"), unit=by.name)
    _check_reason(by_words, words.is_urgent, words.urgency_reason)
    reason = reason_of(words.urgency_reason) if by_words and not words.is_urgent else ""
    inner = str(words.aside.get("inner", ""))
    return words.is_urgent, {SAID: [by_words, words.is_urgent]} | with_inner(inner, reason)


def is_confirmed(case: Case) -> bool:
    """Whether a person has said that it is as urgent as it stands there."""
    lines = Line.objects.get_queryset().filter(BY_PERSON, tenant_id=case.tenant_id, case_id=case.id)
    return bool(lines.filter(actor_kind="staff").exists())


def with_inner(inner: str, reason: str) -> dict[str, str]:
    """The word for colleagues with the reason below it; nothing where there is neither."""
    both = "\n".join(part for part in (inner.strip(), reason) if part)
    return {"inner": both} if both else {}


def reason_of(said: str) -> str:
    """The reason, cleaned."""
    return kit_text.clean(said, field="urgency_reason")


def not_with_this_step() -> Invalid:
    """Only accepting asks for it; at any other time there is the correction."""
    return Invalid(
        field="is_urgent",
        problem=_("这一步不能改紧急程度。"),
        remedy=_("请在受理时确认，或者用“更正”来改。"),
    )


def _check_reason(before: bool, after: bool, said: str) -> None:
    reason = reason_of(said)
    if before and not after and not reason:
        raise Invalid(
            field="urgency_reason",
            problem=_("没有写为什么不紧急。"),
            remedy=_("请写一句，例如：说的是烧烤味，没有火情。"),
        )
    if len(reason) > MOST_REASON:
        raise Invalid(
            field="urgency_reason",
            problem=_("说明有 %(count)d 个字，超过了 %(most)d 个字。")
            % {"count": len(reason), "most": MOST_REASON},
            remedy=_("请写要点。"),
        )
