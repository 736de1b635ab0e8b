"""Guards of the step table: what must be true of the case and the actor, beyond state and leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from baiying.cases import returning, sampling, steps
from baiying.cases.models import Case
from baiying.dispatch.limits import days_of
from baiying.kit import clock
from baiying.kit.lifecycle import Step
from baiying.kit.refusals import Conflict, Refusal
from baiying.org.queries import have_same_post, street_map
from baiying.org.rules import Actor, Scope, acting


def check(step: Step, case: Case, by: Actor) -> None:
    """Raise the guard's refusal, if it refuses."""
    refused = refusal(step, case, by)
    if refused is not None:
        raise refused


def refusal(step: Step, case: Case, by: Actor) -> Refusal | None:
    """Why the guard of this step refuses, or None. The system's own hand is bound by the table only."""
    if by.kind == "system":
        return None
    if case.merged_into_id is not None and step.name not in steps.OF_A_MERGED_CASE:
        return is_merged(case)
    if step.guard is None:
        return None
    return GUARDS[step.guard](case, by)


def is_merged(case: Case) -> Refusal:
    """The work on a merged case is done on its lead."""
    with acting(Scope(case.tenant_id, "street")):
        lead = Case.objects.filter(tenant_id=case.tenant_id, id=case.merged_into_id or case.id).values_list(
            "reference", flat=True
        )
        reference = lead.first() or ""
    return Conflict(
        field="merged",
        problem=_("这件诉求已并入 %(lead)s，一起办理。") % {"lead": reference},
        remedy=_("请在主件上办这一步；要分开办，请先取消合并。"),
    )


def _unit_has_it(case: Case, by: Actor) -> Refusal | None:
    """The unit that holds the order acts; a community also for its own grids."""
    if case.unit_id is not None and by.unit_id is not None:
        holder = street_map(case.tenant_id).units.get(case.unit_id)
        if by.unit_id in (case.unit_id, holder.parent_id if holder and holder.level == "grid" else None):
            return None
    return Conflict(
        field="unit",
        problem=_("这件诉求不在您单位手上。"),
        remedy=_("由承办单位来办这一步；派错了请派单员撤回重派。"),
    )


def _may_return(case: Case, by: Actor) -> Refusal | None:
    """The unit that has it, in time, and not against the office's decision."""
    return _unit_has_it(case, by) or returning.refusal(case, by)


def _somebody_else(case: Case, by: Actor) -> Refusal | None:
    """Nobody checks their own work, nor that of whoever holds the same post."""
    if by.account_id is not None and by.account_id == case.handled_by:
        return Conflict(
            field="checker", problem=_("这件是您自己办结的，不能自己核查。"), remedy=_("请另一位同志来核查。")
        )
    if case.handled_by is not None and have_same_post(case.handled_by, by):
        return Conflict(
            field="checker",
            problem=_("这件是您同一岗位的同志办结的，同岗不能互相核查。"),
            remedy=_("请别的岗位的同志来核查。"),
        )
    return None


def _drawn_for_it(case: Case, by: Actor) -> Refusal | None:
    """Only whoever was drawn to look at this handling says what is to be seen there."""
    found = sampling.pending(case)
    if found is not None and by.unit_id is not None and found.inspector_id == by.unit_id:
        return None
    return Conflict(
        field="checker", problem=_("这件没有抽中由您来看。"), remedy=_("请从“现场抽查”里打开派给您的件。")
    )


def _may_reopen(case: Case, by: Actor) -> Refusal | None:
    """The reporter once, within the days set (10) after closing; staff at any time, with a reason."""
    if by.kind != "reporter":
        return None
    days = days_of(case.tenant_id, "reopen")
    if case.state != steps.CLOSED or case.closed_at is None:
        return Conflict(
            field="state", problem=_("这件诉求还没有结案。"), remedy=_("有新情况，可以补充说明或添加照片。")
        )
    if case.reopen_count > 0:
        return Conflict(
            field="state",
            problem=_("您已经申请过一次重新办理。"),
            remedy=_("还没解决，请打电话给社区或街道，由工作人员重开。"),
        )
    if clock.now() > case.closed_at + timedelta(days=days):
        return Conflict(
            field="state",
            problem=_("结案已经超过 %(days)d 天。") % {"days": days},
            remedy=_("请重新反映，或打电话请工作人员重开。"),
        )
    return None


GUARDS: dict[str, Callable[[Case, Actor], Refusal | None]] = {
    "unit_has_it": _unit_has_it,
    "may_return": _may_return,
    "somebody_else": _somebody_else,
    "may_reopen": _may_reopen,
    "drawn_for_it": _drawn_for_it,
}
