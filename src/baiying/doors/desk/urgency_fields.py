"""The two fields in which a person says whether a case is urgent, for every form that asks: at receipt, accepting, correcting."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from baiying.cases import catalogue, suggesting
from baiying.cases.models import Case
from baiying.cases.urgency import MOST_REASON
from baiying.doors.desk.suggested import percent

CHOICES: Final = [("yes", later("紧急")), ("no", later("不紧急"))]


def urgency_field(first: Any = "", **more: Any) -> forms.ChoiceField:
    """紧急 or 不紧急; `first`: what no choice means, then it is a list to choose from."""
    if first:
        return forms.ChoiceField(
            label=later("紧急程度"), required=False, choices=[("", first), *CHOICES], **more
        )
    return forms.ChoiceField(
        label=later("紧急程度"), required=False, choices=CHOICES, widget=forms.RadioSelect, **more
    )


def reason_field() -> forms.CharField:
    """Asked where words of danger stand in the text."""
    return forms.CharField(
        label=later("为什么不紧急（居民看不到）"), required=False, max_length=MOST_REASON,
        help_text=later("改成不紧急才要写，例如：说的是烧烤味，没有火情。"), widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


def ask_urgency(form: forms.Form, case: Case) -> None:
    """The two fields for accepting a case: ticked is what a person said before, else what is likelier than not.

    What is flagged by a word and yet unlikely, a person decides: nothing is ticked.
    """
    found = suggesting.urgency(case.text, tenant_id=case.tenant_id)
    is_likely = found.probability >= suggesting.THRESHOLD
    said = _("紧急的可能 %(chance)s") % {"chance": percent(found.probability)}
    hint = _("%(said)s：%(words)s") % {"said": said, "words": "、".join(found.words)} if found.words else said
    form.fields["is_urgent"] = urgency_field(help_text=hint)
    by_words = catalogue.danger_in(case.text) is not None
    if case.is_urgent != by_words or case.reopened_at is not None:  # nobody but a person can have said so
        form.initial["is_urgent"] = "yes" if case.is_urgent else "no"
    elif is_likely or not by_words:
        form.initial["is_urgent"] = "yes" if is_likely else "no"
    if case.is_urgent:
        form.fields["urgency_reason"] = reason_field()


def said_urgency(told: dict[str, Any]) -> dict[str, Any]:
    """The two as the services take them."""
    return {
        "is_urgent": {"yes": True, "no": False}.get(told.get("is_urgent") or ""),
        "urgency_reason": told.get("urgency_reason") or "",
    }
