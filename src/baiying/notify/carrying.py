"""Carrying letters: sendings are claimed, given to the gateway outside any transaction, and what it said is noted.

At least once: a carrier that dies between sending and noting leaves its claim to run out, and the letter goes again
under the same key. Text messages and e-mail know the key; a group's robot may then write the same line twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from baiying.kit import clock
from baiying.notify import timing
from baiying.notify.channels import PUSH, Answer, Message
from baiying.notify.devices import forget_gone, note_told, receivers_of
from baiying.notify.models import Content, Posted, Sending
from baiying.notify.services import address_of

MOST_AT_ONCE: Final = 5  # with ten seconds for each, a claim outlasts the slowest gateway
CLAIM: Final = timedelta(minutes=2)
MOST_IN_DIGEST: Final = 50


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message and the sendings that it carries: one, or all of a digest."""

    tenant_id: int
    channel: str
    sendings: tuple[UUID, ...]
    message: Message
    account_id: int | None = None


def claim(tenant_id: int, channel: str, *, most: int = MOST_AT_ONCE) -> list[Parcel]:
    """Take what is due on one channel. The caller has set the street's scope; other carriers skip these rows."""
    now = clock.now()
    due = Q(state=Sending.State.WAITING, not_before__lte=now) | Q(
        state=Sending.State.CLAIMED, claimed_until__lt=now
    )
    with transaction.atomic():
        rows = Sending.objects.filter(due, tenant_id=tenant_id, channel=channel).order_by("not_before", "id")
        taken = list(rows.select_for_update(of=("self",), skip_locked=True)[:most])
        taken += _rest_of_digests(taken, now)
        if not taken:
            return []
        letters = {p.id: p for p in Posted.objects.filter(id__in={s.posted_id for s in taken})}
        contents = {c.posted_id: c for c in Content.objects.filter(posted_id__in=list(letters))}
        parcels: list[Parcel] = []
        for bundle in _bundles(taken):
            parcel = _parcel(bundle, letters, contents, now)
            if parcel is not None:
                parcels.append(parcel)
        return parcels


def _rest_of_digests(taken: Sequence[Sending], now: datetime) -> list[Sending]:
    """Whose digest is due gets the whole of it in one message."""
    found: list[Sending] = []
    for account in {s.account_id for s in taken if s.in_digest}:
        first = next(s for s in taken if s.account_id == account)
        rest = Sending.objects.filter(
            tenant_id=first.tenant_id, channel=first.channel, account_id=account, in_digest=True,
            state=Sending.State.WAITING, not_before__lte=now,
        ).exclude(id__in=[s.id for s in taken])  # fmt: skip
        found += rest.order_by("id").select_for_update(of=("self",), skip_locked=True)[:MOST_IN_DIGEST]
    return found


def _bundles(taken: Sequence[Sending]) -> list[list[Sending]]:
    digests: dict[int | None, list[Sending]] = {}
    single: list[list[Sending]] = []
    for sending in taken:
        if sending.in_digest:
            digests.setdefault(sending.account_id, []).append(sending)
        else:
            single.append([sending])
    return [*single, *digests.values()]


def _parcel(
    bundle: list[Sending], letters: dict[UUID, Posted], contents: dict[UUID, Content], now: datetime
) -> Parcel | None:
    """The message of a bundle, its rows claimed; what was read or settled meanwhile is dropped."""
    going: list[Sending] = []
    for sending in bundle:
        letter, content = letters[sending.posted_id], contents.get(sending.posted_id)
        address = address_of(letter, sending.channel)
        if letter.read_at or letter.settled_at or content is None or not address:
            _drop(sending, letter, now, is_needed=not (letter.read_at or letter.settled_at))
            continue
        sending.state, sending.claimed_until = Sending.State.CLAIMED, now + CLAIM
        sending.attempts += 1
        going.append(sending)
    if not going:
        return None
    Sending.objects.bulk_update(going, ["state", "claimed_until", "attempts"])
    first = going[0]
    address = address_of(letters[first.posted_id], first.channel)
    message = _message(first, address, [contents[s.posted_id] for s in going])
    if first.channel == PUSH and first.account_id is not None:
        receivers = receivers_of(first.tenant_id, first.account_id)
        message = replace(
            message, receivers=receivers, is_urgent=any(letters[s.posted_id].is_urgent for s in going)
        )
    return Parcel(first.tenant_id, first.channel, tuple(s.id for s in going), message, first.account_id)


def _drop(sending: Sending, letter: Posted, now: datetime, *, is_needed: bool) -> None:
    sending.state, sending.ended_at, sending.claimed_until = Sending.State.DROPPED, now, None
    sending.answer = "no address" if is_needed else "read before"
    sending.save(update_fields=["state", "ended_at", "claimed_until", "answer"])
    if is_needed:
        letter.state, letter.next_at = Posted.State.FAILED, now
    elif letter.state == Posted.State.WAITING:
        letter.state = Posted.State.SENT
    letter.save(update_fields=["state", "next_at"])


def _message(first: Sending, address: str, contents: list[Content]) -> Message:
    if len(contents) == 1:
        only = contents[0]
        return Message(
            address=address, title=only.title, body=only.body, link=absolute(only.link), key=str(first.id),
            letter=f"/desk/letters/{only.posted_id}/",
        )  # fmt: skip
    lines = "\n".join(f"{c.title} {absolute(c.link)}" for c in contents)
    title = _("您有 %(count)d 封通知") % {"count": len(contents)}
    return Message(
        address=address, title=title, body=lines, link=absolute("/desk/letters/"), key=str(first.id),
        letter="/desk/letters/",
    )  # fmt: skip


_COMPLETE: list[Callable[[str], str]] = []


def complete_links_by(complete: Callable[[str], str]) -> None:
    """A room above finishes a link in the moment it leaves, with a secret that is written down nowhere."""
    if complete not in _COMPLETE:
        _COMPLETE.append(complete)


def absolute(link: str) -> str:
    """A path of ours as an address that works outside."""
    for complete in _COMPLETE:
        link = complete(link)
    return f"{settings.PUBLIC_ADDRESS}{link}" if link else ""


def note(parcel: Parcel, answer: Answer) -> None:
    """Write down what the gateway said; the caller has set the street's scope. Claims taken over since are left."""
    now = clock.now()
    with transaction.atomic():
        forget_gone(parcel.tenant_id, answer.gone)
        if answer.kind == "taken" and parcel.message.receivers and parcel.account_id is not None:
            note_told(parcel.tenant_id, parcel.account_id)
        rows = Sending.objects.filter(
            tenant_id=parcel.tenant_id, id__in=parcel.sendings, state=Sending.State.CLAIMED
        )
        for sending in rows.select_for_update(of=("self",)):
            sending.answer, sending.claimed_until = answer.text, None
            pause = timing.pause_after(sending.attempts) if answer.kind == "away" else None
            letter = Posted.objects.filter(tenant_id=parcel.tenant_id, id=sending.posted_id)
            if answer.kind == "taken":
                sending.state, sending.ended_at = Sending.State.SENT, now
                letter.update(state=Posted.State.SENT)
            elif pause is not None:
                sending.state, sending.not_before = Sending.State.WAITING, now + pause
            else:
                sending.state, sending.ended_at = Sending.State.GIVEN_UP, now
                letter.update(state=Posted.State.FAILED)
                letter.filter(read_at=None, settled_at=None).update(next_at=now)
            sending.save(update_fields=["state", "answer", "claimed_until", "not_before", "ended_at"])
