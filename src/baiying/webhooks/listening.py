"""What happened becomes deliveries: for every active subscription that wants the event and whose owner may see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from baiying.journal.models import Entry
from baiying.journal.services import Listener
from baiying.kit import clock
from baiying.kit.ids import uuid7
from baiying.org.models import Post
from baiying.org.queries import actor_for, street_map
from baiying.org.rules import Actor, covers
from baiying.webhooks.models import Delivery, Subscription

TYPE = "cn.baiying."


@dataclass(frozen=True, slots=True)
class Named:
    """How a subject is called outside: its reference, and the address at which it is read."""

    reference: str
    path: str


# {subject id: how it is called}, for all subjects of one kind by one statement. Those that are not found are not announced.
Naming = Callable[[int, Sequence[str]], Mapping[str, Named]]


@dataclass(frozen=True, slots=True)
class Announced:
    """What a room lets be announced about one kind of subject, and which permission one needs to hear it."""

    events: frozenset[str]
    permission: str
    naming: Naming


def announce(kinds: Mapping[str, Announced]) -> Listener:
    """A listener; `kinds` by the kind of subject."""

    def hear(tenant_id: int, entries: Sequence[Entry]) -> None:
        wanted = [e for e in entries if e.subject_kind in kinds and e.event in kinds[e.subject_kind].events]
        if not wanted:
            return
        active = Subscription.objects.get_queryset().filter(tenant_id=tenant_id)
        held = list(
            active.exclude(state=Subscription.State.ENDED).select_related("post__account", "post__role")
        )
        if held:
            _deliver(tenant_id, wanted, held, kinds)

    return hear


def _deliver(
    tenant_id: int, entries: Sequence[Entry], held: Sequence[Subscription], kinds: Mapping[str, Announced]
) -> None:
    named: dict[str, Named] = {}
    for kind in {entry.subject_kind for entry in entries}:
        ids = sorted({entry.subject_id for entry in entries if entry.subject_kind == kind})
        named |= kinds[kind].naming(tenant_id, ids)
    rows = []
    for subscription in held:
        owner = owner_of(subscription)
        for entry in entries:
            if entry.event not in subscription.events or entry.subject_id not in named or owner is None:
                continue
            if owner.has(kinds[entry.subject_kind].permission) and covers(owner.scope, entry):
                rows.append(_delivery(subscription, entry, named[entry.subject_id]))
    Delivery.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def owner_of(subscription: Subscription) -> Actor | None:
    """Who the subscription hears for, with the leave and branch of today; None when the post or account has ended."""
    post: Post = subscription.post
    today = timezone.localdate()
    if (
        not post.account.is_active
        or post.from_date > today
        or (post.to_date is not None and post.to_date < today)
    ):
        return None
    post.unit = street_map(post.tenant_id).units[post.unit_id]
    return actor_for(post, post.account)


def _delivery(subscription: Subscription, entry: Entry, named: Named) -> Delivery:
    return Delivery(
        id=uuid7(), tenant_id=subscription.tenant_id, community_id=subscription.community_id,
        grid_id=subscription.grid_id, unit_id=subscription.unit_id, subscription=subscription, event_id=entry.id,
        event=entry.event, subject_id=entry.subject_id, payload=cloud_event(entry, named), next_at=clock.now(),
        at=entry.at,
    )  # fmt: skip


def cloud_event(entry: Entry, named: Named) -> dict[str, Any]:
    """CloudEvents 1.0, structured. Codes and references only: nobody's name, no words."""
    street = street_map(entry.tenant_id)

    def code(unit_id: int | None) -> str | None:
        unit = street.units.get(unit_id or 0)
        return unit.code if unit is not None else None

    return {
        "specversion": "1.0",
        "id": str(entry.id),
        "source": f"{settings.PUBLIC_ADDRESS}/streets/{street.tenant.code}",
        "type": f"{TYPE}{entry.event}",
        "subject": named.reference,
        "time": entry.at.isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "kind": entry.subject_kind, "reference": named.reference, "href": f"{settings.PUBLIC_ADDRESS}{named.path}",
            "from_state": entry.from_state or None, "state": entry.to_state or None, "community": code(entry.community_id),
            "grid": code(entry.grid_id), "unit": code(entry.unit_id),
        },
    }  # fmt: skip
