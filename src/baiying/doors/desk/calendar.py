"""The private calendar: deadlines of my unit's orders and meetings I am called to. Titles hold nothing personal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from baiying.cases.models import Case
from baiying.dispatch import queries as dispatch
from baiying.kit import clock
from baiying.kit.ics import Event, feed
from baiying.notify.preferences import is_calendar_secret, parse_calendar_key
from baiying.org import queries as org
from baiying.org.models import Account
from baiying.org.rules import Actor, Scope, acting

MOST_EVENTS: Final = 300
MEETING_LASTS: Final = timedelta(hours=1)


@never_cache
@require_safe
def calendar(request: HttpRequest, calendar_key: str) -> HttpResponse:
    """The feed behind a secret address. Whatever does not fit gets the same answer."""
    account = _account_of(calendar_key)
    if account is None:
        raise Http404
    events: dict[str, Event] = {}
    for post in org.posts_of(account):
        actor = org.actor_for(post, account)
        with acting(actor.scope):
            events |= {event.uid: event for event in _events(request, actor)}
    found = sorted(events.values(), key=lambda event: event.starts_at)
    body = feed(_("百应：期限和会议"), found[:MOST_EVENTS])
    answer = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="baiying.ics"'
    return answer


def _account_of(key: str) -> Account | None:
    parsed = parse_calendar_key(key)
    if parsed is None:
        return None
    tenant, account_id, secret = parsed
    with acting(Scope(tenant, "none", account=account_id)):
        if not is_calendar_secret(tenant, account_id, secret):
            return None
    return Account.objects.filter(tenant_id=tenant, pk=account_id, is_active=True).first()


def _events(request: HttpRequest, actor: Actor) -> Iterator[Event]:
    host = request.get_host().split(":")[0]
    if actor.unit_id is None:
        return
    orders = list(dispatch.orders_due(actor.scope, actor.unit_id, most=MOST_EVENTS))
    ids = [order.subject_id for order in orders if order.subject_kind == "case"]
    references = dict(Case.objects.within(actor.scope).filter(id__in=ids).values_list("id", "reference"))
    for order in orders:
        reference = references.get(order.subject_id)
        if order.due_at is None or (order.subject_kind == "case" and reference is None):
            continue
        link = reverse("desk_case", kwargs={"reference": reference}) if reference else reverse("desk_inbox")
        title = _("到期：诉求 %(reference)s") % {"reference": reference} if reference else _("到期：会议任务")
        yield Event(
            uid=f"order-{order.id}@{host}", title=title, starts_at=order.due_at,
            changed_at=order.acknowledged_at or order.handed_out_at, link=request.build_absolute_uri(link),
            alarm_minutes=60,
        )  # fmt: skip
    for meeting in dispatch.meetings_called_to(
        actor.scope, actor.unit_id, since=clock.now() - timedelta(days=30)
    ):
        yield Event(
            uid=f"meeting-{meeting.id}@{host}", title=_("现场会：呼叫 %(number)s") % {"number": meeting.call.number},
            starts_at=meeting.planned_at, ends_at=meeting.planned_at + MEETING_LASTS, changed_at=meeting.planned_at,
            link=request.build_absolute_uri(reverse("desk_call", kwargs={"call_id": meeting.call_id})), alarm_minutes=60,
        )  # fmt: skip
