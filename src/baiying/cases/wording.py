"""What a line of the timeline says, in one sentence: for colleagues exactly, for the reporter in plainer words.

Words only; icons and colours belong to the doors. The words that somebody wrote (`Line.text`, `inner`) are not
repeated here, a page shows them below the sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from baiying.cases import catalogue, closure_wording, merging_wording, reference
from baiying.cases.models import Line
from baiying.cases.named import CHANNELS, OUTCOMES, RATINGS, RESULTS, unit_name
from baiying.kit.calendar import ZONE
from baiying.kit.language import is_english
from baiying.kit.refusals import Words
from baiying.org.queries import street_map

__all__ = ["CHANNELS", "OUTCOMES", "RATINGS", "RESULTS"]  # handed on, besides what is defined here

METHODS, SAMPLE_RESULTS = closure_wording.METHODS, closure_wording.SAMPLE_RESULTS
uncounted_name = closure_wording.uncounted_name
Reader = Literal["staff", "reporter"]


def say_line(line: Line, reader: Reader) -> str:
    """The sentence of a line, in the language now active."""
    said = (_FOR_REPORTER if reader == "reporter" else {}).get(line.step) or _FOR_STAFF.get(line.step)
    return said(line) if said else line.step


def who_of(line: Line, reader: Reader) -> str:
    """Who did it. The reporter is told the unit and never a name; staff are told both."""
    if line.actor_kind == "reporter":
        return _("您") if reader == "reporter" else _("居民")
    unit = unit_name(line)
    if line.actor_kind == "system":
        # The lead's answer reached this case by itself; to its reporter it is the word of the unit that gave it.
        is_answer = reader == "reporter" and line.step.endswith("_with_lead")
        return unit if is_answer and unit else _("系统")
    if reader == "reporter":
        return unit
    return " ".join(part for part in (unit, line.actor_name) if part)


def inner_word(line: Line) -> str:
    """What was written for colleagues only; never shown to the reporter."""
    return str(line.data.get("inner", ""))


def reason_name(code: str) -> str:
    """A listed reason in the reader's language; a free text stays as it is."""
    reason = catalogue.reason(code)
    if reason is None:
        return code
    return reason.name_en if is_english() and reason.name_en else reason.name


def who_can_help(line: Line) -> str:
    """For a declined request: who can help instead; "" when the reason names nobody."""
    reason = catalogue.reason(line.data.get("reason", ""))
    if reason is None:
        return ""
    return (reason.who_can_help_en if is_english() else "") or reason.who_can_help


def say_moment(moment: datetime | str | None) -> str:
    """11月26日 18:00, in the street's time."""
    if not moment:
        return ""
    at = (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).astimezone(ZONE)
    return f"{_say_day(at.date())} {at:%H:%M}"


def _new_due(said: Mapping[str, Any]) -> str:
    """A limit that was moved, as it was known then: estimated, where the holidays of that year were not announced."""
    due = say_moment(said["due"][1])
    return _("%(due)s（预计，该年度放假安排尚未公布）") % {"due": due} if said.get("is_estimated") else due


def _say_day(day: date | str) -> str:
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{day.day} {day:%b}" if is_english() else f"{day.month}月{day.day}日"


def _handed_to(line: Line) -> str:
    unit = street_map(line.tenant_id).by_code.get(line.data.get("unit", ""))
    if unit is not None and is_english() and unit.name_en:
        return unit.name_en
    return str(line.data.get("unit_name", ""))


def category_name(code: str) -> str:
    """A category by its code, in the reader's language."""
    ids = catalogue.ids_of([code])
    held = catalogue.category(ids[-1]) if ids else None
    if held is None:
        return code
    return held.name_en if is_english() and held.name_en else held.name


def kind_name(code: str) -> str:
    """求助, 投诉 … in the reader's language."""
    row = reference.KINDS.get(code)
    return code if row is None else row["name_en"] if is_english() else row["name"]


def _plain(text: Words) -> Callable[[Line], str]:
    return lambda line: str(text)


def _by_unit(text: Words) -> Callable[[Line], str]:
    return lambda line: str(text) % {"unit": unit_name(line)}


def _with_reason(text: Words, short: Words) -> Callable[[Line], str]:
    def say(line: Line) -> str:
        reason = reason_name(line.data.get("reason", ""))
        return str(text) % {"reason": reason} if reason else str(short)

    return say


def _receive(line: Line) -> str:
    channel = CHANNELS.get(line.data.get("channel", ""))
    return _("登记诉求（%(channel)s）") % {"channel": channel} if channel else _("登记诉求")


def _accept(line: Line) -> str:
    changed = _changes({k: v for k, v in line.data.items() if k in ("category", "kind")} | _urgency(line))
    return _("受理，%(changes)s") % {"changes": changed} if changed else pgettext("timeline", "受理")


def _urgency(line: Line) -> dict[str, Any]:
    """What accepting says of it: a change, or that it is urgent indeed; that the others are not goes without saying."""
    said = line.data.get("urgency")
    return {"urgency": said} if said and any(said) else {}


def urgency_name(is_urgent: bool) -> str:
    """紧急 or 不紧急."""
    return _("紧急") if is_urgent else _("不紧急")


def _hand_out(line: Line) -> str:
    due = say_moment(line.data.get("due_at"))
    if not due:
        return _("派给 %(unit)s") % {"unit": _handed_to(line)}
    return _("派给 %(unit)s，请于 %(due)s 前办结") % {"unit": _handed_to(line), "due": due}


def _hand_out_to_reporter(line: Line) -> str:
    return _("已交给%(unit)s办理") % {"unit": _handed_to(line)}


def _supported(text: Words) -> Callable[[Line], str]:
    return lambda line: str(text) % {"unit": _handed_to(line)}


def _split(line: Line) -> str:
    said = {"part": line.data.get("part", ""), "category": category_name(line.data.get("category", ""))}
    return _("拆出子件 %(part)s：%(category)s") % said


def _split_for_reporter(line: Line) -> str:
    return _("这件事里的“%(category)s”分出来单独办") % {
        "category": category_name(line.data.get("category", ""))
    }


def _support_out(line: Line) -> str:
    due = say_moment(line.data.get("due_at"))
    said = {"unit": _handed_to(line), "due": due or "—"}
    return _("请 %(unit)s 协办，请于 %(due)s 前办完") % said


def _support_return(line: Line) -> str:
    said = {"unit": _handed_to(line), "reason": reason_name(line.data.get("reason", ""))}
    return _("%(unit)s退回协办：%(reason)s") % said


def _support_result(line: Line) -> str:
    said = {"unit": _handed_to(line), "result": RESULTS.get(line.data.get("result", ""), "")}
    return _("%(unit)s报协办结果：%(result)s") % said


def _extend(line: Line) -> str:
    said = {"due": _new_due(line.data), "reason": reason_name(line.data.get("reason", ""))}
    return _("期限延长到 %(due)s：%(reason)s") % said


def _mark_hard(line: Line) -> str:
    said = {"due": _new_due(line.data), "reason": reason_name(line.data.get("reason", ""))}
    return _("认定为疑难，时限改为 %(due)s：%(reason)s") % said


def _mark_hard_for_reporter(line: Line) -> str:
    said = {"due": _new_due(line.data), "reason": reason_name(line.data.get("reason", ""))}
    return _("这件事比较难办（%(reason)s），要多用些时间，%(due)s 前答复您") % said


def _resumed(text: Words) -> Callable[[Line], str]:
    def say(line: Line) -> str:
        due = line.data.get("due")
        if not due or due[0][:16] == due[1][:16]:
            return str(text)
        return _("%(what)s，期限顺延到 %(due)s") % {"what": text, "due": _new_due(line.data)}

    return say


def _park(line: Line) -> str:
    day = line.data.get("until")
    return _("挂账到 %(day)s：%(reason)s") % {
        "day": _say_day(day) if day else "—",
        "reason": reason_name(line.data.get("reason", "")),
    }


def _park_for_reporter(line: Line) -> str:
    day = line.data.get("until")
    said = {"day": _say_day(day) if day else "—", "reason": reason_name(line.data.get("reason", ""))}
    return _("暂时还办不了：%(reason)s。%(day)s 前会接着办") % said


def _handle(line: Line) -> str:
    said = _("办结：%(outcome)s") % {"outcome": OUTCOMES.get(line.data.get("outcome", ""), "")}
    no_photo = reason_name(line.data.get("no_photo_reason", ""))
    return _("%(what)s；没有照片：%(reason)s") % {"what": said, "reason": no_photo} if no_photo else said


def _handle_for_reporter(line: Line) -> str:
    said = {"unit": unit_name(line), "outcome": OUTCOMES.get(line.data.get("outcome", ""), "")}
    return _("%(unit)s答复：%(outcome)s") % said


def _rate(line: Line) -> str:
    said: dict[str, Words] = {"rating": RATINGS.get(line.data.get("rating", ""), "")}
    if line.actor_kind == "reporter":
        return _("居民评价：%(rating)s") % said
    said["contacted"] = _("已联系上") if line.data.get("contacted") else _("没有联系上")
    said["solved"] = _("已解决") if line.data.get("solved") else _("没有解决")
    return _("回访：%(contacted)s，%(solved)s，%(rating)s") % said


def _rate_for_reporter(line: Line) -> str:
    said = {"rating": RATINGS.get(line.data.get("rating", ""), "")}
    if line.actor_kind == "reporter":
        return _("您的评价：%(rating)s") % said
    return _("工作人员回访，记下您的评价：%(rating)s") % said


def _close(line: Line) -> str:
    return _("结案：%(outcome)s") % {"outcome": OUTCOMES.get(line.data.get("outcome", ""), "")}


def _photo(line: Line) -> str:
    count = int(line.data.get("count", 1))
    return ngettext("补充了 %(n)d 张照片", "补充了 %(n)d 张照片", count) % {"n": count}


def _note(line: Line) -> str:
    return _("给居民的说明") if line.is_public else _("内部记录")


def _call(line: Line) -> str:
    return _("召集有关单位（呼叫 %(number)s）") % {"number": line.data.get("number", "")}


def _call_for_reporter(line: Line) -> str:
    if line.data.get("by_street"):
        return _("街道已召集有关单位联合处理")
    return _("社区已召集有关人员联合处理")


def _correct(line: Line) -> str:
    return _changes(line.data.get("changes", {})) or _("更正")


def _changes(changes: Mapping[str, Any]) -> str:
    """更正类别：路灯不亮 → 井盖缺失；更正地点 …"""
    names: dict[str, tuple[str, Callable[[Any], str]]] = {
        "category": (_("类别"), category_name),
        "kind": (_("性质"), kind_name),
        "urgency": (_("紧急程度"), urgency_name),
        "area": (_("所属网格"), str),
        "place": (_("地点描述"), str),
    }
    parts = [
        _("%(what)s由“%(old)s”更正为“%(new)s”")
        % {"what": what, "old": say(changes[key][0]) or "—", "new": say(changes[key][1]) or "—"}
        for key, (what, say) in names.items()
        if key in changes and not (key == "urgency" and changes[key][0] == changes[key][1])
    ]
    if "urgency" in changes and changes["urgency"][0] == changes["urgency"][1]:
        parts.append(_("确认紧急") if changes["urgency"][1] else _("确认不紧急"))
    if "point" in changes and "area" not in changes:
        parts.append(_("更正了地图上的位置"))
    if changes.get("due"):
        parts.append(_("期限改为 %(due)s") % {"due": _new_due(changes)})
    return _("；").join(parts)


_FOR_STAFF: dict[str, Callable[[Line], str]] = (
    closure_wording.FOR_STAFF
    | merging_wording.FOR_STAFF
    | {
        "receive": _receive,
        "accept": _accept,
        "decline": _with_reason(later("不予受理：%(reason)s"), later("不予受理")),
        "hand_out": _hand_out,
        "recall": _plain(pgettext_lazy("timeline", "撤回派单")),
        "acknowledge": _plain(pgettext_lazy("timeline", "签收")),
        "return": _with_reason(later("退单：%(reason)s"), pgettext_lazy("timeline", "退单")),
        "start": _plain(pgettext_lazy("timeline", "开始办理")),
        "ask": _plain(later("请居民补充，暂停计时")),
        "answer": _resumed(pgettext_lazy("timeline", "补充说明")),
        "stop_waiting": _resumed(later("没有等到补充，按已知情况继续办理")),
        "park": _park,
        "unpark": _resumed(pgettext_lazy("timeline", "恢复办理")),
        "handle": _handle,
        "send_back": _plain(later("核查未通过，退回再办")),
        "check": _plain(pgettext_lazy("timeline", "核查属实")),
        "rate": _rate,
        "go_unrated": _plain(later("联系不上居民，记为未评价")),
        "close": _close,
        "reopen": _with_reason(later("重新办理：%(reason)s"), pgettext_lazy("timeline", "重新办理")),
        "note": _note,
        "photo": _photo,
        "correct": _correct,
        "split": _split,
        "close_with_whole": _plain(later("随原件一起结案")),
        "support_out": _support_out,
        "support_ack": _supported(later("%(unit)s签收协办单")),
        "support_return": _support_return,
        "support_result": _support_result,
        "support_cancel": _supported(later("不再请%(unit)s协办")),
        "call": _call,
        "extend": _extend,
        "mark_hard": _mark_hard,
    }
)
_FOR_REPORTER: dict[str, Callable[[Line], str]] = (
    closure_wording.FOR_REPORTER
    | merging_wording.FOR_REPORTER
    | {
        "receive": _plain(later("收到您的诉求")),
        "accept": _plain(later("已受理，会在承诺的日期前答复您")),
        "decline": _with_reason(later("这件事我们办不了：%(reason)s"), later("这件事我们办不了")),
        "hand_out": _hand_out_to_reporter,
        "recall": _plain(later("正在重新安排承办单位")),
        "acknowledge": _by_unit(later("%(unit)s已接到，准备办理")),
        "return": _by_unit(later("%(unit)s说明这件事不归他们办，正在另行安排")),
        "start": _by_unit(later("%(unit)s已经开始办理")),
        "ask": _plain(later("有一点情况要请您补充")),
        "answer": _plain(later("您补充的情况已经转给承办人")),
        "stop_waiting": _plain(later("没有等到补充，我们先按已知的情况办")),
        "park": _park_for_reporter,
        "unpark": _plain(later("条件具备了，接着办理")),
        "handle": _handle_for_reporter,
        "send_back": _plain(later("核查发现还没有解决好，已退回再办")),
        "check": _plain(later("工作人员核查过，办理情况属实")),
        "rate": _rate_for_reporter,
        "go_unrated": _plain(later("没有联系上您，暂未评价")),
        "reopen": _plain(later("已重新办理")),
        "note": _plain(later("工作人员给您留言")),
        "split": _split_for_reporter,
        "mark_hard": _mark_hard_for_reporter,
        "support_out": _supported(later("请%(unit)s一起来办")),
        "support_result": _supported(later("%(unit)s配合的部分已经办完")),
        "call": _call_for_reporter,
    }
)
