"""Several ticked cases become one piece of work: which of them leads, or another one, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from baiying.cases import merging, queries
from baiying.cases.models import Case
from baiying.kit import text
from baiying.org.rules import Actor, acting


class MergeForm(forms.Form):
    """The lead: one of the ticked, or another by its reference; and why they are the same."""

    lead = forms.ChoiceField(label=later("并到哪一件"), required=False)
    other = forms.CharField(
        label=later("或写编号"), required=False, max_length=60, help_text=later("并到没有勾选的一件时写。")
    )
    reason = forms.CharField(
        label=later("为什么是同一件事（相距较远时要写）"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, *args: Any, cases: Sequence[Case]) -> None:
        super().__init__(*args)
        field = self.fields["lead"]
        assert isinstance(field, forms.ChoiceField)
        rows = [(case.reference, f"{case.reference} {text.first_words(case.text, 24)}") for case in cases]
        field.choices = [("", _("请选择")), *rows]

    def clean(self) -> dict[str, Any]:
        """One of the two, not both."""
        said: dict[str, Any] = super().clean() or {}
        if bool(said.get("lead")) == bool(said.get("other", "").strip()) and "lead" not in self.errors:
            self.add_error("lead", _("请选一件做主件，或写另一件的编号，两样只填一样。"))
        return said


def lead_of(said: dict[str, Any]) -> str:
    """The reference of the lead, as it was chosen or typed."""
    return str(said["lead"] or said["other"])


def merge(by: Actor, case_id: UUID, version: int, said: dict[str, Any]) -> None:
    """One of the ticked cases is handled with the lead from now on."""
    with acting(by.scope):
        lead = queries.case_by_reference(by.scope, lead_of(said))
        merging.merge(
            by, lead_id=lead.id, part_ids=[case_id], reason=said["reason"], versions={case_id: version}
        )
