"""Call-backs (回访): reporters who did not answer online are called, a few times at most, by one colleague at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from baiying.cases import rules, steps
from baiying.cases.closure import rules_of
from baiying.cases.models import CallBack, Case, Contact
from baiying.kit import clock
from baiying.kit.ids import uuid7
from baiying.kit.lifecycle import Step
from baiying.kit.refusals import Conflict, NotFound
from baiying.kit.versions import not_overtaken
from baiying.org.rules import Actor, Scope, acting, demand

MOST_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Task:
    """An open call-back with its case. `is_due`: it may be called now; `held_by`: a colleague has it in hand."""

    call_back: CallBack
    case: Case
    is_due: bool
    is_mine: bool
    held_by: str


def open_call_backs(tenant_id: int) -> int:
    """Tasks for checked cases whose reporter left a number and has not answered in the hours set; returns how many."""
    numbers, now = rules_of(tenant_id), clock.now()
    with acting(Scope(tenant_id, "street")):
        silent = Case.objects.filter(
            tenant_id=tenant_id, state=steps.CHECKED,
            checked_at__lte=now - timedelta(hours=numbers["call_back_after"]),
        ).filter(
            Exists(Contact.objects.filter(case_id=OuterRef("id")).exclude(phone="")),
            ~Exists(CallBack.objects.filter(case_id=OuterRef("id"), opened_at__gte=OuterRef("checked_at"))),
        )  # fmt: skip
        rows = [
            CallBack(
                id=uuid7(), tenant_id=tenant_id, case_id=case.id, community_id=case.community_id, opened_at=now,
                next_try_at=now,
            )
            for case in silent.only("id", "community_id").order_by("checked_at")[:MOST_AT_ONCE]
        ]  # fmt: skip
        CallBack.objects.bulk_create(rows, ignore_conflicts=True)
        return len(rows)


def settle_after(step: Step, case: Case) -> None:
    """The case was answered or went on: a task that is still open is over."""
    if step.name not in ("rate", "go_unrated", "find_unsolved"):
        return
    rows = CallBack.objects.filter(tenant_id=case.tenant_id, case_id=case.id, ended_at=None)
    rows.update(ended_at=clock.now(), result="online" if case.rate_method == "online" else "over")


def tasks(scope: Scope, by: Actor, most: int = 200) -> list[Task]:
    """The open tasks of a branch: those that may be called now first, the longest waiting first."""
    now = clock.now()
    held_since = now - timedelta(minutes=rules_of(scope.tenant)["call_back_held"])
    rows = list(CallBack.objects.within(scope).filter(ended_at=None).order_by("next_try_at", "id")[:most])
    cases = {
        c.id: c
        for c in Case.objects.within(scope)
        .filter(id__in=[r.case_id for r in rows])
        .select_related("category")
        .defer("search")
    }
    found = [_task(row, cases[row.case_id], by, now, held_since) for row in rows if row.case_id in cases]
    return sorted(found, key=lambda t: (not t.is_due, t.case.checked_at or now))


def _task(row: CallBack, case: Case, by: Actor, now: datetime, held_since: datetime) -> Task:
    is_held = row.taken_at is not None and row.taken_at > held_since
    is_mine = is_held and row.taken_by == by.account_id
    return Task(row, case, row.next_try_at <= now, is_mine, row.taken_name if is_held and not is_mine else "")


def task_by_id(by: Actor, call_back_id: UUID) -> Task:
    """An open task within the actor's scope. Raises NotFound, and Conflict when it is over."""
    return _task_of(by, _locked(by, call_back_id))


def _task_of(by: Actor, row: CallBack) -> Task:
    now = clock.now()
    held_since = now - timedelta(minutes=rules_of(by.scope.tenant)["call_back_held"])
    case = Case.objects.within(by.scope).select_related("category").defer("search").get(id=row.case_id)
    return _task(row, case, by, now, held_since)


def any_task(by: Actor, call_back_id: UUID) -> Task:
    """A task within the actor's scope, also one that is over. Raises NotFound."""
    row: CallBack | None = CallBack.objects.within(by.scope).filter(id=call_back_id).first()
    if row is None:
        raise _no_such_task()
    return _task_of(by, row)


def take(by: Actor, *, call_back_id: UUID, version: int | None = None) -> Task:
    """Take a task in hand; Conflict names the colleague who was quicker."""
    demand(by, rules.CALL_BACK)
    with acting(by.scope):
        task = _task_of(by, _locked(by, call_back_id, version))
        if task.held_by:
            raise Conflict(
                field="call_back",
                problem=_("%(who)s刚刚领了这一件，正在打电话。") % {"who": task.held_by},
                remedy=_("请领下一件；过一会儿没有登记结果，您就可以接手。"),
            )
        row = task.call_back
        row.taken_by, row.taken_name, row.taken_at = by.account_id, by.name, clock.now()
        row.save(update_fields=["taken_by", "taken_name", "taken_at"])
        return _task_of(by, row)


def not_reached(by: Actor, *, call_back_id: UUID, version: int | None = None) -> tuple[CallBack, bool]:
    """Nobody answered: try again later. (the task, whether that was the last try: then it is over)"""
    demand(by, rules.CALL_BACK)
    with acting(by.scope):
        task = _task_of(by, _locked(by, call_back_id, version))
        _in_own_hand(task)
        numbers, row, now = rules_of(by.scope.tenant), task.call_back, clock.now()
        row.tries += 1
        row.taken_by, row.taken_name, row.taken_at = None, "", None
        row.next_try_at = now + timedelta(hours=numbers["call_back_again"])
        is_last = row.tries >= numbers["call_back_tries"]
        if is_last:
            row.ended_at, row.result = now, "no_response"
        row.save(
            update_fields=["tries", "taken_by", "taken_name", "taken_at", "next_try_at", "ended_at", "result"]
        )
        return row, is_last


def answered(by: Actor, *, call_back_id: UUID, version: int | None = None) -> Task:
    """The reporter answered: the task is over; what was said is recorded by the step "rate"."""
    demand(by, rules.CALL_BACK)
    with acting(by.scope):
        task = _task_of(by, _locked(by, call_back_id, version))
        _in_own_hand(task)
        row = task.call_back
        row.tries += 1
        row.ended_at, row.result = clock.now(), "answered"
        row.save(update_fields=["tries", "ended_at", "result"])
        return task


def _in_own_hand(task: Task) -> None:
    if task.held_by:
        raise Conflict(
            field="call_back",
            problem=_("这一件现在由%(who)s在办，您的登记没有生效。") % {"who": task.held_by},
            remedy=_("请和%(who)s说一声，或者领下一件。") % {"who": task.held_by},
        )


def _locked(by: Actor, call_back_id: UUID, version: int | None = None) -> CallBack:
    rows = CallBack.objects.within(by.scope).select_for_update(of=("self",))
    row: CallBack | None = rows.filter(id=call_back_id).first()
    if row is None:
        raise _no_such_task()
    not_overtaken(row, version, state=row.result or "open")
    if row.ended_at is not None:
        words = {
            "online": _("居民已经在网上评价了，不用再打。"),
            "answered": _("这一件已经回访过了。"),
            "no_response": _("这一件已经记为未回应。"),
        }
        raise Conflict(
            field="call_back",
            problem=words.get(row.result, _("这件诉求已经往下走了，不用再回访。")),
            remedy=_("请领下一件。"),
        )
    return row


def _no_such_task() -> NotFound:
    return NotFound(problem=_("没有这项回访。"), remedy=_("请从回访列表里选一件。"))


def ended_of(case: Case) -> Sequence[CallBack]:
    """What was tried for a case that the caller has read within scope."""
    return list(CallBack.objects.filter(tenant_id=case.tenant_id, case_id=case.id).order_by("id"))
