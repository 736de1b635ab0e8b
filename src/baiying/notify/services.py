"""Posting letters and what people do with them. No letter leaves from here: carrying.py and the worker do that."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from baiying.journal.services import News, record
from baiying.kit import clock
from baiying.kit.ids import uuid7
from baiying.kit.refusals import Conflict, Invalid, NotFound
from baiying.notify import channels, timing
from baiying.notify.letters import Letter, Person, Posting, Recipient, Settled
from baiying.notify.models import Content, Device, Missed, PhoneTask, Posted, Preference, Sending

log = logging.getLogger("baiying.notify")

# Residents are not woken up; what staff have not said themselves is the same.
RESIDENTS_HOURS = timing.Hours(quiet_from=time(21), quiet_to=time(8))
LEAST_TO_READ = timedelta(minutes=20)
USUAL_HOURS = timing.Hours(quiet_from=time(22), quiet_to=time(7))


def post(
    *, tenant_id: int, key: str, to: Recipient, letter: Letter, subject_kind: str, subject_id: str,
    community_id: int | None = None, grid_id: int | None = None, unit_id: int | None = None,
    must_be_read_by: datetime | None = None, promise: str = "", ends_in_call: bool = False,
    only: Sequence[str] | None = None, stands_in_for: str = "",
) -> UUID | None:  # fmt: skip
    """Write one letter into the ledger and into the inbox, and plan its way; None when this key was posted before.

    Called by the worker's listeners, never in the transaction of a step. `only` takes the place of the person's own
    order of channels (a test letter).
    """
    now = clock.now()
    if must_be_read_by is not None:  # news that comes late still leaves time to read it
        must_be_read_by = max(must_be_read_by, now + LEAST_TO_READ)
    preference = preference_of(tenant_id, to.account_id) if to.account_id is not None else None
    addresses = addresses_of(preference) if preference else to.addresses
    wanted = only if only is not None else (preference.channels if preference else list(to.addresses))
    way = [name for name in wanted if name in channels.configured() and addresses.get(name)]
    if to.account_id is None and not way and not (ends_in_call and to.addresses):
        return None  # neither an inbox nor a channel, nor anybody to telephone: nothing would ever arrive
    posted = Posted(
        id=uuid7(), tenant_id=tenant_id, key=key, promise=promise or key, kind=letter.kind,
        subject_kind=subject_kind, subject_id=subject_id, community_id=community_id, grid_id=grid_id,
        unit_id=unit_id, account_id=to.account_id, name=to.name if to.account_id is not None else "",
        stands_in_for=stands_in_for,
        is_urgent=letter.is_urgent, must_be_read_by=must_be_read_by, ends_in_call=ends_in_call, channels=way,
        state=Posted.State.WAITING if way else Posted.State.SENT, posted_at=now,
        next_at=now if way or to.account_id is None else must_be_read_by,
    )  # fmt: skip
    Posted.objects.bulk_create([posted], ignore_conflicts=True)
    if not Posted.objects.filter(tenant_id=tenant_id, id=posted.id).exists():
        return None
    Content.objects.create(
        posted=posted, tenant_id=tenant_id, account_id=to.account_id, title=letter.title, body=letter.body,
        link=letter.link, addresses=dict(to.addresses) if to.account_id is None else {}, posted_at=now,
    )  # fmt: skip
    if posted.next_at == now:
        step_on(posted, now)
    return posted.id


def post_all(tenant_id: int, postings: Iterable[Posting | Settled]) -> int:
    """Post what a room has worded, and settle what it says is done; returns how many letters are new."""
    count = 0
    for one in postings:
        if isinstance(one, Settled):
            settle(tenant_id, one)
            continue
        count += None is not post(
            tenant_id=tenant_id, key=one.key, to=one.to, letter=one.letter, subject_kind=one.subject_kind,
            subject_id=one.subject_id, community_id=one.community_id, grid_id=one.grid_id, unit_id=one.unit_id,
            must_be_read_by=one.must_be_read_by, promise=one.promise, ends_in_call=one.ends_in_call,
            stands_in_for=one.stands_in_for,
        )  # fmt: skip
    return count


def settle(tenant_id: int, done: Settled) -> None:
    """What these letters asked for is done: no further channel, no call; an open task for one goes too."""
    now = clock.now()
    about = Q(subject_kind=done.subject_kind, subject_id=done.subject_id, kind__in=done.kinds)
    if done.unit_id is not None:
        about &= Q(unit_id=done.unit_id)
    Posted.objects.filter(about, tenant_id=tenant_id, settled_at=None).update(settled_at=now, next_at=None)
    PhoneTask.objects.filter(about, tenant_id=tenant_id, done_at=None).update(
        done_at=now, done_by_name="", result="", note=""
    )


def step_on(posted: Posted, now: datetime) -> timing.Move:
    """The letter's time has come: the next channel is begun, the desk is asked to telephone, or nothing more is due."""
    hours = hours_of(posted.tenant_id, posted.account_id)
    read_by, count = posted.must_be_read_by, len(posted.channels)
    move = timing.next_move(
        position=posted.position, count=count, now=now, read_by=read_by,
        has_inbox=posted.account_id is not None, ends_in_call=posted.ends_in_call,
        is_over=posted.read_at is not None or posted.settled_at is not None,
    )  # fmt: skip
    posted.next_at = None
    if move == "send":
        _begin(posted, hours, now)
    elif move == "call":
        _ask_for_call(posted, now)
    if move in ("send", "wait") and read_by is not None:
        posted.next_at = timing.step_due(
            posted.position, count, posted.posted_at, read_by, hours, is_urgent=posted.is_urgent
        )
    posted.save(update_fields=["position", "state", "fell_back", "next_at"])
    return move


def _begin(posted: Posted, hours: timing.Hours, now: datetime) -> None:
    channel = posted.channels[posted.position]
    start = timing.start_of(now, hours, is_urgent=posted.is_urgent, read_by=posted.must_be_read_by)
    address = address_of(posted, channel)
    Sending.objects.bulk_create(
        [
            Sending(
                id=uuid7(), tenant_id=posted.tenant_id, posted=posted, community_id=posted.community_id,
                grid_id=posted.grid_id, unit_id=posted.unit_id, account_id=posted.account_id, channel=channel,
                address_masked=channels.mask(channel, address) if address else "", in_digest=start.in_digest,
                not_before=start.at,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    posted.position += 1
    posted.fell_back = posted.fell_back or posted.position > 1
    posted.state = Posted.State.WAITING


def _ask_for_call(posted: Posted, now: datetime) -> None:
    """One task for all who were told of the same promise, unless one of them has read it."""
    told = Posted.objects.filter(tenant_id=posted.tenant_id, promise=posted.promise)
    if told.filter(Q(read_at__isnull=False) | Q(settled_at__isnull=False)).exists():
        return
    posted.fell_back = True
    people = [(p.account_id, p.name) for p in told.order_by("id") if p.account_id is not None]
    PhoneTask.objects.bulk_create(
        [
            PhoneTask(
                id=uuid7(), tenant_id=posted.tenant_id, promise=posted.promise, posted=posted, kind=posted.kind,
                subject_kind=posted.subject_kind, subject_id=posted.subject_id, community_id=posted.community_id,
                grid_id=posted.grid_id, unit_id=posted.unit_id, account_ids=[a for a, _name in people],
                names=[name for _account, name in people], is_urgent=posted.is_urgent, created_at=now,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def preference_of(tenant_id: int, account_id: int) -> Preference:
    """What the person has set; the house's usual ways when nothing was."""
    found = Preference.objects.filter(tenant_id=tenant_id, account_id=account_id).first()
    return found or Preference(
        tenant_id=tenant_id, account_id=account_id, quiet_from=USUAL_HOURS.quiet_from,
        quiet_to=USUAL_HOURS.quiet_to,
    )  # fmt: skip


def hours_of(tenant_id: int, account_id: int | None) -> timing.Hours:
    """Quiet hours and digest of a person, or those for residents."""
    if account_id is None:
        return RESIDENTS_HOURS
    preference = preference_of(tenant_id, account_id)
    return timing.Hours(preference.quiet_from, preference.quiet_to, preference.digest_at)


def addresses_of(preference: Preference) -> dict[str, str]:
    """{channel: address} of a person; for web push, where it is switched on, how many browsers they have."""
    addresses = {name: str(address) for name, address in preference.addresses.items()}
    if channels.PUSH in channels.configured():
        own = Device.objects.filter(tenant_id=preference.tenant_id, account_id=preference.account_id)
        addresses[channels.PUSH] = str(own.count() or "")
    return addresses


def address_of(posted: Posted, channel: str) -> str:
    """Where the letter goes by this channel, in clear; "" when that is no longer known."""
    if posted.account_id is not None:
        return addresses_of(preference_of(posted.tenant_id, posted.account_id)).get(channel, "")
    content = Content.objects.filter(tenant_id=posted.tenant_id, posted_id=posted.id).first()
    return str(content.addresses.get(channel, "")) if content else ""


def mark_read(*, tenant_id: int, account_id: int, letter_id: UUID) -> None:
    """The reader has opened a letter: nothing further goes out for it."""
    own = Posted.objects.filter(tenant_id=tenant_id, account_id=account_id, id=letter_id, read_at=None)
    own.update(read_at=clock.now(), next_at=None)


def mark_all_read(*, tenant_id: int, account_id: int, until: datetime) -> int:
    """The reader has looked at the list up to a time and puts all of it away."""
    own = Posted.objects.filter(
        tenant_id=tenant_id, account_id=account_id, read_at=None, posted_at__lte=until
    )
    return own.update(read_at=clock.now(), next_at=None)


def end_phone_task(by: Person, *, task_id: UUID, result: str, note: str) -> PhoneTask:
    """Somebody has telephoned and says what came of it. Raises Invalid, NotFound, Conflict: another was quicker."""
    if result not in PhoneTask.Result.values:
        raise Invalid(field="result", problem=_("还没有选通话结果。"), remedy=_("请按实际情况选一项。"))
    rows = PhoneTask.objects.select_for_update(of=("self",))
    task = rows.filter(tenant_id=by.tenant_id, id=task_id).first()
    if task is None:
        raise NotFound(problem=_("没有这个电话任务。"), remedy=_("刷新页面看看。"))
    if task.done_at is not None:
        raise Conflict(
            field="task", problem=_("这个电话任务已经办完了。"), remedy=_("刷新页面，看看还有哪些。")
        )
    task.done_at, task.done_by, task.done_by_name = clock.now(), by.account_id, by.name
    task.result, task.note = result, note[:300]
    task.save(update_fields=["done_at", "done_by", "done_by_name", "result", "note"])
    _tell(by, "notify.phoned", task, {"kind": task.kind, "result": result})
    return task


def note_number_read(by: Person, task: PhoneTask) -> None:
    """The journal remembers that somebody looked at the numbers of colleagues for a telephone task."""
    _tell(by, "notify.number_read", task, {"kind": task.kind, "account_ids": list(task.account_ids)})


def _tell(by: Person, event: str, task: PhoneTask, data: dict[str, object]) -> None:
    record(
        News(
            tenant_id=by.tenant_id, event=event, subject_kind=task.subject_kind, subject_id=task.subject_id,
            actor_kind="staff", actor_id=by.account_id, actor_name=by.name, community_id=task.community_id,
            grid_id=task.grid_id, unit_id=task.unit_id, data=data,
        )
    )  # fmt: skip


def miss(tenant_id: int, entry_id: UUID, event: str, fault: str) -> None:
    """News could not be worded: kept, to be tried again in a minute."""
    Missed.objects.bulk_create(
        [
            Missed(
                entry_id=entry_id, tenant_id=tenant_id, event=event, fault=fault,
                next_at=clock.now() + timedelta(minutes=1),
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
