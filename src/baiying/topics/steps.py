"""The lifecycle of a topic as a table."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from baiying.kit.lifecycle import Lifecycle, State, Step
from baiying.topics import rules

PROPOSED, OPEN, MEASURED, CLOSED, DISMISSED = "proposed", "open", "measured", "closed", "dismissed"
AT_WORK: Final = (OPEN, MEASURED)
ENDED: Final = (CLOSED, DISMISSED)

TOPIC: Final = Lifecycle(
    states=(
        State(PROPOSED, 1, _("待立项"), "Proposed"),
        State(OPEN, 2, pgettext_lazy("topic", "治理中"), "Open"),
        State(MEASURED, 3, _("已采取措施"), "Measure taken"),
        State(CLOSED, 4, _("已销项"), "Closed"),
        State(DISMISSED, 5, _("不立项"), "Dismissed"),
    ),
    start=PROPOSED,
    steps=(
        Step("open", (PROPOSED,), OPEN, rules.MANAGE, needs=("owner",), event="topics.opened",
             label=_("立项，定责任人"), likely=1),
        Step("dismiss", (PROPOSED,), DISMISSED, rules.MANAGE, needs=("text",), event="topics.dismissed",
             label=_("不立项，说明理由"), likely=6),
        Step("hand_over", (OPEN,), OPEN, rules.MANAGE, needs=("owner",), event="topics.handed_over",
             label=_("换责任人"), likely=6),
        Step("take_measure", AT_WORK, MEASURED, rules.WORK, needs=("text", "day"), event="topics.measure_taken",
             guard="is_owner", label=_("登记采取的措施"), likely=1),
        Step("close", (MEASURED,), CLOSED, rules.MANAGE, needs=("text",), event="topics.closed", guard="is_late_enough",
             label=_("销项，写明效果"), likely=2),
        Step("reopen", ENDED, OPEN, rules.MANAGE, needs=("text", "owner"), event="topics.reopened",
             label=_("重新立项"), likely=7),
        Step("propose_again", ENDED, PROPOSED, rules.MANAGE, event="topics.proposed_again", by=("system",),
             label=_("又多了，再次提出")),
    ),
)  # fmt: skip
