"""One round for one subscription: what is due is claimed, sent with no transaction open, and the answers noted.

Of one subject the oldest goes first and the next only when it is done. Where the receiver is away the whole subscription
waits, longer each time; where it refuses one message, only the messages of that subject wait, and after MOST_TRIES it
is given up. A receiver that stays away is paused, and its owner and the administrator told.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from baiying.kit import clock
from baiying.kit.ids import uuid7
from baiying.notify import services as letters
from baiying.notify.letters import Letter, Recipient
from baiying.org.models import Account
from baiying.org.queries import holders_of
from baiying.org.rules import MANAGE_STRUCTURE, Scope, acting
from baiying.webhooks.listening import owner_of
from baiying.webhooks.models import Attempt, Delivery, Subscription
from baiying.webhooks.receivers import Answered, post
from baiying.webhooks.signing import headers_for, secret_of

log = logging.getLogger("baiying.webhooks")

WAITS: Final = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800))
MOST_TRIES: Final = 10  # of a message that the receiver refuses: about half a day
MOST_FAILURES: Final = 10  # in a row: a dead receiver
AT_ONCE: Final = 20
CLAIM: Final = timedelta(minutes=2)
Post = Callable[[str, bytes, dict[str, str]], Answered]


def send_due(tenant_id: int, subscription_id: UUID, *, by: Post = post) -> int:
    """Send what is due for a subscription; returns how many were taken."""
    taken, goes_on = 0, True
    while True:
        with acting(Scope(tenant_id, "street")):
            claimed = _claim(tenant_id, subscription_id)
        for row in claimed:
            body = json.dumps(row.payload, ensure_ascii=False, separators=(",", ":")).encode()
            secret = secret_of(row.subscription_id, row.subscription.salt)
            timestamp = int(clock.now().timestamp())
            headers = headers_for(secret, message_id=str(row.event_id), timestamp=timestamp, body=body)
            headers |= {
                "Content-Type": "application/cloudevents+json; charset=utf-8",
                "User-Agent": "Baiying-Webhooks/1",
            }
            answered = by(row.subscription.url, body, headers)
            with acting(Scope(tenant_id, "street")), translation.override("zh-hans"):
                goes_on = _note(row, answered)
            taken += answered.is_taken
            if not goes_on:
                break
        if not claimed or not goes_on:
            return taken


def _claim(tenant_id: int, subscription_id: UUID) -> list[Delivery]:
    """The oldest message of each subject, where its time has come and nobody else has it."""
    now = clock.now()
    rows = Subscription.objects.get_queryset().filter(tenant_id=tenant_id, id=subscription_id)
    row = rows.select_for_update(of=("self",)).select_related("post__account", "post__role").first()
    if row is None or row.state != Subscription.State.ACTIVE or (row.next_at and row.next_at > now):
        return []
    if owner_of(row) is None:
        _pause(row, _("登记人的岗位已经结束。"))
        return []
    waiting = Delivery.objects.get_queryset().filter(subscription=row, state=Delivery.State.WAITING)
    oldest = list(waiting.order_by("subject_id", "id").distinct("subject_id"))
    free = [
        one
        for one in oldest
        if one.next_at <= now and (one.claimed_until is None or one.claimed_until <= now)
    ]
    chosen = sorted(free, key=lambda one: one.id)[:AT_ONCE]
    Delivery.objects.get_queryset().filter(id__in=[one.id for one in chosen]).update(
        claimed_until=now + CLAIM
    )
    for one in chosen:
        one.subscription = row
    return chosen


def _note(row: Delivery, answered: Answered) -> bool:
    """What came of an attempt; whether the round goes on."""
    now = clock.now()
    Attempt.objects.create(
        id=uuid7(), tenant_id=row.tenant_id, community_id=row.community_id, grid_id=row.grid_id, unit_id=row.unit_id,
        delivery=row, at=now, status=answered.status, milliseconds=answered.milliseconds, said=answered.said,
    )  # fmt: skip
    subscription = (
        Subscription.objects.get_queryset().select_for_update(of=("self",)).get(id=row.subscription_id)
    )
    row.claimed_until, row.tries = None, row.tries + 1
    if answered.is_taken:
        row.state, row.done_at = Delivery.State.TAKEN, now
        subscription.failures, subscription.next_at, subscription.last_taken_at = 0, None, now
    elif subscription.state == Subscription.State.ENDED:
        # It ended while the message was out; nobody waits for it any more.
        row.state, row.done_at = Delivery.State.CANCELLED, now
    elif answered.status == 410:
        _pause(subscription, _("接收方说这个地址不再使用（410）。"))
    elif answered.is_away:
        row.tries -= 1  # not the message's fault
        subscription.failures += 1
        subscription.next_at = now + WAITS[min(subscription.failures, len(WAITS)) - 1]
        if subscription.failures >= MOST_FAILURES:
            _pause(subscription, _("接收方连续 %(count)s 次没有回应。") % {"count": subscription.failures})
    elif row.tries >= MOST_TRIES:
        row.state, row.done_at = Delivery.State.GIVEN_UP, now
    else:
        row.next_at = now + WAITS[min(row.tries, len(WAITS)) - 1]
    row.save(update_fields=["state", "tries", "next_at", "claimed_until", "done_at"])
    subscription.save(update_fields=["failures", "next_at", "last_taken_at"])
    return not answered.is_away and subscription.state == Subscription.State.ACTIVE


def _pause(row: Subscription, why: str) -> None:
    """Nothing more goes out until somebody takes it up again; the owner is told, and whoever runs the system."""
    row.state, row.why_paused = Subscription.State.PAUSED, why
    row.save(update_fields=["state", "why_paused"])
    log.warning("a webhook was paused", extra={"job": "webhooks"})
    owner = row.post.account
    title = _("事件推送“%(label)s”已暂停") % {"label": row.label}
    kept = _("%(why)s没有推出去的都留着，恢复以后接着推。") % {"why": why}
    _tell(
        row, owner, Letter(kind="webhooks.paused", title=title, body=kept, link=f"/desk/webhooks/{row.id}/")
    )
    asked = _("登记人是%(who)s。请问问接收方是不是停了；恢复由登记人或派单员来点。") % {"who": owner.name}
    letter = Letter(kind="webhooks.paused", title=title, body=f"{kept}{asked}", link="")
    for administrator in holders_of(row.tenant_id, MANAGE_STRUCTURE):
        if administrator.id != owner.id:
            _tell(row, administrator, letter)


def _tell(row: Subscription, account: Account, letter: Letter) -> None:
    letters.post(
        tenant_id=row.tenant_id, key=f"webhook:{row.id}:{clock.now().isoformat()}:{account.id}",
        to=Recipient(account_id=account.id, name=account.name), letter=letter, subject_kind="webhook",
        subject_id=str(row.id), community_id=row.community_id, grid_id=row.grid_id, unit_id=row.unit_id,
    )  # fmt: skip
