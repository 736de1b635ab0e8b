"""The forms of a supporting order: asking a unit for it, and the unit's own steps."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from baiying.cases import supporting, wording
from baiying.cases.models import Case
from baiying.cases.said import MOST_WORDS, StepData
from baiying.doors.desk.case_forms import (
    REQUIRED,
    Words,
    deadline_field,
    end_of,
    listed_reasons,
    person_field,
    photos_field,
)
from baiying.doors.desk.unit_choices import unit_choices
from baiying.kit.photos import Photo

# step: (what the button says, its icon, what the words are)
STEPS: Final[dict[str, tuple[Words, str, Words]]] = {
    "acknowledge": (later("签收"), "sign", ""),
    "report": (later("报结果"), "handled", later("做了什么，结果怎样")),
    "return": (later("退回并说明"), "return", later("为什么退回")),
    "cancel": (later("不再请它协办"), "undo", later("为什么不用了")),
}


class SupportForm(forms.Form):
    """Which unit, to do what, until when."""

    unit = forms.ChoiceField(label=later("协办单位"), error_messages={"required": REQUIRED["unit"]})
    text = forms.CharField(
        label=later("请它做什么（居民看不到）"), max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": REQUIRED["text"]},
    )  # fmt: skip
    due_at = deadline_field()

    def __init__(self, case: Case, *args: Any) -> None:
        super().__init__(*args)
        self.auto_id = "support-%s"
        field = self.fields["unit"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("请选择")), *unit_choices(case)]
        self.fields["person"] = person_field()

    @property
    def until(self) -> datetime | None:
        """The end of the chosen day's office hours."""
        return end_of(self.cleaned_data.get("due_at"))


class OrderStepForm(forms.Form):
    """What one step of a supporting order asks for."""

    short_choices = ("result",)

    def __init__(self, step: str, *args: Any) -> None:
        super().__init__(*args)
        self.auto_id = f"{step}-%s"
        self.step = step
        words = STEPS[step][2]
        if step == "report":
            results = [(code, wording.RESULTS[code]) for code in supporting.REPORTED]
            self.fields["result"] = forms.ChoiceField(
                label=later("结果"), choices=results, widget=forms.RadioSelect,
                error_messages={"required": REQUIRED["outcome"]},
            )  # fmt: skip
        if step == "return":
            self.fields["reason"] = forms.ChoiceField(
                label=later("理由"), choices=[("", _("请选择")), *listed_reasons("return")],
                error_messages={"required": REQUIRED["reason"]},
            )  # fmt: skip
        if words:
            self.fields["text"] = forms.CharField(
                label=words, max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 3}),
                error_messages={"required": REQUIRED["text"]},
            )  # fmt: skip
        if step == "report":
            self.fields["photos"] = photos_field(later("现场照片"))
            self.fields["no_photo_reason"] = forms.ChoiceField(
                label=later("没有照片的原因"), required=False,
                choices=[("", later("有照片")), *listed_reasons("no_photo")],
            )  # fmt: skip

    def said(self, photos: list[Photo]) -> StepData:
        """The form as the service takes it."""
        told = self.cleaned_data
        return StepData(
            text=told.get("text") or "", reason=told.get("reason") or "", result=told.get("result") or "",
            no_photo_reason=told.get("no_photo_reason") or "", photos=photos,
        )  # fmt: skip
