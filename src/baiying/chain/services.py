"""Every write of the chain: persons, links, handing over. Each is one transaction with its journal entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from baiying.chain.models import Holder, Link
from baiying.chain.places import COLUMN, LEVELS, POSTED, Child, child_of
from baiying.chain.rules import MANAGE, READ_NEIGHBOURS
from baiying.journal.services import News
from baiying.journal.services import record as record_in_journal
from baiying.kit import clock
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound, Refusal, worded
from baiying.org.rules import PERMISSIONS, Actor, demand

EARLIEST = date(2000, 1, 1)
FURTHEST = timedelta(days=366)  # ahead of today


@transaction.atomic
def assign(
    by: Actor, *, level: int, child_id: int, holder_id: int, from_date: date, until_date: date | None = None
) -> Link:
    """A holder answers for a child from a day on; whoever did before is ended by the same step.

    Refused when another arrangement already begins later, when it would close a ring, or without leave.
    """
    child = found_child(by, level, child_id)
    demand_manage(by, level, child)
    check_days(from_date, until_date)
    holder = found_holder(by, holder_id)
    check_fit(holder, child, from_date)
    replaced = make_room(child, holder_id, from_date, by)
    link = put_link(child, holder, from_date, until_date)
    note(by, "chain.linked", link, replaced=replaced.pk if replaced else None)
    return link


@transaction.atomic
def end_link(by: Actor, *, link_id: int, until_date: date) -> Link:
    """A link counts no more from a day on, and nobody follows: the place becomes a gap."""
    link = locked_link(by, link_id)
    demand_manage(by, link.level, found_child(by, link.level, link.child_id))
    if link.until_date is not None:
        raise Conflict(problem=_("这条挂包已经结束或已定了结束日期。"), remedy=_("请刷新页面看最新情况。"))
    if until_date < link.from_date:
        raise Invalid(
            field="until", problem=_("结束日期在开始日期之前。"), remedy=_("请填开始那天或以后的日期。")
        )
    check_days(link.from_date, until_date)
    cut(link, until_date, "ended")
    note(by, "chain.ended", link)
    return link


@transaction.atomic
def hand_over(by: Actor, *, holder_id: int, successors: Mapping[int, int], from_date: date) -> list[Link]:
    """Somebody leaves: each of their links goes to its successor (link -> holder) in one step; none is orphaned.

    Links that begin later go along. Where the person was held by somebody (levels 4 and 5), that ends, and a
    successor whom nobody holds yet takes the place. Returns the new links.
    """
    holder = Holder.objects.within(by.scope).select_for_update(of=("self",)).filter(pk=holder_id).first()
    if holder is None:
        raise NotFound()
    check_days(from_date, None)
    if holder.left_on is not None:
        raise Conflict(problem=_("这位同志的挂包已经移交过了。"), remedy=_("请刷新页面看最新情况。"))
    running = links_to_hand_over(holder, from_date)
    missing = [link.pk for link in running if link.pk not in successors]
    if missing:
        raise Invalid(
            field="successor",
            problem=worded(_("还有 %(count)d 项没有选接手的人。"), count=len(missing)),
            remedy=_("每一项都要有人接手，才能移交。"),
        )
    made = [_pass_on(by, link, successors[link.pk], from_date) for link in running]
    _take_the_place(by, holder, {link.level: link.holder_id for link in made}, from_date)
    holder.left_on = from_date
    holder.save(update_fields=["left_on"])
    record(by, "chain.handed_over", "holder", holder.pk, holder.community_id, holder.grid_id,
           {"links": [link.pk for link in made], "from": from_date.isoformat()})  # fmt: skip
    return made


def links_to_hand_over(holder: Holder, from_date: date) -> list[Link]:
    """The holder's links that count on the day or begin later, highest level first; the caller has set a scope."""
    rows = Link.objects.filter(tenant_id=holder.tenant_id, holder=holder)
    rows = rows.filter(Q(until_date=None) | Q(until_date__gt=from_date))
    return [link for link in rows.order_by("level", "id") if link.until_date != link.from_date]


def _pass_on(by: Actor, link: Link, successor_id: int, from_date: date) -> Link:
    child = found_child(by, link.level, link.child_id)
    demand_manage(by, link.level, child)
    successor = found_holder(by, successor_id)
    start = max(from_date, link.from_date)
    check_fit(successor, child, start)
    if successor.pk == link.holder_id:
        raise Invalid(
            field="successor", problem=_("接手的人不能是移交的人自己。"), remedy=_("请选另一位同志。")
        )
    until = link.until_date
    cut(link, start, "handover")
    made = put_link(child, successor, start, until)
    note(by, "chain.linked", made, replaced=link.pk)
    return made


def _take_the_place(by: Actor, holder: Holder, successors: Mapping[int, int], from_date: date) -> None:
    """Who held the leaver now holds the successor on the level below, unless somebody holds them already."""
    held = Link.objects.filter(tenant_id=holder.tenant_id, person=holder, level__in=(4, 5))
    for link in held.filter(Q(until_date=None) | Q(until_date__gt=from_date)).select_related("holder"):
        start = max(from_date, link.from_date)
        until = link.until_date
        cut(link, start, "handover")
        note(by, "chain.ended", link)
        successor = successors.get(link.level + 1)
        if successor is None or successor == link.holder_id:
            continue
        child = found_child(by, link.level, successor)
        if not _has_link_from(child, start):
            made = put_link(child, link.holder, start, until)
            note(by, "chain.linked", made, replaced=link.pk)


def _has_link_from(child: Child, day: date) -> bool:
    rows = Link.objects.filter(
        tenant_id=child.tenant_id, level=child.level, **{COLUMN[child.level]: child.id}
    )
    return rows.filter(Q(until_date=None) | Q(until_date__gt=day)).exists()


# -- the pieces that importing uses too --------------------------------------------------------------------


def found_child(by: Actor, level: int, child_id: int) -> Child:
    """The child within the actor's scope. Raises NotFound."""
    child = child_of(by.scope, level, child_id) if level in LEVELS else None
    if child is None:
        raise NotFound(field="child")
    return child


def found_holder(by: Actor, holder_id: int) -> Holder:
    """A person within the actor's scope. Raises NotFound."""
    found: Holder | None = Holder.objects.within(by.scope).filter(pk=holder_id).first()
    if found is None:
        raise NotFound(
            field="holder", problem=_("没有这位责任人，或者不在您的范围内。"), remedy=_("请从名单里选。")
        )
    return found


def demand_manage(by: Actor, level: int, child: Child) -> None:
    """Level 1 is the street's; levels 4 to 6 belong to the community's own staff. Raises Denied."""
    demand(by, MANAGE, child)
    if level not in POSTED:
        demand(by, READ_NEIGHBOURS, child)
    if level == 1 and by.scope.level != "street":
        declared = PERMISSIONS[MANAGE]
        raise Denied(permission=declared.name, sentence=declared.sentence, unit=_("街道"))


def check_days(from_date: date, until_date: date | None) -> None:
    """Days that a link can have. Raises Invalid."""
    if not EARLIEST <= from_date <= clock.today() + FURTHEST:
        raise Invalid(
            field="from", problem=_("开始日期不合情理。"), remedy=_("请填 2000 年以后、一年以内的日期。")
        )
    if until_date is not None and until_date < from_date:
        raise Invalid(
            field="until", problem=_("结束日期在开始日期之前。"), remedy=_("请填开始那天或以后的日期。")
        )


def check_fit(holder: Holder, child: Child, from_date: date) -> None:
    """Street staff hold communities; everybody else holds within their own community. Raises Invalid."""
    if holder.left_on is not None and holder.left_on <= from_date:
        raise Invalid(
            field="holder", problem=worded(_("%(name)s已经离任。"), name=holder.name),
            remedy=_("请选在任的同志。"),
        )  # fmt: skip
    wanted = None if child.level == 1 else child.community_id
    if holder.community_id != wanted:
        raise Invalid(
            field="holder",
            problem=worded(_("%(name)s不属于这个社区。"), name=holder.name)
            if child.level > 1
            else worded(_("%(name)s不是街道机关的同志。"), name=holder.name),
            remedy=_("请选本社区的同志；包社区的，请选街道机关的同志。"),
        )
    if child.level in (4, 5) and child.id == holder.pk:
        raise ring()


def make_room(child: Child, holder_id: int, from_date: date, by: Actor) -> Link | None:
    """Ends who answers for the child on the day, so that another can follow; returns that link.

    Raises Conflict when the same holder has it already, or when another arrangement begins later.
    """
    rows: QuerySet[Link] = Link.objects.within(by.scope).select_for_update(of=("self",))
    rows = rows.filter(level=child.level, **{COLUMN[child.level]: child.id})
    counting = [link for link in rows.order_by("from_date", "id") if link.until_date != link.from_date]
    if any(link.from_date > from_date for link in counting):
        raise Conflict(
            field="from",
            problem=worded(_("“%(name)s”在这之后已经另有安排。"), name=child.name),
            remedy=_("请先撤回以后的安排，或把开始日期定在那之后。"),
        )
    current = next((x for x in counting if x.until_date is None or x.until_date > from_date), None)
    if current is None:
        return None
    if current.holder_id == holder_id:
        raise Conflict(
            field="holder",
            problem=worded(_("“%(name)s”本来就由这位同志挂包。"), name=child.name),
            remedy=_("不用再安排。"),
        )
    cut(current, from_date, "changed")
    return current


def put_link(child: Child, holder: Holder, from_date: date, until_date: date | None) -> Link:
    """One row. What the database refuses is said in words: Conflict for a second holder, Invalid for a ring.

    Whoever holds one of the upper three levels has a duty that is posted.
    """
    if child.level in POSTED and not holder.is_public:
        holder.is_public = True
        holder.save(update_fields=["is_public"])
    assert child.community_id is not None  # whatever hangs in the chain lies in a community
    with database_words():
        return Link.objects.create(
            tenant_id=child.tenant_id, level=child.level, holder=holder, community_id=child.community_id,
            grid_id=child.grid_id, from_date=from_date, until_date=until_date, **{COLUMN[child.level]: child.id},
        )  # fmt: skip


def cut(link: Link, until_date: date, why: str) -> None:
    """The link counts until (not on) a day; one that had not begun never counts."""
    link.until_date, link.why_ended = max(until_date, link.from_date), why
    link.save(update_fields=["until_date", "why_ended"])


def locked_link(by: Actor, link_id: int) -> Link:
    """The link within the actor's scope, locked. Raises NotFound."""
    link: Link | None = (
        Link.objects.within(by.scope).select_for_update(of=("self",)).filter(pk=link_id).first()
    )
    if link is None:
        raise NotFound()
    return link


@contextmanager
def database_words() -> Iterator[None]:
    """The constraints of chain_link as refusals."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if name == "link_without_cycles":
            raise ring() from None
        if name == "link_one_holder_a_day":
            raise Conflict(
                field="from", problem=_("这些日子里已经有别人挂包，每天只能有一位。"),
                remedy=_("请刷新页面，看最新的挂包情况再办。"),
            ) from None  # fmt: skip
        raise


def ring() -> Refusal:
    """Persons who would hold one another in a circle."""
    return Invalid(
        field="holder",
        problem=_("这样会绕成一圈：下面的人又成了上面的人。"),
        remedy=_("请另选一位，或先结束造成循环的那一条。"),
    )


def note(by: Actor, event: str, link: Link, **more: object) -> None:
    """The journal remembers a link's change: levels, ids and dates, no words about persons."""
    until = link.until_date.isoformat() if link.until_date else None
    data = {"level": link.level, "child": link.child_id, "holder": link.holder_id,
            "from": link.from_date.isoformat(), "until": until}  # fmt: skip
    record(by, event, "link", link.pk, link.community_id, link.grid_id, data | more)


def record(
    by: Actor, event: str, kind: str, subject: int, community_id: int | None, grid_id: int | None,
    data: Mapping[str, object],
) -> None:  # fmt: skip
    """One journal entry of the chain."""
    record_in_journal(
        News(
            tenant_id=by.scope.tenant, event=event, subject_kind=kind, subject_id=str(subject),
            actor_kind=by.kind, actor_id=by.account_id, actor_name=by.name, community_id=community_id,
            grid_id=grid_id, data=data,
        )
    )  # fmt: skip
