"""What the timeline says of merging: to staff with references, to a reporter without a word about other people's cases."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from baiying.cases.models import Line
from baiying.cases.named import OUTCOMES, unit_name

Words = str | Promise


def _plain(text: Words) -> Callable[[Line], str]:
    return lambda line: str(text)


def _named(text: Words, key: str) -> Callable[[Line], str]:
    return lambda line: str(text) % {key: line.data.get(key, "")}


def _handled(line: Line) -> str:
    return _("随主件一起办结：%(outcome)s") % {"outcome": OUTCOMES.get(line.data.get("outcome", ""), "")}


def _handled_for_reporter(line: Line) -> str:
    said = {"outcome": OUTCOMES.get(line.data.get("outcome", ""), ""), "unit": unit_name(line)}
    return _("%(unit)s一并答复：%(outcome)s") % said if said["unit"] else _("一并答复：%(outcome)s") % said


FOR_STAFF: dict[str, Callable[[Line], str]] = {
    "merge": _named(later("并入 %(lead)s，一起办理"), "lead"),
    "merge_in": _named(later("并进来 %(part)s"), "part"),
    "unmerge": _named(later("从 %(lead)s 取消合并，恢复原样"), "lead"),
    "unmerge_out": _named(later("%(part)s 取消合并"), "part"),
    "take_back": _plain(later("主件退回再办，这一件回到答复以前")),
    "handle_with_lead": _handled,
    "decline_with_lead": _plain(later("随主件一起答复：不予受理")),
    "check_with_lead": _plain(later("主件核查属实")),
    "close_with_lead": _plain(later("随主件一起结案")),
}
FOR_REPORTER: dict[str, Callable[[Line], str]] = {
    "merge": _plain(later("这件事已有人先反映，合在一起办；您的编号、查询和评价都不变")),
    "unmerge": _plain(later("这件诉求改为单独办理")),
    "take_back": _plain(later("核查发现还没有解决好，已退回再办")),
    "handle_with_lead": _handled_for_reporter,
    "decline_with_lead": _plain(later("这件事我们办不了")),
    "check_with_lead": _plain(later("工作人员核查过，办理情况属实")),
    "close_with_lead": _plain(later("已结案")),
}
