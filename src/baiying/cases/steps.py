"""The lifecycle of a case, as one table. Buttons, the diagram in the docs and the walk-every-step test come from it.

Streets vary numbers and names (limits, categories, who checks), never this graph.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from baiying.cases import rules
from baiying.kit.lifecycle import RESUME, Lifecycle, State, Step

RECEIVED, ACCEPTED, DECLINED = "received", "accepted", "declined"
HANDED_OUT, ACKNOWLEDGED, RETURNED = "handed_out", "acknowledged", "returned"
IN_PROGRESS, WAITING, PARKED = "in_progress", "waiting", "parked"
HANDLED, CHECKED, RATED, CLOSED, REOPENED = "handled", "checked", "rated", "closed", "reopened"

# Number = the bucket under which insight counts the state; never reused for another meaning.
STATES = (
    State(RECEIVED, 1, _("已登记"), "Received"),
    State(ACCEPTED, 2, _("已受理"), "Accepted"),
    State(DECLINED, 3, _("不予受理"), "Declined"),
    State(HANDED_OUT, 4, _("已派单"), "Handed out"),
    State(ACKNOWLEDGED, 5, _("已签收"), "Acknowledged"),
    State(RETURNED, 6, _("已退单"), "Returned"),
    State(IN_PROGRESS, 7, _("办理中"), "In progress"),
    State(WAITING, 8, _("待居民补充"), "Waiting for reply"),
    State(PARKED, 9, _("挂账"), "Parked"),
    State(HANDLED, 10, _("已办结"), "Handled"),
    State(CHECKED, 11, _("已核查"), "Checked"),
    State(RATED, 12, _("已评价"), "Rated"),
    State(CLOSED, 13, _("已结案"), "Closed"),
    State(REOPENED, 14, _("已重开"), "Reopened"),
)
NUMBER = {s.code: s.number for s in STATES}
BY_NUMBER = {s.number: s.code for s in STATES}

ENDED = frozenset({DECLINED, CLOSED})
OPEN = frozenset(NUMBER) - ENDED
PAUSED = frozenset({WAITING, PARKED})
# The clock of handling runs from receipt until the unit reports the work done.
RUNNING = frozenset({RECEIVED, ACCEPTED, HANDED_OUT, ACKNOWLEDGED, RETURNED, IN_PROGRESS, REOPENED})
WITH_UNIT = frozenset({HANDED_OUT, ACKNOWLEDGED, IN_PROGRESS})
# In these steps the words are for the reporter; in all others they stay inside the house.
SPEAKS_TO_REPORTER = frozenset(
    {"decline", "ask", "answer", "park", "handle", "close", "reopen", "rate", "accept"}
    | {"handle_with_lead", "decline_with_lead"}
)
# Of a case that is merged into another, work is done on that one; only these steps are still its own.
OF_A_MERGED_CASE = frozenset({"answer", "stop_waiting", "rate", "go_unrated", "reopen"})

_OFFICE = (RECEIVED, REOPENED)

LIFECYCLE = Lifecycle(
    states=STATES,
    start=RECEIVED,
    steps=(
        Step("accept", _OFFICE, ACCEPTED, rules.ACCEPT, event="cases.accepted", label=_("受理"), likely=1),
        Step("decline", (*_OFFICE, ACCEPTED), DECLINED, rules.DECLINE, needs=("reason", "text"), event="cases.declined",
             label=_("不予受理并说明"), likely=8),
        Step("hand_out", (ACCEPTED, RETURNED), HANDED_OUT, rules.HAND_OUT, needs=("unit",), event="cases.handed_out",
             label=_("派给单位"), likely=1),
        Step("recall", (HANDED_OUT, ACKNOWLEDGED, IN_PROGRESS), ACCEPTED, rules.RECALL, needs=("text",),
             event="cases.recalled", label=_("撤回派单"), likely=8),
        Step("acknowledge", (HANDED_OUT,), ACKNOWLEDGED, rules.ACKNOWLEDGE, event="cases.acknowledged", label=_("签收"),
             guard="unit_has_it", likely=1),
        Step("return", (HANDED_OUT, ACKNOWLEDGED), RETURNED, rules.ACKNOWLEDGE, needs=("reason", "text"),
             event="cases.returned", label=_("退回并说明"), guard="may_return", likely=6),
        Step("start", (ACKNOWLEDGED,), IN_PROGRESS, rules.WORK, event="cases.started", label=_("开始办理"),
             guard="unit_has_it", likely=1),
        Step("ask", (RECEIVED, ACCEPTED, ACKNOWLEDGED, IN_PROGRESS, REOPENED), WAITING, rules.ASK, needs=("text",),
             event="cases.question_asked", label=_("请居民补充"), likely=5),
        Step("answer", (WAITING,), RESUME, rules.NOTE, needs=("text",), event="cases.question_answered",
             label=_("补充说明"), by=("reporter", "staff"), likely=1),
        Step("stop_waiting", (WAITING,), RESUME, rules.ASK, event="cases.question_unanswered", label=_("不再等待"),
             by=("staff", "system"), likely=6),
        Step("park", (ACKNOWLEDGED, IN_PROGRESS), PARKED, rules.PARK, needs=("reason", "text", "until"),
             event="cases.parked", label=pgettext_lazy("step", "挂账"), guard="unit_has_it", likely=7),
        Step("unpark", (PARKED,), RESUME, rules.PARK, event="cases.unparked", label=_("恢复办理"),
             by=("staff", "system"), likely=1),
        Step("handle", (ACKNOWLEDGED, IN_PROGRESS), HANDLED, rules.HANDLE, needs=("text", "outcome", "proof"),
             event="cases.handled", label=pgettext_lazy("step", "办结"), guard="unit_has_it", likely=2),
        Step("send_back", (HANDLED,), IN_PROGRESS, rules.CHECK, needs=("text",), event="cases.sent_back",
             label=_("未解决，退回再办"), guard="somebody_else", likely=4),
        Step("check", (HANDLED,), CHECKED, rules.CHECK, event="cases.checked", label=_("核查属实"),
             guard="somebody_else", likely=1),
        Step("inspect", (HANDLED,), CHECKED, rules.INSPECT, event="cases.inspected", label=_("抽查属实"),
             guard="drawn_for_it", likely=3),
        Step("find_unsolved", (HANDLED, CHECKED, RATED, CLOSED), REOPENED, rules.INSPECT, needs=("text",),
             event="cases.found_unsolved", label=_("抽查发现问题仍在，提级重办"), guard="drawn_for_it", likely=6),
        Step("rate", (CHECKED,), RATED, rules.CALL_BACK, needs=("rating", "contacted", "solved"), event="cases.rated",
             label=_("登记回访结果"), by=("reporter", "staff"), likely=1),
        Step("go_unrated", (CHECKED,), RATED, rules.CALL_BACK, event="cases.unrated", label=_("联系不上，未评价"),
             by=("staff", "system"), likely=5),
        Step("close", (RATED,), CLOSED, rules.CLOSE, needs=("outcome",), event="cases.closed", label=pgettext_lazy("step", "结案"), likely=1),
        # A part of a case (cases.splitting) ends with the whole, from wherever it is.
        Step("close_with_whole", (*_OFFICE, ACCEPTED, HANDED_OUT, ACKNOWLEDGED, RETURNED, IN_PROGRESS, WAITING, PARKED, HANDLED,
             CHECKED, RATED), CLOSED, rules.CLOSE, needs=("text",), event="cases.closed_with_whole", label=_("随原件一起结案"),
             by=("system",), likely=9),
        # A case that is merged into another (cases.together) gets the answer, the check and the end of that one.
        Step("handle_with_lead", (*_OFFICE, ACCEPTED, HANDED_OUT, ACKNOWLEDGED, RETURNED, IN_PROGRESS, WAITING, PARKED), HANDLED,
             rules.HANDLE, needs=("text",), event="cases.handled_with_lead", label=_("随主件一起办结"), by=("system",), likely=9),
        Step("decline_with_lead", (*_OFFICE, ACCEPTED, HANDED_OUT, ACKNOWLEDGED, RETURNED, IN_PROGRESS, WAITING, PARKED), DECLINED,
             rules.DECLINE, needs=("text",), event="cases.declined_with_lead", label=_("随主件一起答复"), by=("system",), likely=9),
        Step("check_with_lead", (HANDLED,), CHECKED, rules.CHECK, event="cases.checked_with_lead", label=_("随主件一起核查"),
             by=("system",), likely=9),
        Step("close_with_lead", (RATED,), CLOSED, rules.CLOSE, event="cases.closed_with_lead", label=_("随主件一起结案"),
             by=("system",), likely=9),
        Step("reopen", (RATED, CLOSED, DECLINED), REOPENED, rules.REOPEN, needs=("text",), event="cases.reopened",
             label=_("重新办理"), by=("reporter", "staff"), guard="may_reopen", likely=7),
        Step("reopen_higher", (RATED,), REOPENED, rules.REOPEN, event="cases.reopened_higher", label=_("提级重办"),
             by=("system",), likely=9),
    ),
)  # fmt: skip
