"""Reads of the ledger: an inbox, the letters about a subject, the office's list, telephone tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from baiying.notify import channels
from baiying.notify.models import Content, Device, PhoneTask, Posted, Preference, Sending

MOST_COUNTED = 100
M = TypeVar("M", Posted, PhoneTask)
Kept = Literal["failed", "waiting", "fell_back", ""]


class Branch(Protocol):
    """The scope of a room above: `tenant`, the level of the tree, the unit there."""

    @property
    def tenant(self) -> int: ...
    @property
    def level(self) -> str: ...
    @property
    def unit(self) -> int: ...


def inbox(tenant_id: int, account_id: int, *, unread_only: bool = False) -> QuerySet[Posted]:
    """One person's letters with their words, for page_of(order=("-posted_at", "-id"))."""
    rows = Posted.objects.filter(tenant_id=tenant_id, account_id=account_id).select_related("content")
    return rows.filter(read_at=None) if unread_only else rows


def unread_count(tenant_id: int, account_id: int) -> int:
    """How many letters are unread, counted to a hundred."""
    rows = Posted.objects.filter(tenant_id=tenant_id, account_id=account_id, read_at=None)
    return len(rows.values_list("id", flat=True)[:MOST_COUNTED])


def letter_of(tenant_id: int, account_id: int, letter_id: UUID) -> tuple[Posted, Content | None] | None:
    """One's own letter and its words, else None."""
    posted = Posted.objects.filter(tenant_id=tenant_id, account_id=account_id, id=letter_id).first()
    if posted is None:
        return None
    return posted, Content.objects.filter(tenant_id=tenant_id, posted_id=letter_id).first()


def letters_about(branch: Branch, subject_kind: str, subject_id: str, *, most: int = 50) -> list[Posted]:
    """The ledger's lines about a subject that lies in the branch, the latest first, with what each channel said."""
    rows = Posted.objects.filter(tenant_id=branch.tenant, subject_kind=subject_kind, subject_id=subject_id)
    return list(rows.prefetch_related(_sendings()).order_by("-posted_at", "-id")[:most])


def ledger(branch: Branch, kept: Kept = "", kind: str = "") -> QuerySet[Posted]:
    """The ledger of a branch, for page_of(order=("-posted_at", "-id"))."""
    rows = _within(Posted.objects.all(), branch).prefetch_related(_sendings())
    if kept == "fell_back":
        rows = rows.filter(fell_back=True)
    elif kept:
        rows = rows.filter(state=kept)
    return rows.filter(kind=kind) if kind else rows


def _sendings() -> Prefetch[str]:
    return Prefetch("sendings", Sending.objects.order_by("id"))


def open_calls(branch: Branch) -> QuerySet[PhoneTask]:
    """Telephone tasks that are still to be done, the oldest first: page_of(order=("created_at", "id"))."""
    return _within(PhoneTask.objects.filter(done_at=None), branch)


def phone_task(branch: Branch, task_id: UUID) -> PhoneTask | None:
    """An open task of the branch, else None."""
    return open_calls(branch).filter(id=task_id).first()


def calls_about(branch: Branch, subject_kind: str, subject_id: str) -> list[PhoneTask]:
    """Telephone tasks about a subject in the branch, done ones too."""
    rows = PhoneTask.objects.filter(tenant_id=branch.tenant, subject_kind=subject_kind, subject_id=subject_id)
    return list(rows.order_by("created_at", "id"))


def telephone_of(tenant_id: int, account_id: int) -> str:
    """The number a member of staff has given for text messages; "" without one. Under the service's own scope."""
    found = Preference.objects.filter(tenant_id=tenant_id, account_id=account_id).first()
    if found is None:
        return ""
    numbers = [str(found.addresses.get(name, "")) for name in ("sms", "wecom", "dingtalk")]
    return next((n for n in numbers if n and channels.is_address("sms", n)), "")


def own_devices(tenant_id: int, account_id: int) -> list[Device]:
    """One's own browsers that show messages, the latest first."""
    return list(Device.objects.filter(tenant_id=tenant_id, account_id=account_id).order_by("-added_at", "id"))


def own_tests(tenant_id: int, account_id: int, *, most: int = 5) -> list[Posted]:
    """One's own last test letters, with what the gateways said."""
    rows = Posted.objects.filter(tenant_id=tenant_id, account_id=account_id, kind="notify.test")
    return list(rows.prefetch_related(_sendings()).order_by("-posted_at", "-id")[:most])


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel has been doing: what waits and what was given up on it, counted to a hundred."""

    channel: str
    host: str
    waiting: int
    given_up: int
    last_answer: str


def channel_states(tenant_id: int) -> list[ChannelState]:
    """Every configured channel of a street. Under the service's own scope: numbers, no letters."""
    found = []
    for name, gateway in channels.configured().items():
        rows = Sending.objects.filter(tenant_id=tenant_id, channel=name)
        last = rows.exclude(answer="").order_by("-id").values_list("answer", flat=True).first()
        found.append(
            ChannelState(
                name,
                gateway.host_said,
                _some(rows.filter(state__in=[Sending.State.WAITING, Sending.State.CLAIMED])),
                _some(rows.filter(state=Sending.State.GIVEN_UP)),
                last or "",
            )
        )
    return found


def _some(rows: QuerySet[Sending]) -> int:
    return len(rows.values_list("id", flat=True)[:MOST_COUNTED])


_COLUMNS = {"community": "community_id", "grid": "grid_id", "unit": "unit_id"}


def _within(rows: QuerySet[M], branch: Branch) -> QuerySet[M]:
    """Only rows of the branch; row-level security stands behind it."""
    rows = rows.filter(tenant_id=branch.tenant)
    if branch.level == "street":
        return rows
    column = _COLUMNS.get(branch.level)
    return rows.filter(**{column: branch.unit}) if column else rows.none()
