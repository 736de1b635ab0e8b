"""A call, a summons and what happened to them, in the words and badges of the desk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import pgettext_lazy

from baiying.dispatch import calls_limits, calls_reading, calls_steps
from baiying.dispatch.calls_reading import Standing
from baiying.dispatch.models import Call, CallLine, CallTask, Order, Summons
from baiying.doors.shared.names import name_of
from baiying.kit import clock
from baiying.kit.language import is_english
from baiying.org.queries import street_map
from baiying.org.rules import Scope

# Of each state its icon and its tone.
CALL_LOOKS: Final = {
    calls_steps.ASKED: ("wait", "wait"),
    calls_steps.OPEN: ("voice", "open"),
    calls_steps.ENDED: ("done", "done"),
    calls_steps.WITHDRAWN: ("undo", "plain"),
    calls_steps.TURNED_DOWN: ("decline", "plain"),
}
LOOKS: Final = {
    calls_steps.WAITING: ("wait", "wait"),
    calls_steps.CALLED: ("voice", "open"),
    calls_steps.ACKNOWLEDGED: ("sign", "open"),
    calls_steps.ARRIVED: ("place", "done"),
    calls_steps.REPORTED: ("done", "done"),
    calls_steps.OBJECTED: ("question", "soon"),
    calls_steps.REFUSED: ("decline", "soon"),
    calls_steps.REFERRED: ("return", "plain"),
    calls_steps.EXCUSED: ("accept", "plain"),
    calls_steps.ABSENT: ("close", "plain"),
    calls_steps.CANCELLED: ("undo", "plain"),
}
JUSTIFIED: Final = {"yes": later("应当呼叫"), "partly": later("部分应当"), "no": later("不必呼叫")}
RESPONSES: Final = {"good": later("及时得力"), "fair": later("基本到位"), "poor": later("不到位")}
STEP_ICONS: Final = {
    "acknowledge": "sign", "change_time": "clock", "object": "question", "refuse": "decline", "arrive": "place",
    "report": "handled", "release": "accept", "mark_absent": "close", "uphold": "accept", "overrule": "send",
    "insist": "send", "accept_refusal": "accept", "refer": "return", "issue": "send", "turn_down": "decline",
    "end": "done", "withdraw": "undo",
}  # fmt: skip
# What a line says; steps that are not named here say their own label.
SAID: Final = {
    "ask": later("社区提请街道发出呼叫"),
    "issue": later("呼叫发出"),
    "turn_down": later("街道没有发出"),
    "end": pgettext_lazy("timeline", "呼叫结束"),
    "withdraw": pgettext_lazy("timeline", "呼叫撤回"),
    "summon": later("加呼"),
    "acknowledge": pgettext_lazy("timeline", "应答"),
    "change_time": later("改了到场时间"),
    "object": pgettext_lazy("timeline", "提出异议"),
    "uphold": later("异议成立，不必到场"),
    "overrule": later("异议不成立，仍请到场"),
    "refuse": later("说明不能到场"),
    "insist": later("街道领导决定：仍须到场"),
    "accept_refusal": later("街道领导同意不到场"),
    "refer": later("街道领导决定：报区里处理"),
    "arrive": later("确认到场"),
    "report": pgettext_lazy("timeline", "报告"),
    "release": later("告知不必到场"),
    "mark_absent": later("记为未到场"),
    "plan_meeting": later("约定现场会"),
    "record_meeting": later("记下现场会"),
    "give_task": later("交办任务"),
    "task_acknowledge": later("任务签收"),
    "task_finish": later("任务办完"),
    "task_give_back": later("任务退回"),
    "task_recall": later("任务收回"),
    "rate_call": later("单位评价呼叫"),
    "rate_response": later("呼叫方评价响应"),
}
_LINE_ICONS: Final = STEP_ICONS | {
    "ask": "wait", "summon": "plus", "plan_meeting": "people", "record_meeting": "people", "give_task": "work",
    "task_acknowledge": "sign", "task_finish": "handled", "task_give_back": "return", "task_recall": "undo",
    "rate_call": "rate", "rate_response": "rate",
}  # fmt: skip
ORDER_LOOKS: Final = {
    Order.State.HANDED_OUT: ("send", "open", later("待签收")),
    Order.State.ACKNOWLEDGED: ("sign", "open", later("已签收")),
    Order.State.RETURNED: ("return", "plain", later("已退回")),
    Order.State.FINISHED: ("handled", "done", later("已办结")),
    Order.State.RECALLED: ("undo", "plain", later("已撤回")),
}


def kind_name(call: Call) -> str:
    """日常呼叫, 应急呼叫 … in the reader's language."""
    kind = calls_limits.kind_in(call.tenant_id, call.kind, clock.today())
    return name_of(kind) if kind is not None else call.kind


def limit_said(kind: calls_limits.CallKind) -> str:
    """What the time to respond of a kind is, and that it is the street's own choice."""
    lengths = {
        "minute": _("%(n)d 分钟") % {"n": kind.value},
        "hour": _("%(n)d 小时") % {"n": kind.value},
        "working_hour": _("%(n)d 个工作小时") % {"n": kind.value},
        "working_day": _("%(n)d 个工作日") % {"n": kind.value},
        "natural_day": _("%(n)d 天") % {"n": kind.value},
        "date": _("按约定的日期"),
    }
    wanted = _("%(length)s内到场") if kind.counts == "arrive" else _("%(length)s内应答")
    length = lengths[kind.unit]
    return length if kind.is_by_date else wanted % {"length": length}


def call_badge(call: Call) -> dict[str, Any]:
    """State of a call."""
    icon, tone = CALL_LOOKS[call.state]
    return {"icon": icon, "tone": tone, "label": calls_steps.CALL.state(call.state).label}


def summons_badge(call: Call, summons: Summons) -> dict[str, Any]:
    """State of a summons; late is said in its own badge beside it."""
    icon, tone = LOOKS[summons.state]
    return {"icon": icon, "tone": tone, "label": calls_steps.SUMMONS.state(summons.state).label}


def said_call(call: Call) -> dict[str, Any]:
    """A call in one line."""
    return {
        "call": call,
        "id": call.id.hex,
        "kind": kind_name(call),
        "badge": call_badge(call),
        "href": reverse("desk_call", kwargs={"call_id": call.id}),
        "unit": name_of(call.unit),
        "is_emergency": call.kind == "emergency",
        "is_open": call.state == calls_steps.OPEN,
    }


def said_standing(standing: Standing) -> dict[str, Any]:
    """A call with everybody called: how many came, who is missing, who is late."""
    late = {s.id for s in standing.late}
    return said_call(standing.call) | {
        "came_count": len(standing.came),
        "total": len([s for s in standing.summonses if s.state != calls_steps.CANCELLED]),
        "missing": [said_summons(standing.call, s) for s in standing.missing],
        "late_count": len(late),
    }


def said_summons(call: Call, summons: Summons) -> dict[str, Any]:
    """A summons in one line."""
    return {
        "summons": summons,
        "id": summons.id.hex,
        "unit": name_of(summons.unit),
        "person": summons.person,
        "badge": summons_badge(call, summons),
        "is_late": calls_reading.is_late(call, summons),
        "was_late": calls_reading.was_late(call, summons),
        "is_missing": calls_reading.is_missing(summons),
        "href": reverse("desk_summons_one", kwargs={"summons_id": summons.id}),
        "justified": JUSTIFIED.get(summons.justified, ""),
        "response": RESPONSES.get(summons.response, ""),
    }


def entries(lines: Iterable[CallLine]) -> list[dict[str, Any]]:
    """The lines as shared/parts/timeline.html shows them."""
    return [_entry(line) for line in lines]


def _entry(line: CallLine) -> dict[str, Any]:
    units = street_map(line.tenant_id).units
    actor_unit = units.get(line.unit_id or 0)
    what = str(SAID.get(line.step, line.step))
    about = [name_of(unit) for unit in units.values() if unit.code in _codes(line)]
    if line.summons is not None:
        about = [line.summons.person or name_of(line.summons.unit)]
    if about:
        what = _("%(what)s：%(whom)s") % {
            "what": what,
            "whom": ("、" if not is_english() else ", ").join(about),
        }
    if line.data.get("by_telephone"):
        what = _("%(what)s（电话告知，呼叫方代记）") % {"what": what}
    who = " ".join(part for part in (name_of(actor_unit) if actor_unit else "", line.actor_name) if part)
    rating = {**JUSTIFIED, **RESPONSES}.get(line.data.get("rating", ""))
    body = "\n".join(part for part in (str(rating or ""), line.text) if part)
    return {"icon": _LINE_ICONS.get(line.step, "note"), "what": what, "who": who, "at": line.at, "body": body}


def _codes(line: CallLine) -> set[str]:
    return set(line.data.get("units", [])) | ({line.data["unit"]} if line.data.get("unit") else set())


def said_task(task: CallTask, order: Order | None) -> dict[str, Any]:
    """A task with the state of its order."""
    icon, tone, label = ORDER_LOOKS[Order.State(order.state)] if order else ("lock", "plain", later("不可见"))
    is_running = order is not None and order.is_running
    return {
        "task": task,
        "unit": name_of(task.unit),
        "badge": {"icon": icon, "tone": tone, "label": label},
        "is_running": is_running,
        "is_new": order is not None and order.state == Order.State.HANDED_OUT,
        "is_late": is_running and task.due_at < clock.now(),
        "reason": order.reason if order else "",
    }


def unit_names(scope: Scope, unit_ids: Iterable[int]) -> list[str]:
    """Names of units, in the order in which they are given."""
    units = street_map(scope.tenant).units
    return [name_of(units[unit_id]) for unit_id in unit_ids if unit_id in units]
