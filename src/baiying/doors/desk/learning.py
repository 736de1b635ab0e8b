"""What the street has learnt from its own closed cases: the versions side by side, which is in use, going back. Figures only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods

from baiying.cases import learnt, rules
from baiying.cases.models import LearningLook, LearntVersion
from baiying.cases.wording import category_name, kind_name, urgency_name
from baiying.doors.desk.case_forms import show_refusal
from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit.refusals import Denied, Refusal
from baiying.org.rules import PERMISSIONS

OF: Final[dict[str, str | Promise]] = {
    learnt.CATEGORY: later("类别"),
    learnt.KIND: later("性质"),
    learnt.URGENCY: later("紧急程度"),
}
NAMES: Final[dict[str, Callable[[str], str]]] = {
    learnt.CATEGORY: category_name,
    learnt.KIND: kind_name,
    learnt.URGENCY: lambda code: urgency_name(code == learnt.URGENT),
}
STATES: Final[dict[str, tuple[str, str, str | Promise]]] = {
    learnt.LIVE: ("done", "done", later("在用")),
    learnt.CANDIDATE: ("soon", "wait", later("更准，等人决定")),
    learnt.RETIRED: ("plain", "pause", later("用过")),
    learnt.REFUSED: ("plain", "decline", later("没有更准，没有启用")),
}


class UseForm(forms.Form):
    """Which version, and why."""

    number = forms.TypedChoiceField(
        label=later("改用"), coerce=int,
        error_messages={"required": later("没有选版本。"), "invalid_choice": later("没有这一版，请从列表里选。")},
    )  # fmt: skip
    reason = forms.CharField(
        label=later("为什么换"), max_length=learnt.MOST_REASON, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": later("没有写为什么换。请写一句理由，别人查得到。")},
    )  # fmt: skip

    def __init__(self, rows: list[LearntVersion], *args: Any) -> None:
        super().__init__(*args)
        field: Any = self.fields["number"]
        usable = [row for row in rows if row.state in (learnt.CANDIDATE, learnt.RETIRED)]
        field.choices = [("", _("请选择")), *((row.number, _named(row.number)) for row in usable)]
        if any(row.state == learnt.LIVE for row in rows):
            field.choices = [*field.choices, (learnt.WORDS, _named(learnt.WORDS))]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(rules.READ)
def learning_page(request: StaffRequest) -> HttpResponse:
    """Versions with their figures and those of what was in use, why nothing changed, and going back with a reason."""
    actor, asked = request.actor, request.GET.get("of", "")
    predicts = asked if asked in learnt.PREDICTS else learnt.CATEGORY
    rows = learnt.versions(actor.scope, predicts)
    form, refusal, status = UseForm(rows, request.POST or None), None, 200
    if request.method == "POST":
        if not actor.has(rules.SET_LEARNING):
            declared = PERMISSIONS[rules.SET_LEARNING]
            raise Denied(permission=declared.name, sentence=declared.sentence, unit=actor.unit_said)
        status = 422
        if form.is_valid():
            try:
                learnt.use(actor, **form.cleaned_data, predicts=predicts)
                messages.success(request, _("已换，半分钟内处处生效。"))
                return redirect(_address(predicts))
            except Refusal as refused:
                refusal, status = show_refusal(form, refused), refused.status
    live = next((row for row in rows if row.state == learnt.LIVE), None)
    look = learnt.last_look(actor.scope, predicts)
    context = {
        "tabs": [
            {"label": label, "href": _address(one), "is_current": one == predicts}
            for one, label in OF.items()
        ],
        "of": predicts,
        "form": form,
        "refusal": refusal,
        "rows": [_said(row) for row in rows],
        "in_use": _named(live.number if live else learnt.WORDS),
        "live": live,
        "look": look,
        "why": why(look),
        "may_set": actor.has(rules.SET_LEARNING) and len(form.fields["number"].choices) > 1,  # type: ignore[attr-defined]
        "classes": _classes(live),
    }
    return desk_page(request, "desk/learning.html", context, status=status)


def _address(predicts: str) -> str:
    address = reverse("desk_learning")
    return address if predicts == learnt.CATEGORY else f"{address}?of={predicts}"


def why(look: LearningLook | None) -> str:
    """What the last night came to, and why nothing changed when nothing did."""
    if look is None:
        return _("夜间学习还没有运行过。每天凌晨三点以后自动运行。")
    data = look.data
    said = {
        "live": _("学到了第 %(number)s 版，比原来的准，已经启用。"),
        "waits": _("学到了第 %(number)s 版，比在用的准；因为有人换过版本，等人来决定用不用。"),
        "no_better": _("学到了第 %(number)s 版，没有比在用的更准，所以没有更新。"),
        "few_cases": _("没有学：可学的已结诉求只有 %(cases)s 件，至少要 %(least)s 件。"),
        "few_new": _("没有学：上一版以后只新结了 %(cases)s 件，至少要 %(least)s 件。"),
        "few_labels": _("没有学：件数够学的只有 %(labels)s 种。"),
        "few_urgent": _(
            "没有学：较早的诉求里确认为紧急的有 %(cases)s 件，至少要 %(least)s 件；用来检验的有 %(later)s 件，至少要 %(least_later)s 件。"
        ),
        "few_later": _("没有学：能用来检验的较晚的诉求只有 %(later)s 件，太少。"),
        "few_words": _("没有学：这些诉求之间没有共同的字词。"),
        "large": _("没有更新：学到的模型太大。"),
    }
    words: str = said[look.result] % data
    return words


def _said(row: LearntVersion) -> dict[str, Any]:
    tone, icon, label = STATES[row.state]
    return {
        "row": row,
        "name": _named(row.number),
        "badge": {"tone": tone, "icon": icon, "label": label},
        "figures": _shares(row.figures),
        "beside": _shares(row.beside),
        "beside_name": _named(row.beside_number),
        "class_count": len(row.classes),
        "by": row.put_name or (_("夜间自动") if row.put_at else ""),
    }


def _shares(figures: dict[str, Any]) -> dict[str, Any]:
    """As the page says them; the share that was right when something was ticked is not among them."""
    return {
        "right": f"{figures['accuracy'] * 100:.1f} %",
        "three": f"{figures['among_three'] * 100:.1f} %",
        "found": f"{figures['labels'].get(learnt.URGENT, {}).get('recall', 0.0) * 100:.1f} %",
        "f1": f"{figures['macro_f1']:.3f}",
        "calibration": f"{figures['calibration_error']:.3f}",
        "messages": figures["messages"],
    }


def _classes(live: LearntVersion | None) -> list[dict[str, Any]]:
    """The categories, kinds or degrees of urgency of the version in use: from how many cases, and how well each is told."""
    if live is None:
        return []
    judged, name = live.figures["labels"], NAMES[live.predicts]
    found = sorted(live.classes.items(), key=lambda pair: (-pair[1], pair[0]))
    return [
        {
            "name": name(code),
            "learnt": count,
            "judged": judged.get(code, {}).get("count", 0),
            "f1": f"{judged[code]['f1']:.2f}" if judged.get(code, {}).get("count") else "",
        }
        for code, count in found
    ]


def _named(number: int) -> str:
    return _("第 %(n)s 版") % {"n": number} if number else _("第一天的词表")
