"""The questions, one form a page. They parse and explain; what may be kept, the services decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from baiying.cases import catalogue
from baiying.doors.shared.names import name_of
from baiying.doors.shared.words import say_refusal
from baiying.kit import text as kit_text
from baiying.kit.refusals import Refusal


class WordsField(forms.CharField):
    """Text as people type it: kept to the last blank until it is cleaned by the house's own rule.

    most: characters; missing: what is said when nothing was typed (without it the field may stay empty);
    rows: more than one line; attrs: of the control.
    """

    def __init__(
        self,
        *,
        most: int,
        missing: Any = "",
        rows: int = 0,
        attrs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        widget = (
            forms.Textarea(attrs={"rows": rows} | (attrs or {}))
            if rows
            else forms.TextInput(attrs={"maxlength": most, "autocomplete": "off"} | (attrs or {}))
        )
        super().__init__(required=bool(missing), strip=False, widget=widget, **kwargs)
        if missing:
            self.error_messages["required"] = missing
        self.most = most
        self.validators = []  # control characters are taken out, not complained about

    def clean(self, value: Any) -> str:
        """Raises ValidationError when it is too long, or empty where it must not be."""
        try:
            cleaned = kit_text.clean(str(value or ""), most=self.most)
        except Refusal as refusal:
            raise forms.ValidationError(said(refusal)) from None
        if self.required and not cleaned:
            raise forms.ValidationError(self.error_messages["required"])
        return cleaned


class Question(forms.Form):
    """A page's form: `required` is not left to the browser, whose message nobody can word.

    listed: field -> what stands in the street's lists, after the choices that the field has of itself.
    """

    use_required_attribute = False

    def __init__(self, *args: Any, listed: dict[str, list[Any]] | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        for name, choices in (listed or {}).items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            own: Any = field.choices
            field.choices = [*own, *choices]


class PhotoInput(forms.FileInput):
    """Several files at once; what arrived is read by the view, file by file."""

    allow_multiple_selected = True


def photo_field() -> forms.FileField:
    """A field to show; it takes no part in validation."""
    return forms.FileField(
        label=_("照片"),
        required=False,
        help_text=_("最多 6 张，每张 20 MB 以内。照片里的拍摄位置等信息会自动去掉。"),
        widget=PhotoInput(
            attrs={
                "multiple": True,
                "accept": "image/*",
                "data-photos": True,
                "data-max": "6",
                "data-word-remove": _("去掉"),
                "data-word-many": _("最多 6 张，多出的没有加进来。"),
            }
        ),
    )


class What(Question):
    """What is wrong?"""

    text = WordsField(
        most=10_000,
        missing=_("还没有写是什么事。请用自己的话写一两句：什么事、在哪里。"),
        label=_("用自己的话写下来"),
        help_text=_("什么事、多久了、影响了谁。写一两句就可以。"),
        rows=6,
        attrs={"autocapitalize": "off"},
    )
    photos = photo_field()


class Which(Question):
    """What kind of thing is it?"""

    category = forms.ChoiceField(
        label=_("哪一类"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("还没有选哪一类。拿不准就选“其他”，由工作人员来分。"),
            "invalid_choice": _("没有这一类。请从列出的里面选一个。"),
        },
    )
    kind = forms.ChoiceField(
        label=_("您希望我们"), required=False, widget=forms.RadioSelect, choices=[("", _("由我们按类别判断"))]
    )


def degrees_field(label: Any) -> forms.CharField:
    """One half of a point; what it is worth, kit.geometry decides."""
    return forms.CharField(
        label=label,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class Where(Question):
    """Where is it?"""

    living_area = forms.ChoiceField(
        label=_("哪个小区"), required=False, choices=[("", _("不在小区里，或不确定"))]
    )
    place = WordsField(
        most=300,
        label=_("或者用自己的话写地点"),
        help_text=_("例如：雪宫小区 6 号楼前、闻韶路菜市场东门。"),
    )
    lon = degrees_field(_("经度"))
    lat = degrees_field(_("纬度"))


class Building(Question):
    """Which building of the living area?"""

    building = forms.ChoiceField(label=_("哪一栋楼"), required=False, choices=[("", _("不在楼里，或说不清"))])


class Who(Question):
    """May we call you?"""

    phone = WordsField(
        most=40,
        label=_("手机号"),
        help_text=_("手机或带区号的固定电话。凭编号和后四位也能查进度。"),
        attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"},
    )
    name = WordsField(most=60, label=_("怎么称呼您"), attrs={"autocomplete": "name"})


class Lookup(Question):
    """Which case, and is it yours?"""

    reference = WordsField(
        most=100,
        missing=_("还没有填受理编号。提交成功的页面上有，也可以打电话问社区。"),
        label=_("受理编号"),
        help_text=_("例如 5002-104673-5，不用写横线。"),
        attrs={"inputmode": "numeric"},
    )
    digits = WordsField(
        most=20,
        missing=_("还没有填手机号后四位。没有留手机号的，请用当时保存的链接查询。"),
        label=_("手机号后四位"),
        help_text=_("提交时留的手机号。"),
        attrs={"inputmode": "numeric"},
    )


class Answer(Question):
    """What the office asked for."""

    text = WordsField(
        most=2_000, missing=_("还没有写补充的内容。请写一两句再提交。"), label=_("您的补充"), rows=4
    )


class Photos(Question):
    """More pictures."""

    photos = photo_field()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["photos"].required = not self.is_bound  # asked for on the page; the view counts what came


YES_OR_NO = [("yes", _("是")), ("no", _("否"))]


def choice(label: Any, choices: list[tuple[str, Any]]) -> forms.ChoiceField:
    """One of a few answers."""
    errors = {
        "required": _("这一项还没有选。请按实际情况选一个。"),
        "invalid_choice": _("请从列出的里面选一个。"),
    }
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, error_messages=errors)


class Rate(Question):
    """How was it?"""

    contacted = choice(_("办理中有工作人员联系过您吗？"), YES_OR_NO)
    solved = choice(_("事情解决了吗？"), YES_OR_NO)
    rating = choice(
        _("您满意吗？"),
        [
            ("satisfied", _("满意")),
            ("basically_satisfied", _("基本满意")),
            ("dissatisfied", _("不满意")),
        ],
    )
    why = WordsField(most=2_000, label=_("为什么"), help_text=_("哪里好，哪里还要改。"), rows=3)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        listed = [(reason.code, name_of(reason)) for reason in catalogue.reasons_for("rate")]
        self.fields["reason"] = forms.ChoiceField(
            label=_("不满意的，主要是因为"),
            required=False,
            choices=[("", _("不想说，或者都不是")), *listed],
            error_messages={"invalid_choice": _("请从列出的里面选一个。")},
        )


class Reopen(Question):
    """Why once more?"""

    text = WordsField(
        most=2_000,
        missing=_("还没有写哪里没有解决。写清楚了，才好重新安排。"),
        label=_("哪里还没有解决"),
        help_text=_("请写清楚现在是什么情况，承办单位会重新办。"),
        rows=4,
    )


class Appeal(Question):
    """Why the answer shall count."""

    text = WordsField(
        most=1_000, missing=_("还没有写为什么不同意。写清楚了，才好复核。"), label=_("为什么不同意"), rows=4
    )


def said(refusal: Refusal) -> str:
    """The refusal as one text for a field."""
    return " ".join(say_refusal(part) for part in refusal.parts)


def complain(form: forms.Form, refusal: Refusal, fields: dict[str, str]) -> None:
    """Put each part of a refusal beside its field (`fields`: the service's name -> the form's); else on top."""
    for part in refusal.parts:
        name = fields.get(part.field or "", part.field or "")
        form.add_error(name if name in form.fields else None, say_refusal(part))
