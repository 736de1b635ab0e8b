"""The forms of calls: raising one, each step, meetings, tasks, both assessments. Each step form is made from its table."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from baiying.dispatch import calls_limits
from baiying.dispatch.calls import CallWords, Party
from baiying.dispatch.calls_answers import Answer
from baiying.dispatch.calls_meetings import Minutes
from baiying.dispatch.calls_writing import MOST_PLACE, MOST_TITLE, MOST_WORDS
from baiying.dispatch.models import Call, Meeting, Summons
from baiying.doors.desk.calls_said import JUSTIFIED, RESPONSES, limit_said
from baiying.doors.shared.names import DEPUTIES, kind_of, name_of
from baiying.kit import clock
from baiying.kit.lifecycle import Step
from baiying.org.models import Unit
from baiying.org.queries import street_map
from baiying.org.rules import Actor

MOMENTS: Final = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
_BETWEEN_NAMES: Final = re.compile(r"[^\w·. -]+")
WRITE: Final = {"required": later("这里要写一句话。请写清楚，让看的人不用再问。")}
CHOOSE: Final = {"required": later("请选一项。"), "invalid_choice": later("请从列表里选一项。")}
# When a unit says it comes: minutes from now.
SOON: Final = (20, 40, 60, 120, 240)

TEXT_LABELS: Final = {
    "change_time": later("为什么改"),
    "object": later("为什么不该呼叫贵单位"),
    "refuse": later("为什么不能到场"),
    "uphold": later("为什么异议成立"),
    "overrule": later("为什么异议不成立"),
    "insist": later("对单位说的话"),
    "accept_refusal": later("为什么同意"),
    "refer": later("报区里的情况说明"),
    "report": later("办了什么，还差什么"),
    "release": later("为什么不必到场"),
    "mark_absent": later("没有到场的原因"),
    "turn_down": later("为什么不发出"),
    "end": later("办成了什么，还有什么没办"),
    "withdraw": later("为什么撤回"),
}
HINTS: Final = {
    "object": later("只能提一次；由街道裁定，裁定前请先不要等。"),
    "refuse": later("会马上报街道领导，并留下记录。"),
    "end": later("被呼叫的单位都看得到，不要写居民的姓名和电话。"),
}


def moment_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateTimeField:
    """A date and time, typed or chosen."""
    return forms.DateTimeField(
        label=label, required=required, help_text=help_text, input_formats=MOMENTS,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": later("请写时间。"), "invalid": later("时间没有写对，例如 2026-11-23 14:05。")},
    )  # fmt: skip


def words_field(label: Any, *, rows: int = 3, most: int = MOST_WORDS, required: bool = True, help_text: Any = "") -> forms.CharField:  # fmt: skip
    """Words over several lines."""
    return forms.CharField(
        label=label, max_length=most, required=required, help_text=help_text, error_messages=WRITE,
        widget=forms.Textarea(attrs={"rows": rows}),
    )  # fmt: skip


class PartiesForm(forms.Form):
    """Who is called: units by their kind, and people by name. One group of boxes for each kind."""

    def __init__(self, actor: Actor, *args: Any, near: tuple[int, ...] = (), without: tuple[int, ...] = (), **kwargs: Any) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.actor, self.groups = actor, []
        for number, (title, units) in enumerate(_groups(actor, near)):
            shown = [u for u in units if u.id not in without]
            if not shown:
                continue
            name = f"units_{number}"
            self.groups.append(name)
            self.fields[name] = forms.MultipleChoiceField(
                label=title, required=False, choices=[(str(u.id), name_of(u)) for u in shown],
                widget=forms.CheckboxSelectMultiple, error_messages=CHOOSE,
            )  # fmt: skip
        if self._deputies():
            self.fields["people"] = forms.CharField(
                label=later("点名请两代一委的同志"), required=False, max_length=300,
                help_text=later("写姓名，几位用顿号隔开；他们没有账号，应答由您代记。"),
            )  # fmt: skip

    @property
    def group_fields(self) -> list[forms.BoundField]:
        """The boxes of each kind of unit."""
        return [self[name] for name in self.groups]

    def parties(self) -> list[Party]:
        """Everybody who is ticked or named."""
        chosen = [Party(int(one)) for name in self.groups for one in self.cleaned_data.get(name, [])]
        station = self._deputies()
        names = _BETWEEN_NAMES.split(str(self.cleaned_data.get("people") or ""))
        named = [Party(station.id, person=name.strip()) for name in names if name.strip()] if station else []
        return chosen + named

    def _deputies(self) -> Unit | None:
        units = street_map(self.actor.scope.tenant).at_level(Unit.Level.PARTNER)
        return next((u for u in units if u.kind == DEPUTIES), None)


def _groups(actor: Actor, near: tuple[int, ...]) -> list[tuple[str, list[Unit]]]:
    street = street_map(actor.scope.tenant)
    found: dict[str, list[Unit]] = {}
    own = [u for u in street.at_level(Unit.Level.GRID) if u.parent_id == actor.unit_id]
    if own:
        found[_("本社区的网格")] = own
    for unit in street.at_level(Unit.Level.DEPARTMENT, Unit.Level.PARTNER):
        found.setdefault(kind_of(unit.kind) or _("其他单位"), []).append(unit)
    if actor.scope.level == "street":
        found[_("社区")] = street.at_level(Unit.Level.COMMUNITY)
        grids = [u for u in street.at_level(Unit.Level.GRID) if u.id in near]
        if grids:
            found[_("诉求所在的网格")] = grids
    return list(found.items())


class RaiseForm(PartiesForm):
    """What is called for: kind, one line, what is wanted, where, by when, and who."""

    kind = forms.ChoiceField(label=later("哪一种呼叫"), widget=forms.RadioSelect, error_messages=CHOOSE)
    title = forms.CharField(label=later("一句话说什么事"), max_length=MOST_TITLE, error_messages=WRITE)
    text = words_field(
        later("请大家来做什么"),
        help_text=later("被呼叫的单位都看得到。不要写居民的姓名和电话，也不要照抄原话。"),
    )
    place = forms.CharField(label=later("到哪里"), required=False, max_length=MOST_PLACE)
    respond_by = moment_field(
        later("什么时候前应答"), required=False,
        help_text=later("攻坚呼叫要写；日常和综合执法不写就按上面的时限；应急不用写。"),
    )  # fmt: skip

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, *args, **kwargs)
        self.auto_id = "call-%s"
        self.kinds = calls_limits.kinds_in(actor.scope.tenant, clock.today())
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(k.code, name_of(k)) for k in self.kinds]
        self.initial.setdefault("kind", self.kinds[0].code if self.kinds else "")

    @property
    def kind_hints(self) -> dict[str, str]:
        """Under each kind, its time to respond and where that comes from."""
        said = _("%(limit)s（本地设定，依据等级 %(grade)s）")
        return {k.code: said % {"limit": limit_said(k), "grade": k.grade} for k in self.kinds}

    def said(self) -> CallWords:
        """The form as the service takes it."""
        told = self.cleaned_data
        return CallWords(
            kind=told["kind"], title=told["title"], text=told["text"], place=told["place"],
            respond_by=told["respond_by"], parties=self.parties(),
        )  # fmt: skip


class MoreForm(PartiesForm):
    """Further units for a call that is open."""

    def __init__(self, actor: Actor, call: Call, *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, *args, without=tuple(call.called_ids), **kwargs)
        self.auto_id = "more-%s"


class CallStepForm(forms.Form):
    """What a step of the call itself asks for."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, step: Step, call: Call, *args: Any) -> None:
        super().__init__(*args)
        self.auto_id, self.step = f"call-{step.name}-%s", step
        self.initial["version"] = call.version
        if "text" in step.needs:
            self.fields["text"] = words_field(TEXT_LABELS[step.name], help_text=HINTS.get(step.name, ""))


class SummonsStepForm(forms.Form):
    """What a step of a summons asks for."""

    short_choices = ("within",)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, step: Step, call: Call, summons: Summons, *args: Any) -> None:
        super().__init__(*args)
        self.auto_id, self.step = f"{step.name}-%s", step
        self.initial["version"] = summons.version
        if "expected_at" in step.needs:
            soon = [(str(n), _said_minutes(n)) for n in SOON]
            self.fields["within"] = forms.ChoiceField(
                label=later("多久能到"), choices=[*soon, ("at", _("另写时间"))], widget=forms.RadioSelect,
                error_messages=CHOOSE,
            )  # fmt: skip
            self.fields["expected_at"] = moment_field(later("另写到场时间"), required=False)
        if "arrived_at" in step.needs:
            self.fields["arrived_at"] = moment_field(later("什么时候到的"))
            self.initial["arrived_at"] = clock.now()
            self.fields["place"] = forms.CharField(
                label=later("在哪里"), required=False, max_length=MOST_PLACE
            )
            self.initial["place"] = call.place
        if "text" in step.needs:
            self.fields["text"] = words_field(TEXT_LABELS[step.name], help_text=HINTS.get(step.name, ""))

    def clean(self) -> dict[str, Any]:
        """ "In so many minutes" as a moment."""
        told: dict[str, Any] = super().clean() or {}
        within = told.get("within")
        if within and within != "at":
            told["expected_at"] = clock.now() + timedelta(minutes=int(within))
        elif within == "at" and not told.get("expected_at") and "expected_at" not in self.errors:
            self.add_error("expected_at", _("请写到场时间。"))
        return told

    def said(self) -> Answer:
        """The form as the service takes it."""
        told = self.cleaned_data
        return Answer(
            text=told.get("text") or "", expected_at=told.get("expected_at"), arrived_at=told.get("arrived_at"),
            place=told.get("place") or "",
        )  # fmt: skip


class MeetingForm(forms.Form):
    """When and where all meet."""

    planned_at = moment_field(later("什么时候"))
    place = forms.CharField(label=later("在哪里"), max_length=MOST_PLACE, error_messages=WRITE)

    def __init__(self, call: Call, *args: Any) -> None:
        super().__init__(*args)
        self.auto_id = "meeting-%s"
        self.initial["place"] = call.place


class MinutesForm(forms.Form):
    """What was said and decided, and who was there."""

    held_at = moment_field(later("什么时候开的"))
    present_ids = forms.MultipleChoiceField(
        label=later("谁到会"), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": later("请勾选到会的单位。")},
    )  # fmt: skip
    others_present = forms.CharField(label=later("还有谁"), required=False, max_length=300)
    minutes = words_field(later("会上说了什么"), rows=4, most=4000)
    decisions = words_field(later("定了什么"), rows=3, most=4000)

    def __init__(self, meeting: Meeting, units: list[tuple[str, str]], *args: Any) -> None:
        super().__init__(*args)
        self.auto_id = f"minutes-{meeting.id.hex[-6:]}-%s"
        self.initial["held_at"] = min(meeting.planned_at, clock.now())
        field = self.fields["present_ids"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = units

    def said(self) -> Minutes:
        """The form as the service takes it."""
        told = self.cleaned_data
        return Minutes(
            held_at=told["held_at"], present_ids=[int(one) for one in told["present_ids"]],
            others_present=told["others_present"], minutes=told["minutes"], decisions=told["decisions"],
        )  # fmt: skip


class TaskForm(forms.Form):
    """Who does what by when."""

    unit = forms.ChoiceField(label=later("交给谁"), error_messages=CHOOSE)
    text = words_field(later("做什么"), rows=2)
    due_at = moment_field(later("什么时候前"))

    def __init__(self, units: list[tuple[str, str]], *args: Any) -> None:
        super().__init__(*args)
        self.auto_id = "task-%s"
        field = self.fields["unit"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = units
        self.initial["due_at"] = _evening(clock.now() + timedelta(days=7))


class RateCallForm(forms.Form):
    """How justified the call was, says the unit."""

    short_choices = ("rating",)
    rating = forms.ChoiceField(
        label=later("这次呼叫应不应当"),
        choices=list(JUSTIFIED.items()),
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    why = words_field(
        later("为什么"), rows=2, most=500, required=False, help_text=later("不是“应当”的，要写一句。")
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.auto_id = "justified-%s"


class RateResponseForm(forms.Form):
    """How the unit responded, says the caller."""

    short_choices = ("rating",)
    rating = forms.ChoiceField(
        label=later("这个单位响应得怎样"),
        choices=list(RESPONSES.items()),
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    why = words_field(
        later("为什么"), rows=2, most=500, required=False, help_text=later("不是“及时得力”的，要写一句。")
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.auto_id = "response-%s"


def _said_minutes(minutes: int) -> str:
    if minutes < 60:
        return _("%(n)d 分钟") % {"n": minutes}
    return _("%(n)d 小时") % {"n": minutes // 60}


def _evening(moment: datetime) -> datetime:
    return timezone.localtime(moment).replace(hour=18, minute=0, second=0, microsecond=0)
