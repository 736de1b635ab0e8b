"""A case as a letter to whoever reported it: what it is about, who has it, by when, and what is asked of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import pgettext, pgettext_lazy

from baiying.cases import steps, together, tracking, wording
from baiying.cases.clocks import FEEDBACK, due_of
from baiying.cases.models import Case, Line
from baiying.doors.shared.names import name_of
from baiying.doors.shared.words import say_date, say_when
from baiying.kit import clock
from baiying.kit.calendar import Due
from baiying.org.queries import street_map


@dataclass(slots=True)
class Letter:
    """The first sentence, what else is to be said, who signs; next: what comes now and by when."""

    opening: str
    paragraphs: list[str] = field(default_factory=list)
    sign: str = ""
    next_what: str = ""
    next_by: Due | None = None
    next_who: str = ""


OPENINGS: Final = {
    steps.RECEIVED: later("您 %(day)s反映的“%(what)s”，我们已经收到，%(next)s 前会告诉您是否受理。"),
    steps.ACCEPTED: later("您 %(day)s反映的“%(what)s”，我们已经受理，正在安排单位来办，%(promise)s。"),
    steps.RETURNED: later(
        "您 %(day)s反映的“%(what)s”，正在另外安排单位来办，答应您的时间不变：%(promise)s。"
    ),
    steps.HANDED_OUT: later("您 %(day)s反映的“%(what)s”，已经派给%(unit)s，%(due)s。"),
    steps.ACKNOWLEDGED: later("您 %(day)s反映的“%(what)s”，%(unit)s已经接到，%(due)s。"),
    steps.IN_PROGRESS: later("您 %(day)s反映的“%(what)s”，%(unit)s正在办，%(due)s。"),
    steps.WAITING: later("您 %(day)s反映的“%(what)s”，有一点情况要请您补充。您一回答，我们马上接着办。"),
    steps.PARKED: later("您 %(day)s反映的“%(what)s”，暂时还办不了，%(next)s 前会接着办。"),
    steps.HANDLED: later("您 %(day)s反映的“%(what)s”，%(unit)s已经办完，正由另一位工作人员核查。"),
    steps.CHECKED: later("您 %(day)s反映的“%(what)s”，已经办完并核查过。办得怎么样，请您说一句。"),
    steps.RATED: later("您 %(day)s反映的“%(what)s”，已经办完，正在结案。"),
    steps.REOPENED: later("您 %(day)s反映的“%(what)s”，已经重新办理，%(next)s 前会告诉您怎么安排。"),
    steps.DECLINED: later("您 %(day)s反映的“%(what)s”，很抱歉，我们办不了。理由和可以找谁，写在下面。"),
}
CLOSED: Final = {
    "solved": later("您 %(day)s反映的“%(what)s”，已经解决，%(closed)s结案。谢谢您告诉我们。"),
    "explained": later("您 %(day)s反映的“%(what)s”，我们已经向您解释说明，%(closed)s结案。"),
    "unsolved": later("您 %(day)s反映的“%(what)s”，这次没能解决，我们如实记下，%(closed)s结案。"),
}
NEXT: Final = {
    steps.RECEIVED: later("告诉您是否受理"),
    steps.REOPENED: later("重新安排单位"),
    steps.ACCEPTED: later("安排单位来办"),
    steps.RETURNED: later("另外安排单位"),
    steps.HANDED_OUT: later("承办单位接单"),
    FEEDBACK: later("先告诉您办得怎么样了"),
    steps.ACKNOWLEDGED: later("办好并答复您"),
    steps.IN_PROGRESS: later("办好并答复您"),
    steps.WAITING: later("等您补充；到期没有补充，就按已知的情况办"),
    steps.PARKED: later("条件具备后接着办"),
    steps.HANDLED: later("核查办得怎么样"),
    steps.CHECKED: later("等您评价；到期没有评价，就按核查结果结案"),
    steps.RATED: pgettext_lazy("next", "结案"),
}


def letter(case: Case, lines: list[Line]) -> Letter:
    """The case in the words of a letter, in the reader's language; from public lines only."""
    street = street_map(case.tenant_id)
    unit = street.units.get(case.unit_id or _unit_of_lead(lines))
    community = street.units.get(case.community_id or 0)
    coming = tracking.next_step(case, lines)
    next_by = coming.due
    opening = (
        CLOSED.get(case.outcome, CLOSED["explained"]) if case.state == steps.CLOSED else OPENINGS[case.state]
    )
    told = Letter(
        opening=str(opening)
        % {
            "day": _day(case.received_at),
            "what": name_of(case.category),
            "unit": name_of(unit) if unit else _("承办单位"),
            "next": _by(next_by) if next_by else "",
            "promise": _promise(case),
            "due": _due(case),
            "closed": _day(case.closed_at) if case.closed_at else "",
        },
        sign=name_of(community or street.root),
    )
    if case.merged_into_id is not None and case.state in steps.RUNNING:
        told.opening = _together(case)
        return told
    told.paragraphs = [*_raised(case, lines), *_apology(case), *_answers(case, lines)]
    if case.state in NEXT:
        told.next_what, told.next_by = str(NEXT[coming.what]), next_by
        told.next_who = name_of(unit) if unit and case.state in steps.WITH_UNIT else ""
    return told


def _together(case: Case) -> str:
    """Of a merged case the work is its lead's: how far that is, and nothing else of it."""
    lead = together.lead_state(case)
    said = {
        "day": _day(case.received_at), "what": name_of(case.category), "promise": _promise(case),
        "state": steps.LIFECYCLE.state(lead).label if lead else "",
    }  # fmt: skip
    return (
        _(
            "您 %(day)s反映的“%(what)s”，还有别人反映的是同一件事，正合在一起办，现在“%(state)s”，%(promise)s。"
            "答复会写在这里，由您自己评价。"
        )
        % said
    )


def _day(moment: datetime) -> str:
    return say_date(timezone.localdate(moment))


def _promise(case: Case) -> str:
    if case.due_at < clock.now():
        return _("原定 %(by)s 前答复您") % {"by": say_when(case.due_at)}
    said = pgettext("in a sentence", "最晚 %(by)s 前答复您") % {"by": say_when(case.due_at)}
    return said + _estimated(case)


def _due(case: Case) -> str:
    if case.due_at < clock.now():
        return _("原定 %(by)s 前办好") % {"by": say_when(case.due_at)}
    return _("预计 %(by)s 前办好") % {"by": say_when(case.due_at)} + _estimated(case)


def _estimated(case: Case) -> str:
    return _("（该年度放假安排尚未公布，时间是预计的）") if due_of(case).is_estimated else ""


def _by(due: Due) -> str:
    """The date; where it rests on holidays that are not announced, it says so. Why stands with the last entry below."""
    said = say_when(due.at)
    return _("预计 %(when)s") % {"when": said} if due.is_estimated else said


def _raised(case: Case, lines: list[Line]) -> list[str]:
    """Why it is being handled once more, and who sees to it now."""
    last = next((line for line in reversed(lines) if steps.LIFECYCLE.step(line.step)), None)
    if last is None or last.step not in ("find_unsolved", "reopen_higher"):
        return []
    return [_("%(what)s。") % {"what": wording.say_line(last, "reporter")}]


def _apology(case: Case) -> list[str]:
    if case.state not in steps.RUNNING or case.due_at >= clock.now():
        return []
    return [_("答应您的时间已经过了，很抱歉让您久等。我们在催办；您也可以拨打 12345，报受理编号催问。")]


def _answers(case: Case, lines: list[Line]) -> list[str]:
    """What the office wrote to the reporter, where the present state rests on it."""
    speaking = {
        steps.PARKED: ("park",),
        steps.DECLINED: ("decline",),
        steps.HANDLED: ("handle",),
        steps.CHECKED: ("handle",),
        steps.RATED: ("handle",),
        steps.CLOSED: ("handle", "close"),
    }.get(case.state, ())
    told: list[str] = []
    for step in speaking:
        line = _last(lines, step, f"{step}_with_lead")
        if line is not None and line.text and line.text not in told:
            told.append(line.text)
        if line is not None and step == "decline" and (who := wording.who_can_help(line)):
            told.append(_("可以找谁：%(who)s") % {"who": who})
    return told


def _last(lines: list[Line], *names: str) -> Line | None:
    return next((line for line in reversed(lines) if line.step in names), None)


def _unit_of_lead(lines: list[Line]) -> int:
    """Who answered for all, where this case was merged and had no unit of its own; 0 for nobody."""
    line = _last(lines, "handle_with_lead")
    return (line.unit_id or 0) if line is not None else 0
