"""What other systems may be told of cases, and how a case is called outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from baiying.cases import rules, steps
from baiying.cases.models import Case
from baiying.webhooks.listening import Announced, Named

# Beside the steps. What somebody looked at is no news for others.
_MORE: Final = (
    "cases.received",
    "cases.corrected",
    "cases.extended",
    "cases.noted",
    "cases.photos_added",
    "cases.split",
)
EVENTS: Final = (*_MORE[:1], *(step.event for step in steps.LIFECYCLE.steps), *_MORE[1:])


def _named(tenant_id: int, ids: Sequence[str]) -> Mapping[str, Named]:
    rows = Case.objects.get_queryset().filter(tenant_id=tenant_id, id__in=ids).values_list("id", "reference")
    return {str(case_id): Named(reference, f"/api/v1/requests/{reference}") for case_id, reference in rows}


CASES: Final = Announced(frozenset(EVENTS), rules.READ, _named)
