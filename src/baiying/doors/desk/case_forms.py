"""The forms of a case: one for each step, made from what the table says it needs; notes; corrections."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as later

from baiying.cases import catalogue, parts, photo_reuse, reference, supporting, wording
from baiying.cases.models import Case
from baiying.cases.said import MOST_WORDS, OUTCOMES, RATINGS, StepData
from baiying.cases.services import MOST_NOTE
from baiying.cases.steps import CHECKED, ENDED, RATED, SPEAKS_TO_REPORTER
from baiying.doors.desk.unit_choices import suggested_units, unit_choice, unit_choices
from baiying.doors.desk.urgency_fields import ask_urgency, said_urgency
from baiying.doors.shared.names import name_of
from baiying.doors.shared.positions import PositionFields, device_of
from baiying.doors.shared.words import say_refusal
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.kit.language import is_english
from baiying.kit.lifecycle import Step
from baiying.kit.photos import Photo
from baiying.kit.refusals import Refusal
from baiying.kit.text import first_words
from baiying.org.queries import street_map

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Words = str | _StrPromise
else:
    Words = object
Choices = list[tuple[str, Any]]

TEXT_LABELS: Final[dict[str, Words]] = {
    "accept": later("给居民的话"),
    "decline": later("向居民说明"),
    "hand_out": later("办理要求（居民看不到）"),
    "recall": later("为什么撤回（居民看不到）"),
    "return": later("为什么退回（居民看不到）"),
    "ask": later("要问居民的话"),
    "answer": later("居民补充的情况"),
    "park": later("向居民说明"),
    "handle": later("给居民的答复"),
    "send_back": later("哪里还没有解决（居民看不到）"),
    "rate": later("居民怎么说"),
    "close": later("给居民的话"),
    "reopen": later("为什么重新办理"),
}
HINTS: Final[dict[str, Words]] = {
    "decline": later("居民会看到理由和谁能帮忙；请再说一句具体的。"),
    "ask": later("一次只问一件事。发出后暂停计时，居民答复了接着办。"),
    "handle": later("居民会看到。写做了什么、什么时候做的、结果怎样。"),
    "park": later("居民会看到。写清在等什么、什么时候接着办。"),
    "rate": later("如实记录；居民会看到这段话。"),
    "hand_out": later("写清要办到什么程度、有什么要注意。"),
}
REQUIRED: Final[dict[str, Words]] = {
    "text": later("这一步要写一句说明。请写清楚，让看的人不用再问。"),
    "reason": later("请从列出的理由里选一个。"),
    "unit": later("还没有选承办单位。请选一个单位。"),
    "until": later("没有写挂账到哪一天。请选明天以后、一年以内的一天。"),
    "outcome": later("请按实际情况选一项。"),
    "rating": later("请按居民说的选一项。"),
    "contacted": later("请选“是”或“否”。"),
    "solved": later("请选“是”或“否”。"),
}
METHODS: Final[Choices] = [("phone", later("电话")), ("on_site", later("上门"))]
YES_NO: Final[Choices] = [("yes", later("是")), ("no", later("否"))]
# Nothing is asked at these but a word for colleagues, which stays folded.
TEXT_WELCOME: Final = frozenset({"accept", "hand_out", "close", "rate"})


class PhotosInput(forms.ClearableFileInput):
    """Several pictures at once, also straight from a phone's camera."""

    allow_multiple_selected = True


def photos_field(label: Words) -> forms.FileField:
    """A field for up to six photos; the view reads the files (see photos.read_uploads)."""
    widget = PhotosInput(
        attrs={"multiple": True, "accept": "image/jpeg,image/png,image/webp,image/heic,image/heif"}
    )
    return _Files(
        label=label, required=False, widget=widget, help_text=later("最多 6 张，每张不超过 20 MB。")
    )


class _Files(forms.FileField):
    def clean(self, data: Any, initial: Any = None) -> Any:
        """The view reads the files itself and names the one that is wrong."""
        return data or None


class StepForm(forms.Form):
    """What one step asks for. Hidden: the version that was looked at, and the last line that was seen."""

    # few and short: side by side
    short_choices = ("method", "contacted", "solved", "rating", "outcome", "is_urgent")
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, step: Step, case: Case, *args: Any, seen: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = f"{step.name}-%s"
        self.step, self.case = step, case
        self.initial.update({"version": case.version, "seen": seen})
        self._ask_for_choices()
        self._ask_for_words()
        if step.name == "handle":
            self._ask_about_supports()
        if step.name == "close":
            self._ask_about_parts()
        if "proof" in step.needs:
            self.fields["before_photos"] = photos_field(later("办理前的照片"))
            self.fields["before_photos"].required = False
            self.fields["photos"] = photos_field(later("办理后的照片"))
            self.fields |= {name: copy(field) for name, field in PositionFields.base_fields.items()}
            self.fields["no_photo_reason"] = forms.ChoiceField(
                label=later("没有照片的原因"),
                required=False,
                choices=[("", later("有照片")), *listed_reasons("no_photo")],
            )
        if step.name == "check" and photo_reuse.unexplained(case):
            self.fields["reuse"] = forms.CharField(
                label=later("照片和以前的一样，为什么可以算数"), max_length=500, error_messages=_errors("text"),
                widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip
        if step.name not in TEXT_LABELS or step.name in SPEAKS_TO_REPORTER:
            self.fields["inner"] = forms.CharField(
                label=later("内部备注（居民看不到）"), required=False, max_length=MOST_WORDS,
                widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip

    def _ask_for_choices(self) -> None:
        name, needs = self.step.name, self.step.needs
        reasons = listed_reasons(name)
        if reasons:
            self._choice(
                "reason", later("理由"), [("", later("请选择")), *reasons], required="reason" in needs
            )
        if "unit" in needs:
            self._ask_for_unit()
        if name == "accept":
            self._choice("category", later("类别"), category_choices(), required=False)
            self._choice("kind", later("性质"), kind_choices(), required=False)
            self.initial.update({"category": self.case.category.code, "kind": self.case.kind})
            ask_urgency(self, self.case)
        if "until" in needs:
            first = clock.today() + timedelta(days=1)
            self.fields["until"] = forms.DateField(
                label=later("挂账到哪一天"), error_messages=_errors("until"),
                widget=forms.DateInput(attrs={"type": "date", "min": f"{first:%F}"}, format="%Y-%m-%d"),
            )  # fmt: skip
        if "rating" in needs:
            self._radio("method", later("怎么回访的"), METHODS, required=False)
            self.initial.setdefault("method", "phone")
            self._radio("contacted", later("联系上居民了吗"), YES_NO)
            self._radio("solved", later("居民说解决了吗"), YES_NO)
            self._radio("rating", later("居民满意吗"), [(r, wording.RATINGS[r]) for r in RATINGS])
        if "outcome" in needs:
            self._radio("outcome", later("结果"), [(o, wording.OUTCOMES[o]) for o in OUTCOMES])
            self.initial.setdefault("outcome", self.case.outcome)

    def _ask_for_words(self) -> None:
        name = self.step.name
        if "text" not in self.step.needs and name not in TEXT_WELCOME:
            return
        phrases = phrase_choices(name) if name in SPEAKS_TO_REPORTER else []
        if phrases:
            self.fields["phrase"] = phrase_field(phrases, f"{name}-text")
        self.fields["text"] = forms.CharField(
            label=TEXT_LABELS[name], required="text" in self.step.needs, max_length=MOST_WORDS,
            help_text=HINTS.get(name, ""), error_messages=_errors("text"), widget=forms.Textarea(attrs={"rows": 3}),
        )  # fmt: skip

    def _ask_for_unit(self) -> None:
        """What the rules suggest stands first; those that should support are ticked."""
        lead, supports = suggested_units(self.case)
        choices = unit_choices(self.case, suggested=lead)
        self._choice("unit", later("承办单位"), [("", later("请选择")), *choices])
        self.initial.setdefault("unit", lead or "")
        self.fields["person"] = person_field()
        self.fields["due_at"] = deadline_field()
        if supports:
            units = street_map(self.case.tenant_id).units
            self.fields["supports"] = forms.MultipleChoiceField(
                label=later("同时请协办"), required=False, widget=forms.CheckboxSelectMultiple,
                choices=[unit_choice(units[i]) for i in supports], initial=[str(i) for i in supports],
            )  # fmt: skip

    def _ask_about_parts(self) -> None:
        done = (CHECKED, RATED, *ENDED)
        still_open = [part.reference for part in parts.parts_of(self.case) if part.state not in done]
        if still_open:
            self.fields["without_parts"] = forms.CharField(
                label=later("还有子件没有办完，为什么一起结案"), required=False, max_length=300,
                help_text="、".join(still_open), widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip

    def _ask_about_supports(self) -> None:
        units = supporting.running_units(self.case)
        if units:
            self.fields["without_supports"] = forms.CharField(
                label=later("还有协办没有结束，为什么不等"), required=False, max_length=300,
                help_text="、".join(units), widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip

    def _choice(self, field: str, label: Words, choices: Choices, *, required: bool = True) -> None:
        self.fields[field] = forms.ChoiceField(
            label=label, choices=choices, required=required, error_messages=_errors(field)
        )

    def _radio(self, field: str, label: Words, choices: Choices, *, required: bool = True) -> None:
        self.fields[field] = forms.ChoiceField(
            label=label, choices=choices, widget=forms.RadioSelect, required=required,
            error_messages=_errors(field),
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """A standard text chosen without the page's program is put before the words."""
        cleaned: dict[str, Any] = super().clean() or {}
        with_phrase(self, cleaned)
        return cleaned

    def said(self, photos: Sequence[Photo], before: Sequence[Photo] = ()) -> StepData:
        """The form as the service takes it."""
        told = self.cleaned_data
        return StepData(
            text=told.get("text") or "",
            reason=told.get("reason") or "",
            unit_id=int(told["unit"]) if told.get("unit") else None,
            until=told.get("until"),
            due_at=end_of(told.get("due_at")),
            outcome=told.get("outcome") or "",
            photos=photos,
            no_photo_reason=told.get("no_photo_reason") or "",
            rating=told.get("rating") or "",
            contacted=_yes_no(told.get("contacted")),
            solved=_yes_no(told.get("solved")),
            category=told.get("category") or None,
            kind=told.get("kind") or None,
            **said_urgency(told),
            inner=told.get("inner") or "",
            person=told.get("person") or "",
            supports=[int(i) for i in told.get("supports") or []],
            without_supports=told.get("without_supports") or "",
            without_parts=told.get("without_parts") or "",
            before_photos=before,
            device=device_of(self),
            reuse=told.get("reuse") or "",
            method=told.get("method") or "",
        )

    @property
    def asked_fields(self) -> list[forms.BoundField]:
        """What stands open; the word for colleagues is folded."""
        return [bound for bound in self.visible_fields() if bound.name != "inner"]


def deadline_field() -> forms.DateField:
    return forms.DateField(
        label=later("哪天前办完"), required=False, help_text=later("不填就按办理期限。"), error_messages=_errors("due_at"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip


def end_of(day: date | None) -> datetime | None:
    """The end of the chosen day's office hours."""
    return datetime.combine(day, time(18), tzinfo=ZONE) if day else None


def with_phrase(form: forms.Form, cleaned: dict[str, Any]) -> None:
    """Puts the chosen standard text before the words; it also serves alone."""
    phrase = cleaned.pop("phrase", "")
    if not phrase:
        return
    words = cleaned.get("text", "")
    cleaned["text"] = phrase if not words else words if phrase in words else f"{phrase}\n{words}"
    if "text" in form.errors:
        del form.errors["text"]


def person_field() -> forms.CharField:
    """Somebody of the unit, by name."""
    return forms.CharField(
        label=later("承办人"), required=False, max_length=60, help_text=later("写姓名或用户名。")
    )


def phrase_field(phrases: Choices, target: str) -> forms.ChoiceField:
    """Standard texts to choose from: choosing one puts it into the words (with the page's program, at once)."""
    return forms.ChoiceField(
        label=later("常用语"), required=False, choices=[("", later("选一句，再改成具体的话")), *phrases],
        widget=forms.Select(attrs={"data-phrase-for": target}),
    )  # fmt: skip


def show_refusal(form: forms.Form, refusal: Refusal) -> Refusal | None:
    """Put each part of a refusal at its field; what belongs to no field of the form comes back, to stand on top."""
    rest: Refusal | None = None
    for part in refusal.parts:
        field = (part.field or "").removeprefix("contact.")
        if field in form.fields and not form.fields[field].widget.is_hidden:
            form.add_error(field, say_refusal(part).strip())
        else:
            rest = rest or part
    return rest


class NoteForm(forms.Form):
    """A note: for colleagues, unless the writer says that the reporter shall read it."""

    reader = forms.ChoiceField(
        label=later("写给谁"), widget=forms.RadioSelect, initial="inside",
        choices=[("inside", later("内部记录，居民看不到")), ("public", later("给居民的说明，居民看得到"))],
    )  # fmt: skip
    text = forms.CharField(
        label=later("内容"), max_length=MOST_NOTE, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": REQUIRED["text"]},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "note-%s"
        phrases = phrase_choices("work")
        if phrases:
            self.fields["phrase"] = phrase_field(phrases, "note-text")
            self.order_fields(["reader", "phrase", "text"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        with_phrase(self, cleaned)
        return cleaned


class PhotosForm(forms.Form):
    """More pictures for a case."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "photos-%s"
        self.fields["photos"] = photos_field(later("照片"))


def _errors(field: str) -> dict[str, Words]:
    required = REQUIRED.get(field, "")
    return {"required": required, "invalid_choice": required, "invalid": required} if required else {}


def _yes_no(value: str | None) -> bool | None:
    return {"yes": True, "no": False}.get(value or "")


def listed_reasons(step: str) -> Choices:
    """The listed reasons of a step in the reader's language."""
    return [
        (r.code, r.name_en if is_english() and r.name_en else r.name) for r in catalogue.reasons_for(step)
    ]


def phrase_choices(step: str) -> Choices:
    """(the words, their short name) of the standard texts of a step.

    The words go to a resident and are in the street's language; the name is for who chooses, and in theirs.
    """
    for_reporter, for_staff = settings.LANGUAGE_CODE.startswith("en"), is_english()
    return [
        (
            t.text_en if for_reporter and t.text_en else t.text,
            first_words(t.text_en, 40) if for_staff and t.text_en else t.name,
        )
        for t in catalogue.standard_texts_for(step)
    ]


def category_choices(first: Words = "") -> Choices:
    """The everyday list in its groups; `first`: what no choice means."""
    groups: dict[str, Choices] = {}
    for category in catalogue.categories(clock.today()):
        group = category.group_en if is_english() and category.group_en else category.group
        groups.setdefault(group, []).append((category.code, name_of(category)))
    return [*([("", first)] if first else []), *groups.items()]


def kind_choices(first: Words = "") -> Choices:
    """咨询 求助 投诉 举报 建议; `first`: what no choice means."""
    known = [(code, wording.kind_name(code)) for code in reference.KINDS]
    return [*([("", first)] if first else []), *known]
