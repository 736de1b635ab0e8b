"""Subscribing, pausing, a new secret, sending again; each a row of the journal."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from baiying.journal.services import News, record
from baiying.kit import clock
from baiying.kit.ids import uuid7
from baiying.kit.refusals import Conflict, Invalid, NotFound
from baiying.kit.text import clean
from baiying.org.rules import Actor, acting, demand
from baiying.webhooks import rules
from baiying.webhooks.models import Delivery, Subscription
from baiying.webhooks.receivers import check_url
from baiying.webhooks.signing import secret_of

MOST: Final = 20  # of one unit
_EVENT: Final = re.compile(r"[a-z]+\.[a-z_]+\Z")
PING: Final = "webhooks.ping"


def subscribe(by: Actor, *, label: str, url: str, events: Iterable[str]) -> tuple[Subscription, str]:
    """Events go to an address from now on; the secret is told this once."""
    wanted, words = sorted(set(events)), clean(label).strip()[:80]
    if not words:
        raise Invalid(field="label", problem=_("还没有写用途。"), remedy=_("例如“区平台”。"))
    if not wanted or not all(_EVENT.match(one) for one in wanted):
        raise Invalid(field="events", problem=_("还没有选事件。"), remedy=_("请至少选一种。"))
    address = check_url(url)
    with acting(by.scope):
        demand(by, rules.MANAGE)
        mine = Subscription.objects.within(by.scope).exclude(state=Subscription.State.ENDED)
        if mine.filter(post_id=by.post_id).count() >= MOST:
            raise Conflict(field="label", problem=_("订阅太多了。"), remedy=_("请先停用不用的。"))
        level, unit = by.scope.level, by.scope.unit
        row = Subscription.objects.create(
            id=uuid7(), tenant_id=by.scope.tenant, post_id=by.post_id or 0, owner_name=by.name, label=words, url=address,
            events=wanted, salt=secrets.token_hex(16), made_at=clock.now(),
            community_id=unit if level == "community" else None, grid_id=unit if level == "grid" else None,
            unit_id=unit if level == "unit" else None,
        )  # fmt: skip
        _note(by, row, "webhooks.subscribed")
        return row, secret_of(row.id, row.salt)


def pause(by: Actor, *, subscription_id: UUID) -> Subscription:
    """Nothing goes out until it is taken up again; what happens meanwhile waits."""
    with acting(by.scope):
        row = _locked(by, subscription_id, Subscription.State.ACTIVE)
        return _set(by, row, Subscription.State.PAUSED, "webhooks.paused")


def resume(by: Actor, *, subscription_id: UUID) -> Subscription:
    """What waits goes out, the oldest first."""
    with acting(by.scope):
        row = _locked(by, subscription_id, Subscription.State.PAUSED)
        row.why_paused, row.failures, row.next_at = "", 0, None
        return _set(by, row, Subscription.State.ACTIVE, "webhooks.resumed")


def end(by: Actor, *, subscription_id: UUID) -> Subscription:
    """Nothing goes out any more; what waits is cancelled."""
    with acting(by.scope):
        row = _locked(by, subscription_id, Subscription.State.ACTIVE, Subscription.State.PAUSED)
        waiting = Delivery.objects.within(by.scope).filter(subscription=row, state=Delivery.State.WAITING)
        waiting.update(state=Delivery.State.CANCELLED, done_at=clock.now())
        return _set(by, row, Subscription.State.ENDED, "webhooks.ended")


def renew_secret(by: Actor, *, subscription_id: UUID) -> tuple[Subscription, str]:
    """A new secret from the next message on, told this once."""
    with acting(by.scope):
        row = _locked(by, subscription_id, Subscription.State.ACTIVE, Subscription.State.PAUSED)
        row.salt = secrets.token_hex(16)
        row.save(update_fields=["salt"])
        _note(by, row, "webhooks.secret_renewed")
        return row, secret_of(row.id, row.salt)


def ping(by: Actor, *, subscription_id: UUID) -> Delivery:
    """A message that says nothing has happened, to see whether it arrives."""
    with acting(by.scope):
        row = _locked(by, subscription_id, Subscription.State.ACTIVE)
        event, now = uuid7(), clock.now()
        payload = {
            "specversion": "1.0", "id": str(event), "source": "/webhooks", "type": "cn.baiying.webhooks.ping",
            "time": now.isoformat(), "datacontenttype": "application/json", "data": {},
        }  # fmt: skip
        return Delivery.objects.create(
            id=event, tenant_id=row.tenant_id, community_id=row.community_id, grid_id=row.grid_id, unit_id=row.unit_id,
            subscription=row, event_id=event, event=PING, subject_id=str(event), payload=payload, next_at=now, at=now,
        )  # fmt: skip


def send_again(by: Actor, *, delivery_id: UUID) -> Delivery:
    """A message that has been delivered or given up goes out once more, under the same id."""
    with acting(by.scope):
        demand(by, rules.MANAGE)
        rows = (
            Delivery.objects.within(by.scope).select_for_update(of=("self",)).select_related("subscription")
        )
        row: Delivery | None = rows.filter(id=delivery_id).first()
        if row is None:
            raise NotFound(field="delivery")
        if row.state == Delivery.State.WAITING or row.subscription.state == Subscription.State.ENDED:
            raise Conflict(field="delivery", problem=_("这条还在等着推送，或订阅已经停用。"))
        row.state, row.tries, row.next_at, row.done_at = Delivery.State.WAITING, 0, clock.now(), None
        row.save(update_fields=["state", "tries", "next_at", "done_at"])
        _note(by, row.subscription, "webhooks.sent_again")
        return row


def _locked(by: Actor, subscription_id: UUID, *states: str) -> Subscription:
    demand(by, rules.MANAGE)
    rows = Subscription.objects.within(by.scope).select_for_update(of=("self",))
    row: Subscription | None = rows.filter(id=subscription_id).first()
    if row is None:
        raise NotFound(field="subscription")
    if row.state not in states:
        raise Conflict(field="subscription", problem=_("这个订阅的状态刚刚变了。"))
    return row


def _set(by: Actor, row: Subscription, state: str, event: str) -> Subscription:
    row.state = state
    row.save(update_fields=["state", "why_paused", "failures", "next_at"])
    _note(by, row, event)
    return row


def _note(by: Actor, row: Subscription, event: str) -> None:
    record(
        News(
            tenant_id=row.tenant_id, event=event, subject_kind="webhook", subject_id=str(row.id), actor_kind=by.kind,
            actor_id=by.account_id, actor_name=by.name, community_id=row.community_id, grid_id=row.grid_id,
            unit_id=row.unit_id, data={"label": row.label},
        )
    )  # fmt: skip
