"""Orders that somebody without an account answers by a link (外部单位): made, sent, opened, answered, or failed - never stuck.

The link's token is the link's number with a keyed seal: it can be made again at any time, so only its hash is kept.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from baiying.dispatch.models import Order, OutsideLink
from baiying.dispatch.order_numbers import OUTSIDE_CHASE, OUTSIDE_LINK, OUTSIDE_TRIES, order_number
from baiying.journal.services import News, record
from baiying.kit import clock
from baiying.kit.ids import uuid7
from baiying.kit.refusals import Conflict, Invalid, NotFound
from baiying.kit.text import clean
from baiying.kit.versions import not_overtaken
from baiying.notify.queries import letters_about
from baiying.org.models import Unit
from baiying.org.queries import street_map, system_actor
from baiying.org.rules import Actor, Scope, acting

State = OutsideLink.State
RUNNING = (State.READY, State.SENT, State.OPENED)
OUTSIDE = (Unit.Level.DEPARTMENT, Unit.Level.PARTNER)
BY_HAND = "hand"
SUBJECT_KIND = "outside"
# Why a link failed (OutsideLink.failure).
EXPIRED, NEVER_SENT, NOT_DELIVERED, ORDER_ENDED, WITHDRAWN = (
    "expired", "never_sent", "not_delivered", "order_ended", "withdrawn",
)  # fmt: skip
_SEAL = 14  # bytes


@dataclass(frozen=True, slots=True)
class Found:
    """A link that somebody holds: its street, its number, and what its order is about."""

    tenant_id: int
    link_id: UUID
    subject_id: UUID

    @property
    def scope(self) -> Scope:
        """The branch of the one subject."""
        return Scope(self.tenant_id, "case", case=self.subject_id)


def token_of(link: OutsideLink) -> str:
    """What the link carries; only whoever has the installation's key can make it."""
    head = link.id.bytes + bytes([link.epoch % 256])
    return base64.urlsafe_b64encode(head + _seal(head)).decode().rstrip("=")


def path_of(link: OutsideLink) -> str:
    """The address of the page, without the host."""
    return f"/o/{token_of(link)}"


def _seal(head: bytes) -> bytes:
    return hmac.digest(settings.TRACKING_KEY.encode(), b"outside\n" + head, hashlib.sha256)[:_SEAL]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make(by: Actor, *, order_id: UUID, to_name: str, to_address: str = "") -> OutsideLink:
    """A link for a running order of a unit outside, good for the hours set (72).

    Raises Conflict while another link of the order runs, Invalid without a name.
    """
    order: Order | None = Order.objects.within(by.scope).select_related("unit").filter(id=order_id).first()
    name = clean(to_name, most=60, field="to_name")
    if order is None:
        raise NotFound(field="order", problem=_("没有这张派单。"), remedy=_("请从诉求页面选。"))
    if not name:
        raise Invalid(field="to_name", problem=_("还没有写发给谁。"), remedy=_("请写对方的单位和称呼。"))
    if not order.is_running or order.unit.level not in OUTSIDE:
        raise Conflict(
            field="order",
            problem=_("这张派单不能发外部链接。"),
            remedy=_("只有还在办的部门、成员单位的派单可以。"),
        )
    if order.links.filter(state__in=RUNNING).exists():
        raise Conflict(
            field="order", problem=_("这张派单已经有一个有效的链接。"), remedy=_("请用原来的，或先作废再发。")
        )
    now = clock.now()
    link = OutsideLink(
        id=uuid7(), tenant_id=order.tenant_id, order=order, subject_id=order.subject_id,
        community_id=order.community_id, unit_id=order.unit_id, to_name=name, to_address=to_address.strip()[:120],
        made_at=now, made_by=by.account_id, expires_at=now + _hours(order.tenant_id, OUTSIDE_LINK, now),
    )  # fmt: skip
    link.token_hash = _hash(token_of(link))
    link.save(force_insert=True)
    _tell(by, link, "dispatch.outside_ready")
    return link


def mark_sent(by: Actor, *, link_id: UUID, channel: str = BY_HAND, version: int | None = None) -> OutsideLink:
    """It has gone out: somebody copied and sent it, or a channel has taken it."""
    link = _running(by, link_id, version)
    if link.state == State.READY:
        link.state, link.sent_at, link.sent_by = State.SENT, clock.now(), channel
        link.tries += 1
        link.save(update_fields=["state", "sent_at", "sent_by", "tries"])
        _tell(by, link, "dispatch.outside_sent")
    return link


def renew(by: Actor, *, link_id: UUID, version: int | None = None) -> OutsideLink:
    """A link that failed gets a new token and new time; the old one is worth nothing. Raises Conflict."""
    link = _locked(by, link_id, version)
    if link.state == State.ANSWERED:
        raise Conflict(problem=_("对方已经答复过了。"), remedy=_("需要再办的，请重新派单。"))
    order = link.order
    if not order.is_running:
        raise Conflict(problem=_("这张派单已经结束。"), remedy=_("需要再办的，请重新派单。"))
    if order.links.filter(state__in=RUNNING).exclude(id=link.id).exists():
        raise Conflict(problem=_("这张派单已经有一个有效的链接。"), remedy=_("请用那一个。"))
    link.epoch += 1
    link.state, link.failure, link.failed_at = State.READY, "", None
    link.sent_at = link.opened_at = None
    now = clock.now()
    link.made_at, link.expires_at = now, now + _hours(link.tenant_id, OUTSIDE_LINK, now)
    link.token_hash = _hash(token_of(link))
    link.save()
    _tell(by, link, "dispatch.outside_ready")
    return link


def withdraw(by: Actor, *, link_id: UUID, version: int | None = None) -> OutsideLink:
    """The link is worth nothing from now on."""
    return _failed(by, _running(by, link_id, version), WITHDRAWN)


def find(token: str) -> Found:
    """The link of a token. Raises NotFound for whatever was not made by us or has been replaced."""
    row = None
    if _is_sealed(token):
        with connection.cursor() as cursor:
            cursor.execute("SELECT tenant_id, link_id, subject_id FROM dispatch_outside(%s)", [_hash(token)])
            row = cursor.fetchone()
    if row is None:
        raise NotFound(
            code="no_such_link",
            problem=_("没有这个链接，或者它不完整、已经换成了新的。"),
            remedy=_("请打开最近一次收到的完整链接，或请发给您的单位重发。"),
        )
    return Found(*row)


def _is_sealed(token: str) -> bool:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (ValueError, binascii.Error):
        return False
    return len(raw) == 17 + _SEAL and hmac.compare_digest(raw[17:], _seal(raw[:17]))


def held(found: Found, *, for_answer: bool = False) -> OutsideLink:
    """The link itself, within its own branch; locked for an answer.

    Raises Conflict (410) when it has expired, was used or withdrawn, and (409) when its order has ended.
    """
    rows = (
        OutsideLink.objects.within(found.scope)
        .select_related("order", "order__unit")
        .filter(id=found.link_id)
    )
    link: OutsideLink = (rows.select_for_update(of=("self",)) if for_answer else rows).get()
    if link.state == State.ANSWERED:
        raise Conflict(
            code="link_used", status=410, problem=_("这个链接已经答复过了，谢谢。"),
            remedy=_("还有补充的，请联系发给您链接的单位。"),
        )  # fmt: skip
    if link.state == State.FAILED or link.expires_at <= clock.now():
        raise Conflict(
            code="link_expired", status=410, problem=_("这个链接已经失效，刚才没有提交任何内容。"),
            remedy=_("请联系发给您链接的单位，重发一个。"),
        )  # fmt: skip
    if not link.order.is_running:
        raise Conflict(
            code="order_closed", problem=_("这件事已经办完或改由别的单位办，不用再答复了。"),
            remedy=_("有疑问的，请联系发给您链接的单位。"),
        )  # fmt: skip
    return link


def note_opened(found: Found) -> None:
    """The page was shown for the first time."""
    rows = OutsideLink.objects.within(found.scope).filter(
        id=found.link_id, state__in=(State.READY, State.SENT)
    )
    rows.update(state=State.OPENED, opened_at=clock.now())


def note_answered(link: OutsideLink, answer: str) -> None:
    """The answer has been taken; the caller has moved the order in the same transaction."""
    now = clock.now()
    link.state, link.answer, link.answered_at = State.ANSWERED, answer, now
    link.opened_at = link.opened_at or now
    link.save(update_fields=["state", "answer", "answered_at", "opened_at"])


def links(scope: Scope, state: str = "") -> QuerySet[OutsideLink]:
    """The links of a branch, for page_of(order=("-made_at", "-id"))."""
    rows = OutsideLink.objects.within(scope).select_related("order", "order__unit")
    return rows.filter(state=state) if state else rows


def link_within(scope: Scope, link_id: UUID) -> OutsideLink:
    """One link of the branch. Raises NotFound."""
    found: OutsideLink | None = links(scope).filter(id=link_id).first()
    if found is None:
        raise NotFound(problem=_("没有这个链接，或它不在您的范围内。"), remedy=_("请从外部答复的列表里选。"))
    return found


def complete(path: str) -> str:
    """`/o/~<number>` of a letter becomes the real address in the moment it leaves; it is written down nowhere."""
    if not path.startswith("/o/~"):
        return path
    tenant, _dot, number = path.removeprefix("/o/~").partition(".")
    with acting(Scope(int(tenant), "street")):
        link = OutsideLink.objects.filter(tenant_id=int(tenant), id=UUID(number)).first()
    return "" if link is None else path_of(link)


def chase(tenant_id: int) -> int:
    """Nothing stays stuck: what was carried is sent; what is overdue is sent again or fails, and the office is told.

    Returns how many links moved. For the worker.
    """
    by, now, moved = system_actor(tenant_id), clock.now(), 0
    with acting(by.scope):
        running = list(links(by.scope).filter(state__in=RUNNING).values_list("id", flat=True))
    for link_id in running:
        with acting(by.scope):
            link = OutsideLink.objects.within(by.scope).select_for_update(of=("self",), skip_locked=True)
            one = link.select_related("order").filter(id=link_id, state__in=RUNNING).first()
            moved += one is not None and _chased(by, one, now - _hours(tenant_id, OUTSIDE_CHASE, one.made_at))
    return moved


def _chased(by: Actor, link: OutsideLink, before: object) -> bool:
    if not link.order.is_running:
        _failed(by, link, ORDER_ENDED)
    elif link.expires_at <= clock.now():
        _failed(by, link, EXPIRED)
    elif link.state == State.READY:
        return _carried(by, link, before)
    elif link.state == State.SENT and link.sent_by != BY_HAND and link.sent_at < before:  # type: ignore[operator]
        if link.tries >= order_number(link.tenant_id, OUTSIDE_TRIES, link.made_at):
            return False  # it waits for its end, and then the office is told
        link.state = State.READY
        link.save(update_fields=["state"])
        _tell(by, link, "dispatch.outside_ready")
    else:
        return False
    return True


def _carried(by: Actor, link: OutsideLink, before: object) -> bool:
    """What the ledger of letters says of a link that shall go out."""
    posted = letters_about(by.scope, SUBJECT_KIND, str(link.id), most=1)
    since = link.sent_at or link.made_at
    if posted and posted[0].posted_at >= since and posted[0].state == "sent":
        mark_sent(by, link_id=link.id, channel=posted[0].channels[0] if posted[0].channels else "")
    elif posted and posted[0].posted_at >= since and posted[0].state == "failed":
        _failed(by, link, NOT_DELIVERED)
    elif since < before:  # type: ignore[operator]
        _failed(by, link, NEVER_SENT)
    else:
        return False
    return True


def _failed(by: Actor, link: OutsideLink, failure: str) -> OutsideLink:
    link.state, link.failure, link.failed_at = State.FAILED, failure, clock.now()
    link.save(update_fields=["state", "failure", "failed_at"])
    _tell(by, link, "dispatch.outside_failed")
    return link


def _locked(by: Actor, link_id: UUID, version: int | None) -> OutsideLink:
    link_within(by.scope, link_id)
    rows = OutsideLink.objects.within(by.scope).select_for_update(of=("self",)).select_related("order")
    link: OutsideLink = rows.get(id=link_id)
    not_overtaken(link, version, state=link.state)
    return link


def _running(by: Actor, link_id: UUID, version: int | None) -> OutsideLink:
    link = _locked(by, link_id, version)
    if link.state not in RUNNING:
        raise Conflict(problem=_("这个链接已经用过或失效。"), remedy=_("需要的话，请重发一个。"))
    return link


def _hours(tenant_id: int, rule: str, since: datetime) -> timedelta:
    return timedelta(hours=order_number(tenant_id, rule, since))


def _tell(by: Actor, link: OutsideLink, event: str) -> None:
    unit = street_map(link.tenant_id).units[link.unit_id]
    record(
        News(
            tenant_id=link.tenant_id, event=event, subject_kind=SUBJECT_KIND, subject_id=str(link.id),
            actor_kind=by.kind, actor_id=by.account_id, actor_name=by.name if by.kind != "reporter" else "",
            community_id=link.community_id, unit_id=link.unit_id, to_state=link.state,
            data={"order": str(link.order_id), "subject": str(link.subject_id), "unit": unit.code,
                  "try": link.tries, "epoch": link.epoch, "failure": link.failure, "made_by": link.made_by},
        )
    )  # fmt: skip
