"""What the timeline says of an earned closure: checks on site, raisings, what is explained and not counted."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from baiying.cases import reference
from baiying.cases.models import Line
from baiying.kit.language import is_english
from baiying.kit.refusals import Words

METHODS = {"online": later("网上"), "phone": later("电话"), "on_site": later("上门")}
SAMPLE_RESULTS = {
    "solved": later("已经解决"),
    "still_there": later("问题仍在"),
    "cannot_tell": later("看不出来"),
}


def _sample(line: Line) -> str:
    result = SAMPLE_RESULTS.get(line.data.get("result", ""), "")
    return _("现场抽查：%(result)s") % {"result": result}


def _sample_for_reporter(line: Line) -> str:
    result = SAMPLE_RESULTS.get(line.data.get("result", ""), "")
    return _("另一网格的工作人员到现场看过：%(result)s") % {"result": result}


def _raised(text: Words) -> Callable[[Line], str]:
    def say(line: Line) -> str:
        raised = line.data.get("raised", {})
        return str(text) % {"holder": " ".join(p for p in (raised.get("label"), raised.get("to_duty")) if p)}

    return say


def _exclusion(text: Words) -> Callable[[Line], str]:
    return lambda line: str(text) % {"class": uncounted_name(str(line.data.get("class", "")))}


def _excluded(agreed: Words, refused: Words) -> Callable[[Line], str]:
    def say(line: Line) -> str:
        return _exclusion(agreed if line.data.get("agreed") else refused)(line)

    return say


def uncounted_name(code: str) -> str:
    """A class of "explained, not counted" in the reader's language, also one that is no longer in force."""
    row = next((r for r in reference.rows("uncounted") if r["code"] == code), None)
    return code if row is None else row["name_en"] if is_english() else row["name"]


def _plain(text: Words) -> Callable[[Line], str]:
    return lambda line: str(text)


GUARD_ACTS = {
    "mask": later("公开内容：补充隐去一段文字"),
    "release": later("公开内容：放开一段误隐的文字"),
    "blur": later("公开照片：做了一张打码照片"),
    "show": later("公开照片：对外公开"),
    "withdraw": later("公开照片：收回"),
}


def _guarded(line: Line) -> str:
    return str(GUARD_ACTS.get(line.data.get("act", ""), ""))


FOR_STAFF: dict[str, Callable[[Line], str]] = {
    "inspect": _plain(later("现场抽查：已经解决")),
    "sample": _sample,
    "find_unsolved": _raised(later("现场抽查：问题仍在，提级到%(holder)s重办")),
    "reopen_higher": _raised(later("居民不满意，提级到%(holder)s重办")),
    "propose_exclusion": _exclusion(later("提请解释不计入：%(class)s")),
    "exclude": _excluded(later("审定解释不计入：%(class)s"), later("审定：照常计入")),
    "appeal": _plain(later("居民不同意不计入，申请复核")),
    "guard": _guarded,
}
FOR_REPORTER: dict[str, Callable[[Line], str]] = {
    "inspect": _plain(later("另一网格的工作人员到现场看过，已经解决")),
    "sample": _sample_for_reporter,
    "find_unsolved": _raised(later("另一网格的工作人员到现场看过，问题还在，已交给%(holder)s重新办理")),
    "reopen_higher": _raised(later("您不满意，已交给%(holder)s重新办理")),
    "exclude": _excluded(
        later("街道两位同志审定：这件诉求已向您解释说明，不计入考核（%(class)s）。您可以申请复核"),
        later("街道审定：您的评价照常计入"),
    ),
    "appeal": _plain(later("您申请复核，由没有参与过的同志来看")),
}
