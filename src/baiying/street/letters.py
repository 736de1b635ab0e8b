"""A few telephone tasks for the demonstration: questions to residents who left a number and cannot be written to."""

from __future__ import annotations

from typing import Final

from baiying.cases import steps
from baiying.cases.models import Case, Contact
from baiying.notify import services
from baiying.notify.letters import Letter, Recipient
from baiying.org.rules import Scope, acting

MOST: Final = 3
# No channel has this name: whatever gateway is set, nobody's telephone rings for a demonstration.
BY_VOICE: Final = "voice"


def ask_by_telephone(tenant_id: int) -> int:
    """Letters that only the telephone can carry, about cases that wait or were just rated; harmless to repeat."""
    told = 0
    with acting(Scope(tenant_id, "street")):
        wanted = Case.objects.get_queryset().filter(
            tenant_id=tenant_id, state__in=(steps.WAITING, steps.CHECKED, steps.IN_PROGRESS)
        )
        contacts = (
            Contact.objects.get_queryset().exclude(phone="").filter(tenant_id=tenant_id, case__in=wanted)
        )
        for contact in contacts.select_related("case").order_by("-case__received_at")[:MOST]:
            case = contact.case
            letter = Letter(kind="cases.question_asked", title=case.reference)
            told += None is not services.post(
                tenant_id=tenant_id, key=f"demonstration:{case.id}", letter=letter, ends_in_call=True,
                to=Recipient(account_id=None, addresses={BY_VOICE: contact.phone}), subject_kind="case",
                subject_id=str(case.id), community_id=case.community_id, grid_id=case.grid_id, unit_id=case.unit_id,
            )  # fmt: skip
    return told
