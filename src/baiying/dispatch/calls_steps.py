"""The lifecycles of a call and of a summons, as two tables. Buttons, docs and the walk-every-step test come from them."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from baiying.dispatch import rules
from baiying.kit.lifecycle import Lifecycle, State, Step

ASKED, OPEN, ENDED, WITHDRAWN, TURNED_DOWN = "asked", "open", "ended", "withdrawn", "turned_down"

CALL: Final = Lifecycle(
    states=(
        State(ASKED, 1, _("待街道发出"), "Waiting for the street's office"),
        State(OPEN, 2, pgettext_lazy("call", "进行中"), "Open"),
        State(ENDED, 3, pgettext_lazy("call", "已结束"), "Ended"),
        State(WITHDRAWN, 4, pgettext_lazy("call", "已撤回"), "Withdrawn"),
        State(TURNED_DOWN, 5, _("街道未发出"), "Turned down by the street's office"),
    ),
    start=ASKED,
    steps=(
        Step("issue", (ASKED,), OPEN, rules.DECIDE_CALL, event="dispatch.call_raised", guard="is_street",
             label=_("发出呼叫"), likely=1),
        Step("turn_down", (ASKED,), TURNED_DOWN, rules.DECIDE_CALL, needs=("text",), event="dispatch.call_turned_down",
             guard="is_street", label=_("不发出并说明"), likely=6),
        Step("end", (OPEN,), ENDED, rules.RAISE_CALL, needs=("text",), event="dispatch.call_ended",
             guard="nobody_missing", label=_("结束呼叫"), likely=2),
        Step("withdraw", (ASKED, OPEN), WITHDRAWN, rules.RAISE_CALL, needs=("text",), event="dispatch.call_withdrawn",
             guard="is_caller", label=_("撤回呼叫"), likely=8),
    ),
)  # fmt: skip

WAITING, CALLED, ACKNOWLEDGED, ARRIVED, REPORTED = "waiting", "called", "acknowledged", "arrived", "reported"
OBJECTED, REFUSED, REFERRED = "objected", "refused", "referred"
EXCUSED, ABSENT, CANCELLED = "excused", "absent", "cancelled"

SUMMONS: Final = Lifecycle(
    states=(
        State(WAITING, 1, _("待发出"), "Not sent out yet"),
        State(CALLED, 2, _("待应答"), "Called"),
        State(ACKNOWLEDGED, 3, _("已应答"), "Acknowledged"),
        State(ARRIVED, 4, _("已到场"), "Arrived"),
        State(REPORTED, 5, _("已报告"), "Reported"),
        State(OBJECTED, 6, _("有异议"), "Objected"),
        State(REFUSED, 7, _("拒绝到场"), "Refused"),
        State(REFERRED, 8, _("已报区里"), "Referred to the district"),
        State(EXCUSED, 9, _("不必到场"), "Excused"),
        State(ABSENT, 10, _("未到场"), "Absent"),
        State(CANCELLED, 11, pgettext_lazy("summons", "已取消"), "Cancelled"),
    ),
    start=WAITING,
    steps=(
        Step("call", (WAITING,), CALLED, rules.RAISE_CALL, by=("system",), event="dispatch.summons_called",
             label=pgettext_lazy("step", "呼叫")),
        Step("acknowledge", (CALLED,), ACKNOWLEDGED, rules.ANSWER_CALL, needs=("expected_at",), guard="is_called",
             event="dispatch.summons_acknowledged", label=_("应答，说明何时到"), likely=1),
        Step("change_time", (ACKNOWLEDGED,), ACKNOWLEDGED, rules.ANSWER_CALL, needs=("expected_at", "text"),
             guard="is_called", event="dispatch.summons_time_changed", label=_("改到场时间"), likely=4),
        Step("object", (CALLED,), OBJECTED, rules.ANSWER_CALL, needs=("text",), guard="may_object",
             event="dispatch.summons_objected", label=_("提出异议"), likely=6),
        Step("uphold", (OBJECTED,), EXCUSED, rules.DECIDE_CALL, needs=("text",), guard="may_decide",
             event="dispatch.summons_excused", label=_("异议成立，不必到场"), likely=2),
        Step("overrule", (OBJECTED,), CALLED, rules.DECIDE_CALL, needs=("text",), guard="may_decide",
             event="dispatch.summons_overruled", label=_("异议不成立，请到场"), likely=2),
        Step("refuse", (CALLED, ACKNOWLEDGED), REFUSED, rules.ANSWER_CALL, needs=("text",), guard="is_itself",
             event="dispatch.call_refused", label=_("不能到场并说明"), likely=8),
        Step("insist", (REFUSED,), CALLED, rules.DECIDE_REFUSAL, needs=("text",), guard="is_street",
             event="dispatch.summons_insisted", label=_("仍须到场"), likely=1),
        Step("accept_refusal", (REFUSED,), EXCUSED, rules.DECIDE_REFUSAL, needs=("text",), guard="is_street",
             event="dispatch.summons_excused", label=_("同意不到场"), likely=2),
        Step("refer", (REFUSED,), REFERRED, rules.DECIDE_REFUSAL, needs=("text",), guard="is_street",
             event="dispatch.summons_referred", label=_("报区里处理"), likely=5),
        Step("arrive", (CALLED, ACKNOWLEDGED), ARRIVED, rules.RAISE_CALL, needs=("arrived_at",), guard="is_caller",
             event="dispatch.summons_arrived", label=_("确认到场"), likely=1),
        Step("report", (ARRIVED,), REPORTED, rules.ANSWER_CALL, needs=("text",), guard="is_called",
             event="dispatch.summons_reported", label=_("报告办了什么"), likely=1),
        Step("release", (CALLED, ACKNOWLEDGED), EXCUSED, rules.RAISE_CALL, needs=("text",), guard="is_caller",
             event="dispatch.summons_excused", label=_("告知不必到场"), likely=6),
        Step("mark_absent", (CALLED, ACKNOWLEDGED, REFUSED), ABSENT, rules.RAISE_CALL, needs=("text",),
             guard="is_caller", event="dispatch.summons_absent", label=_("记未到场及原因"), likely=7),
        Step("cancel", (WAITING, CALLED, ACKNOWLEDGED, OBJECTED, REFUSED), CANCELLED, rules.RAISE_CALL, by=("system",),
             event="dispatch.summons_cancelled", label=pgettext_lazy("step", "取消")),
    ),
)  # fmt: skip

# Who has not come and of whom nothing is settled: with such a summons a call cannot end.
MISSING: Final = frozenset({CALLED, ACKNOWLEDGED, OBJECTED, REFUSED})
CAME: Final = frozenset({ARRIVED, REPORTED})
# What the caller may write down for a unit that answered by telephone.
BY_TELEPHONE: Final = frozenset({"acknowledge", "change_time", "report"})
