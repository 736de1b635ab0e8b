"""Merging cases that are about the same thing, at any distance, and undoing it. What merging means: together.py, ADR 0015.

Refused: what has been answered, parts of split cases, a lead that is merged itself, more than fifty cases or four levels.
A running order is no obstacle: it is set aside, its unit is told, and un-merging gives it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Func, IntegerField, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from baiying.cases import clocks, rules, similar_rules, together
from baiying.cases.candidates import OPEN_TO_WORK
from baiying.cases.facts import SPLIT, facts_of
from baiying.cases.lines import tell, write_line
from baiying.cases.models import Case, Merge, Split
from baiying.cases.said import MOST_WORDS
from baiying.dispatch import aside
from baiying.kit import clock, geometry
from baiying.kit import text as kit_text
from baiying.kit.ids import uuid7
from baiying.kit.refusals import Conflict, Invalid, NotFound, Refusal, worded
from baiying.org.rules import Actor, Scope, acting, demand, seeing

MOST_MERGED: Final = 50  # cases below one lead, on all levels
MOST_LEVELS: Final = 4  # a lead, and three levels below it
Versions = Mapping[UUID, int | None]


def merge(
    by: Actor, *, lead_id: UUID, part_ids: Sequence[UUID], reason: str = "", versions: Versions = MappingProxyType({}),
) -> Case:  # fmt: skip
    """One or several open cases are handled with another from now on; returns that one, the lead.

    A reason is needed where the two lie further apart than their category's rule says, or one has no place.
    `versions`: those of the cases that the actor was looking at, where that matters.
    Raises NotFound outside the actor's sight, Conflict with a remedy where it cannot be.
    """
    wanted = list(dict.fromkeys(part_ids))
    if not wanted or lead_id in wanted:
        raise Invalid(
            field="part", problem=_("没有选要并进来的诉求，或选的就是主件。"), remedy=_("请选另一件诉求。")
        )
    with acting(by.scope):
        _one_at_a_time(by.scope.tenant)
        cases = _locked(by, [lead_id, *wanted])
        lead = cases[lead_id]
        demand(by, rules.MERGE, lead)
        for case in cases.values():
            _not_overtaken(case, versions.get(case.id))
        words = kit_text.clean(reason, most=MOST_WORDS, field="reason")
        for part_id in wanted:
            part = cases[part_id]
            demand(by, rules.MERGE, part)
            refused = refusal(lead, part)
            if refused is not None:
                raise refused
            _merge(by, lead, part, words)
    return lead


def refusal(lead: Case, part: Case) -> Refusal | None:
    """Why the one cannot be merged into the other, or None."""
    for case in (lead, part):
        if case.channel == SPLIT:
            return _no(case, _("%(case)s 是拆分出来的子件，不能合并。"), _("请合并它的原件。"))
        if case.state not in OPEN_TO_WORK:
            return _no(
                case, _("%(case)s 已经办结或答复，不能合并。"), _("请选还在办的诉求；要合并请先重新办理。")
            )
    if part.merged_into_id is not None:
        return _no(part, _("%(case)s 已经并入了别的件。"), _("请先取消那次合并。"))
    if lead.merged_into_id is not None:
        return _no(lead, _("%(case)s 自己已经并入了别的件，不能做主件。"), _("请并到它的主件上。"))
    if Split.objects.filter(tenant_id=part.tenant_id, parent_id=part.id).exists():
        return _no(
            part, _("%(case)s 已经拆分给几个单位办，不能并入别的件。"), _("请让它做主件，把另一件并进来。")
        )
    below = _below([part.id], part.tenant_id)
    if len(_below([lead.id], lead.tenant_id).keys() | below.keys()) + 1 > MOST_MERGED:
        return _no(lead, _("%(case)s 合并的件太多了。"), _("请另选一件做主件。"))
    if max(below.values(), default=0) + 2 > MOST_LEVELS:
        return _no(part, _("%(case)s 下面已经并了好几层。"), _("请把它的主件和部分件分别并进来。"))
    return None


def _no(case: Case, problem: Any, remedy: Any) -> Conflict:
    return Conflict(field="merge", problem=worded(problem, case=case.reference), remedy=remedy)


def _merge(by: Actor, lead: Case, part: Case, words: str) -> None:
    metres = metres_between(lead, part)
    if not words and needs_reason(lead, part, metres):
        raise Invalid(
            field="reason", problem=_("两件相距较远，或有一件没有位置，还没有写为什么合并。"),
            remedy=_("请写一句为什么是同一件事。"),
        )  # fmt: skip
    before, why = facts_of(part), str(_("并入 %(lead)s") % {"lead": lead.reference})
    with acting(Scope(part.tenant_id, "street")):
        kept = aside.set_aside(by, subject=clocks.subject_of(part), reason=why)
        Merge.objects.create(
            id=uuid7(), tenant_id=part.tenant_id, part=part, lead=lead, since=clock.now(), by=by.account_id,
            by_name=by.name, reason=words, metres=None if metres is None else round(metres), kept=kept,
        )  # fmt: skip
    part.merged_into = lead
    together.save(part)
    said = {"inner": words} if words else {}
    write_line(by, part, "merge", "", said | {"lead": lead.reference}, is_public=True)
    tell(by, part, "cases.merged", part.state, before, {"lead": str(lead.id)} | _unit_of(part, kept))
    write_line(by, lead, "merge_in", "", said | {"part": part.reference}, is_public=False)
    tell(by, lead, "cases.merged_in", lead.state, None, {"part": str(part.id)})


def _unit_of(part: Case, kept: dict[str, Any]) -> dict[str, Any]:
    """Whose order was set aside: that unit is told."""
    return {"unit": part.unit_id} if kept.get("orders") else {}


def needs_reason(lead: Case, part: Case, metres: float | None) -> bool:
    """Whether somebody has to say why the two are the same: they do not lie side by side."""
    rule = similar_rules.rule_of(similar_rules.rules_of(lead.tenant_id), part.category.code)
    if metres is not None:
        return metres > rule.metres
    return part.building_id is None or part.building_id != lead.building_id


def metres_between(one: Case, other: Case) -> float | None:
    """How far apart two cases lie; None when one has no point."""
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return None
    return geometry.metres_between((one.lon, one.lat), (other.lon, other.lat))


def unmerge(by: Actor, *, part_id: UUID, reason: str, version: int | None = None) -> Case:
    """A merged case goes on by itself, exactly as it was: state, unit, orders, limits, also when both have ended since."""
    words = kit_text.clean(reason, most=MOST_WORDS, field="reason")
    if not words:
        raise Invalid(
            field="reason", problem=_("没有写为什么取消合并。"), remedy=_("请写一句理由，别人查得到。")
        )
    with acting(by.scope):
        _one_at_a_time(by.scope.tenant)
        part = _locked(by, [part_id])[part_id]
        demand(by, rules.MERGE, part)
        _not_overtaken(part, version)
        found = together.in_force(part)
        if found is None:
            raise Conflict(
                field="merge",
                problem=_("这件诉求现在没有并入别的件。"),
                remedy=_("刷新页面，看看最新的办理情况。"),
            )
        with acting(Scope(part.tenant_id, "street")):
            _unmerge(by, part, found, words)
    return part


def _unmerge(by: Actor, part: Case, found: Merge, words: str) -> None:
    before, from_state = facts_of(part), part.state
    if found.before:
        together.restore(part, found)
    part.merged_into = None
    together.save(part)
    Merge.objects.filter(tenant_id=part.tenant_id, id=found.id).update(
        until=clock.now(), until_by=by.account_id, until_name=by.name, until_reason=words, ended_as="unmerged"
    )
    together.sync_clocks(by, part, found)
    said = {"inner": words}
    write_line(by, part, "unmerge", "", said | {"lead": found.lead.reference}, is_public=True)
    tell(
        by,
        part,
        "cases.unmerged",
        from_state,
        before,
        {"lead": str(found.lead_id)} | _unit_of(part, found.kept),
    )
    write_line(by, found.lead, "unmerge_out", "", said | {"part": part.reference}, is_public=False)
    tell(by, found.lead, "cases.unmerged_out", found.lead.state, None, {"part": str(part.id)})
    together.take_back_below(by, part)


def _not_overtaken(case: Case, version: int | None) -> None:
    if version not in (None, case.version):
        raise Conflict(
            field="version", problem=_("这件诉求刚刚有人办过。"), remedy=_("刷新页面，看看最新的办理情况。"),
            extra={"state": case.state, "version": case.version},
        )  # fmt: skip


def _one_at_a_time(tenant_id: int) -> None:
    """Two people merging the same cases into one another at once would lock them crosswise, or make a ring."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('cases.merge'), %s)", [tenant_id])


def _locked(by: Actor, ids: Sequence[UUID]) -> dict[UUID, Case]:
    rows = Case.objects.within(by.scope).select_related("category").defer("search").filter(id__in=ids)
    found = {case.id: case for case in rows.select_for_update(of=("self",)).order_by("id")}
    if len(found) < len(set(ids)):
        raise NotFound(
            field="case", problem=_("没有这件诉求，或它不在您的辖区和单位范围内。"),
            remedy=_("请核对编号；跨社区的，请街道派单员来合并。"),
        )  # fmt: skip
    return found


def _below(ids: Sequence[UUID], tenant_id: int) -> dict[UUID, int]:
    """Every case below these, on how manieth level."""
    found: dict[UUID, int] = {}
    level, here = 0, list(ids)
    with seeing(Scope(tenant_id, "street")):
        while here and level < MOST_LEVELS:
            level += 1
            rows = Case.objects.filter(tenant_id=tenant_id, merged_into_id__in=here)
            here = [i for i in rows.values_list("id", flat=True) if i not in found]
            found |= dict.fromkeys(here, level)
    return found


# -- reading ---------------------------------------------------------------------------------------------------

# One of them stands in the timeline of every case that history_of tells of.
LINES: Final = frozenset({"merge", "merge_in"})


def history_of(case: Case) -> list[Merge]:
    """Every merging that this case was part of or lead of, the latest first; the caller has read it within scope."""
    with seeing(Scope(case.tenant_id, "street")):
        mine = Merge.objects.filter(Q(part_id=case.id) | Q(lead_id=case.id), tenant_id=case.tenant_id)
        # Hardly any case has one: no join on every case page for the cases behind it.
        both = Case.objects.select_related("category").defer("search")
        with_both = mine.prefetch_related(Prefetch("lead", both), Prefetch("part", both))
        return list(with_both.order_by("-since", "-id"))


def with_merged(rows: QuerySet[Case]) -> QuerySet[Case]:
    """The rows with `merged_count`, how many cases are merged into each now: in the same statement, for lists."""
    return rows.annotate(merged_count=_MergedCount("id"))


class _MergedCount(Func):
    """Counted by a function of the database: the parts may lie in other branches, of which only the number is told."""

    function = "cases_merged_count"
    output_field = IntegerField()
