"""The queues at the left: each is a filter of the list with a name; which ones somebody has follows from permissions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from baiying.cases import rules, steps
from baiying.cases.filters import CaseFilter
from baiying.chain.rules import READ as READ_CHAIN
from baiying.dispatch import rules as dispatch_rules
from baiying.dispatch.queries import unanswered_count
from baiying.dispatch.rules import RELEASE_RULES
from baiying.doors.shared.case_counts import count_all
from baiying.org.queries import street_map
from baiying.org.rules import MANAGE_ACCOUNTS, MANAGE_CALENDAR, MANAGE_STRUCTURE, READ_JOURNAL, Actor
from baiying.topics.rules import READ as READ_TOPICS
from baiying.webhooks.rules import MANAGE as MANAGE_WEBHOOKS


@dataclass(frozen=True, slots=True)
class Queue:
    """A named filter. `mine`: only what the actor's own unit has in hand. `needs`: any of these permissions."""

    code: str
    label: str | Promise
    icon: str
    needs: tuple[str, ...]
    states: tuple[str, ...] = ()
    due: str = ""
    is_open: bool | None = None
    mine: bool = False
    channel: str = ""
    tone: str = ""
    key: str = ""

    def parameters(self, actor: Actor) -> list[tuple[str, str]]:
        """The address of the list that the number counts."""
        said = [("state", state) for state in self.states]
        if self.due:
            said.append(("overdue", "yes") if self.due == "overdue" else ("due", self.due))
        if self.is_open is not None:
            said.append(("open", "yes" if self.is_open else "no"))
        if self.channel:
            said.append(("channel", self.channel))
        if self.mine and actor.unit_id is not None and actor.scope.level != "unit":
            said.append(("unit", street_map(actor.scope.tenant).units[actor.unit_id].code))
        return said

    def filter(self, actor: Actor) -> CaseFilter:
        """The same as a filter."""
        unit = actor.unit_id if self.mine and actor.scope.level != "unit" else None
        return CaseFilter(
            states=self.states,
            due=self.due,  # type: ignore[arg-type]
            is_open=self.is_open,
            unit=unit,
            channels=(self.channel,) if self.channel else (),
        )


READ_FIGURES: Final = "insight.read"

QUEUES: Final = (
    Queue("to_accept", later("待受理"), "inbox", (rules.ACCEPT,), (steps.RECEIVED, steps.REOPENED), key="s"),
    Queue("to_hand_out", later("待派单"), "send", (rules.HAND_OUT,), (steps.ACCEPTED,), key="p"),
    Queue("returned", later("退单"), "return", (rules.HAND_OUT,), (steps.RETURNED,), key="t"),
    Queue("to_acknowledge", later("待签收"), "sign", (rules.ACKNOWLEDGE,), (steps.HANDED_OUT,), mine=True, key="q"),
    Queue("working", later("办理中"), "work", (rules.WORK,), (steps.ACKNOWLEDGED, steps.IN_PROGRESS), mine=True, key="b"),
    Queue("to_check", later("待核查"), "handled", (rules.CHECK,), (steps.HANDLED,), key="h"),
    Queue("to_call_back", later("待回访"), "phone", (rules.CALL_BACK,), (steps.CHECKED,), key="f"),
    Queue("to_close", later("待结案"), "rate", (rules.CLOSE,), (steps.RATED,), key="j"),
)  # fmt: skip
CLOCKS: Final = (
    Queue("overdue", later("已超期"), "late", (rules.READ,), due="overdue", tone="late", key="o"),
    Queue("soon", later("即将超期"), "soon", (rules.READ,), due="soon", tone="soon", key="i"),
    Queue("waiting", later("待居民补充"), "wait", (rules.ASK, rules.CALL_BACK), (steps.WAITING,), key="w"),
    Queue("parked", later("挂账"), "pause", (rules.PARK, rules.HAND_OUT), (steps.PARKED,), key="g"),
)
ALL: Final = (
    Queue("parts", later("子件"), "list", (rules.SPLIT,), is_open=True, channel="split"),
    Queue("open", later("全部未结"), "tray", (rules.READ,), is_open=True, key="k"),
    Queue("every", later("全部诉求"), "list", (rules.READ,), key="a"),
)


@dataclass(frozen=True, slots=True)
class Counted:
    """A queue as this actor has it: how many, and where."""

    queue: Queue
    href: str
    count: int


@dataclass(frozen=True, slots=True)
class Group:
    """Queues under one heading."""

    title: str
    queues: list[Counted] = field(default_factory=list)


def has(actor: Actor, queue: Queue) -> bool:
    """Whether the queue is this actor's business."""
    return any(actor.has(permission) for permission in queue.needs)


def groups_of(actor: Actor) -> list[Group]:
    """The actor's queues with their counts; every count by one statement for all."""
    shown = [
        (title, [q for q in queues if has(actor, q)])
        for title, queues in ((_("待我办理"), QUEUES), (_("时限"), CLOCKS), (_("全部"), ALL))
    ]
    flat = [q for _title, queues in shown for q in queues]
    counts: Iterator[int] = iter(count_all(actor.scope, [q.filter(actor) for q in flat]))
    return [
        Group(title, [Counted(q, href(q, actor), next(counts)) for q in queues])
        for title, queues in shown
        if queues
    ]


def href(queue: Queue, actor: Actor) -> str:
    """The address of a queue's list."""
    words = urlencode(queue.parameters(actor))
    return reverse("desk_cases") + (f"?{words}" if words else "")


def title_of(actor: Actor, query: QueryDict) -> str | Promise:
    """The name of the queue that shows exactly these conditions, else nothing."""
    asked = sorted((name, value) for name, values in query.lists() for value in values)
    shown = (q for q in (*QUEUES, *CLOCKS, *ALL) if has(actor, q))
    return next((q.label for q in shown if sorted(q.parameters(actor)) == asked), "")


def rail(actor: Actor, here: str) -> list[dict[str, Any]]:
    """The rail of shared/desk.html; `here` is the address of this page."""
    at = urlsplit(here)
    place = (at.path, sorted(parse_qsl(at.query)))

    def item(label: str | Promise, address: str, icon: str, key: str = "", **more: Any) -> dict[str, Any]:
        there = urlsplit(address)
        current = (there.path, sorted(parse_qsl(there.query))) == place
        return {"label": label, "href": address, "icon": icon, "key": key, "is_current": current} | more

    if not actor.has(rules.READ):
        return [{"title": "", "items": [item(*page) for page in _administration(actor)]}]
    first = [item(_("我的工作"), reverse("desk_home"), "home", "m")]
    if actor.has(rules.ACKNOWLEDGE):
        first.append(item(_("收件箱"), reverse("desk_inbox"), "inbox", "v"))
    if actor.has(dispatch_rules.ANSWER_CALL):
        first.append(item(_("呼叫我们的"), reverse("desk_summons"), "voice", "u"))
    if actor.has(dispatch_rules.RAISE_CALL) or actor.has(dispatch_rules.DECIDE_CALL):
        first.append(item(_("办公室看板"), reverse("desk_office"), "people", "y"))
        first.append(item(_("呼叫"), reverse("desk_calls"), "voice", "l"))
    if actor.has(READ_FIGURES):
        first.append(item(_("总览"), reverse("screen_overview"), "chart", "z"))
        first.append(item(_("地图"), reverse("screen_map"), "map", "d"))
    first += [item(*page) for page in _closing(actor)]
    if actor.has(rules.HAND_OUT):
        first.append(item(_("外部答复"), reverse("desk_outside"), "send", "e"))
    if actor.has(RELEASE_RULES):
        first.append(item(_("派单规则"), reverse("desk_rules"), "list", "r"))
    first += [item(*page) for page in _of_chain(actor)]
    if actor.has(READ_TOPICS):
        first.append(item(_("热点话题"), reverse("desk_topics"), "burst"))
    if actor.has(rules.SET_LEARNING):
        first.append(item(_("分类学习"), reverse("desk_learning"), "book"))
    found: list[dict[str, Any]] = [{"title": "", "items": first}]
    for group in groups_of(actor):
        items = [
            item(c.queue.label, c.href, c.queue.icon, c.queue.key, count=c.count, tone=c.queue.tone)
            for c in group.queues
        ]
        items += [item(*page, **more) for page, more in _of_clocks(group, actor)]
        found.append({"title": group.title, "items": items})
    told = [item(*page) for page in _telling(actor)]
    return [*found, {"title": _("告知"), "items": told}] if told else found


def _of_clocks(group: Group, actor: Actor) -> list[tuple[_Page, dict[str, Any]]]:
    """Beside the queues of limits: what the actor was told is overdue, and the rules."""
    if group.title != _("时限"):
        return []
    waiting = unanswered_count(actor)
    mine: _Page = (_("待我督办"), reverse("desk_escalations"), "people", "y")
    return [
        (mine, {"count": waiting, "tone": "late" if waiting else ""}),
        ((_("时限规则"), reverse("desk_limits"), "book", ""), {}),
    ]


def _of_chain(actor: Actor) -> list[_Page]:
    """Who answers for what."""
    return [(_("六级挂包"), reverse("desk_chain"), "people", "")] if actor.has(READ_CHAIN) else []


def _telling(actor: Actor) -> list[_Page]:
    """Whom to telephone, and what was told to whom."""
    pages: list[_Page] = []
    if actor.has(rules.CALL_BACK):
        pages.append((_("电话任务"), reverse("desk_phone_tasks"), "phone", "l"))
    if actor.has(rules.HAND_OUT):
        pages.append((_("通知台账"), reverse("desk_ledger"), "book", "e"))
    if actor.has(MANAGE_WEBHOOKS):
        pages.append((_("事件推送"), reverse("desk_webhooks"), "send", ""))
    return pages


_Page = tuple[str, str, str, str]


def _closing(actor: Actor) -> list[_Page]:
    """Call-backs, reviews, checks on site: what a closure has to be earned with."""
    pages: list[tuple[bool, _Page]] = [
        (actor.has(rules.CALL_BACK), (_("回访"), reverse("desk_call_backs"), "phone", "")),
        (
            actor.has(rules.EXCLUDE) or actor.has(rules.DECIDE_EXCLUSION),
            (_("解释不计入"), reverse("desk_exclusions"), "explained", ""),
        ),
        (actor.has(rules.INSPECT), (_("现场抽查"), reverse("desk_inspections"), "check", "")),
    ]
    return [page for is_meant, page in pages if is_meant]


def _administration(actor: Actor) -> list[_Page]:
    pages: list[tuple[str, Callable[[], _Page]]] = [
        (MANAGE_ACCOUNTS, lambda: (_("账号和岗位"), reverse("desk_accounts"), "people", "a")),
        (READ_JOURNAL, lambda: (_("审计日志"), reverse("desk_audit"), "book", "a")),
        (MANAGE_STRUCTURE, lambda: (_("系统状况"), reverse("desk_system"), "chart", "a")),
        (MANAGE_STRUCTURE, lambda: (_("组织机构"), reverse("desk_units"), "unit", "u")),
        (MANAGE_STRUCTURE, lambda: (_("通知渠道"), reverse("desk_gateways"), "send", "w")),
        (MANAGE_CALENDAR, lambda: (_("工作日历"), reverse("desk_calendar"), "clock", "c")),
    ]
    return [page() for permission, page in pages if actor.has(permission)]
