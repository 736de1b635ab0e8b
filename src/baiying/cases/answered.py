"""Cases in which the reporter has answered the office's question, and which wait for the office again."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from baiying.cases import steps
from baiying.cases.models import Case, Line
from baiying.org.rules import Scope

# Where the office has it; an answer to a unit's question goes straight on with that unit.
WITH_OFFICE = (steps.RECEIVED, steps.ACCEPTED, steps.REOPENED)


def answered(scope: Scope) -> QuerySet[Case]:
    """The cases with the office whose question was answered, the limit that ends first on top."""
    answers = Line.objects.filter(tenant_id=OuterRef("tenant_id"), case_id=OuterRef("id"), step="answer")
    rows: QuerySet[Case] = Case.objects.within(scope).filter(state__in=WITH_OFFICE).filter(Exists(answers))
    return rows.defer("search").order_by("due_at", "id")
