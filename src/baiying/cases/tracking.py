"""How a reporter comes back to their own case: by the secret link, or by reference and phone. Reads only.

Nobody may learn here whether a reference exists: whatever does not fit gets the same refusal.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

from django.db import connection
from django.utils.translation import gettext_lazy as _

from baiying.cases import secrets, steps
from baiying.cases.case_limits import rule_of
from baiying.cases.clocks import AWAITED, FEEDBACK, due_of
from baiying.cases.models import Case, Contact, Line
from baiying.dispatch.limits import days_of, rule_for
from baiying.dispatch.models import Clock
from baiying.kit import calendar, ids
from baiying.kit.calendar import Due
from baiying.kit.refusals import NotFound
from baiying.org.queries import calendar_of
from baiying.org.rules import Actor, Scope, acting, seeing

DIGITS = 4  # of the phone, from its end


@dataclass(frozen=True, slots=True)
class Followed:
    """A case that its reporter has proved to know."""

    reference: str
    tenant_id: int
    case_id: UUID
    epoch: int

    @property
    def actor(self) -> Actor:
        """The reporter of this one case."""
        return Actor(kind="reporter", name="居民", scope=Scope(self.tenant_id, "case", case=self.case_id))

    @property
    def secret(self) -> str:
        """What the secret link carries."""
        return secrets.tracking_secret(self.case_id, self.epoch)


def followed_by_secret(reference: str, secret: str) -> Followed:
    """The case of this reference, if the secret is its own. Raises NotFound."""
    found = _found(reference)
    # The comparison is made for unknown references too, so that both answers take equally long.
    fits = secrets.is_tracking_secret(secret[:40], found.case_id, found.epoch)
    return _known(found, fits)


def followed_by_phone(reference: str, digits: str) -> Followed:
    """The case of this reference, if its reporter's phone ends in these four digits. Raises NotFound.

    The caller counts attempts per address and per reference: four digits alone would soon be guessed.
    """
    found = _found(reference)
    with acting(found.actor.scope):
        contact = Contact.objects.filter(tenant_id=found.tenant_id, case_id=found.case_id).first()
    phone = contact.phone if contact else ""
    end = "".join(c for c in phone if c.isdigit())[-DIGITS:]
    fits = len(end) == DIGITS and hmac.compare_digest(end.encode(), digits.strip().encode())
    return _known(found, fits)


def followed_at_epoch(reference: str, epoch: int) -> Followed:
    """The case of a cookie given earlier, unless the link was made worthless since. Raises NotFound."""
    found = _found(reference)
    return _known(found, found.epoch == epoch)


def case_followed(followed: Followed) -> Case:
    """The case itself; to be called within its scope."""
    scope = followed.actor.scope
    case: Case = Case.objects.within(scope).select_related("category").get(id=followed.case_id)
    return case


@dataclass(frozen=True, slots=True)
class Next:
    """What comes now: a state's own next thing, or "feedback" while that is due sooner; and by when."""

    what: str
    due: Due | None


def scope_of(reference: str) -> Scope | None:
    """The scope of the one case with this reference, for what everybody may see of it; None when there is none."""
    found = _found(reference)
    return found.actor.scope if found.reference else None


def accept_by(followed: Followed) -> Due:
    """By when the reporter is told whether the request is accepted."""
    with acting(followed.actor.scope):
        case = case_followed(followed)
    rule = rule_of(case, "accept", case.received_at.astimezone(calendar.ZONE).date())
    assert rule is not None  # every profile has it
    return calendar_of(case.tenant_id).due(case.received_at, rule.limit)


def next_step(case: Case, lines: list[Line]) -> Next:
    """What happens next in the case's present state, and by when; no date when nothing is due any more.

    The dates are those of the running clocks: a rule that has changed meanwhile does not move what the reporter was
    told. A day that somebody chose, and a number of days on the wall, rest on no table of holidays.
    """
    if case.state == steps.PARKED and case.parked_until:
        return Next(
            case.state, Due(datetime.combine(case.parked_until, time(18), tzinfo=calendar.ZONE), False)
        )
    if case.state == steps.CHECKED and case.checked_at:
        days = days_of(case.tenant_id, "rate")
        return Next(case.state, Due(case.checked_at + timedelta(days=days), False))
    if case.state == steps.WAITING and case.paused_at is not None:
        rule = rule_for(case.tenant_id, "wait_for_reporter")
        assert rule is not None  # every profile has it
        return Next(case.state, calendar_of(case.tenant_id).due(case.paused_at, rule.limit))
    held = _running(case)
    due = _awaited(case, lines, held)
    sooner = held.get(FEEDBACK)
    if sooner is not None and due is not None and sooner.at < due.at:
        return Next(FEEDBACK, sooner)
    return Next(case.state, due)


def _awaited(case: Case, lines: list[Line], held: dict[str, Due]) -> Due | None:
    if case.state in (steps.ACKNOWLEDGED, steps.IN_PROGRESS):
        return due_of(case)
    what = AWAITED.get(case.state, "")
    if what in held or not what:
        return held.get(what)
    # Just received: the worker has not brought its clocks yet.
    since = next((line.at for line in reversed(lines) if steps.LIFECYCLE.step(line.step)), case.received_at)
    rule = rule_of(case, what, since.astimezone(calendar.ZONE).date())
    assert rule is not None, what  # every profile has the steps of the lifecycle
    return calendar_of(case.tenant_id).due(since, rule.limit)


def _running(case: Case) -> dict[str, Due]:
    """what -> the limit of the clock that runs for it; estimated only as long as that year is not announced."""
    known = calendar_of(case.tenant_id).is_known
    with seeing(Scope(case.tenant_id, "case", case=case.id)):
        rows = Clock.objects.get_queryset().filter(
            tenant_id=case.tenant_id, subject_id=case.id, stopped_at__isnull=True
        )
        found = list(rows.values_list("what", "due_at", "is_estimated"))
    return {
        what: Due(at, is_estimated and not known(at.astimezone(calendar.ZONE).date()))
        for what, at, is_estimated in found
    }


def may_reopen_until(case: Case) -> datetime | None:
    """Until when the reporter may have a closed case taken up again, or None when that is not possible."""
    if case.state != steps.CLOSED or case.closed_at is None or case.reopen_count:
        return None
    return case.closed_at + timedelta(days=days_of(case.tenant_id, "reopen"))


def _found(reference: str) -> Followed:
    """The case of a reference; for an unknown one a case that does not exist."""
    known = ids.parse_reference(reference)
    row = None
    if known is not None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT tenant_id, case_id, tracking_epoch FROM cases_track(%s)", [known])
            row = cursor.fetchone()
    if known is None or row is None:
        return Followed("", 0, uuid4(), -1)
    return Followed(known, *row)


def _known(found: Followed, fits: bool) -> Followed:
    if fits and found.reference:
        return found
    raise NotFound(
        code="not_followed",
        problem=_("没有找到这件诉求：编号、手机号后四位或链接有一样不对。"),
        remedy=_("请对照提交时的页面再填一次；没有留手机号的，要用当时保存的链接查询。"),
    )
