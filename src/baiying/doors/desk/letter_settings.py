"""How I want to be told: channels in my order, quiet hours, the daily digest; and my private calendar."""

from __future__ import annotations

from datetime import time
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from baiying.doors.desk import push
from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.letter_words import channel_name
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_refusal
from baiying.kit.refusals import Refusal
from baiying.notify import channels, preferences
from baiying.notify.letters import Person
from baiying.notify.models import Preference
from baiying.notify.services import preference_of

ORDERS: Final = ("first", "second", "third")
HINTS: Final = {
    "email": later("例如 name@example.cn"),
    "feishu": later("飞书的 open_id，以 ou_ 开头"),
}


def _time(label: Any, hint: Any = "") -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(
        label=label, required=False, input_formats=["%H:%M"], widget=widget, help_text=hint
    )


class SettingsForm(forms.Form):
    """Addresses of the channels there are, their order, quiet hours and digest."""

    first = forms.ChoiceField(label=later("站外先用"), required=False)
    second = forms.ChoiceField(label=later("不看或发不出，再用"), required=False)
    third = forms.ChoiceField(label=later("最后用"), required=False)
    quiet_from = _time(later("免打扰从"), later("紧急的照发，不受免打扰限制。"))
    quiet_to = _time(later("到"))
    digest_at = _time(later("每日汇总时间"), later("填了，不紧急的每天这个时间合成一条发；要赶时间的照发。"))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        known = list(channels.configured())
        choices = [("", _("不用")), *((name, channel_name(name)) for name in known)]
        for number, name in enumerate(ORDERS):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
            if number >= len(known):
                del self.fields[name]
        typed = [name for name in known if name != channels.PUSH]  # a browser is let in beside the form
        for name in typed:
            self.fields[name] = forms.CharField(
                label=_("%(channel)s地址") % {"channel": channel_name(name)}
                if name in HINTS
                else _("%(channel)s手机号") % {"channel": channel_name(name)},
                required=False, max_length=120, help_text=HINTS.get(name, ""),
                widget=forms.TextInput(attrs={"autocomplete": "email" if name == "email" else "off"}),
            )  # fmt: skip
        self.order_fields([*typed, *ORDERS, "quiet_from", "quiet_to", "digest_at"])

    def clean(self) -> dict[str, Any]:
        if bool(self.cleaned_data.get("quiet_from")) != bool(self.cleaned_data.get("quiet_to")):
            self.add_error("quiet_to", _("免打扰的开始和结束要一起填，或者都空着。"))
        return self.cleaned_data

    def said(self) -> dict[str, Any]:
        """What the service takes."""
        given = self.cleaned_data
        quiet: tuple[time, time] | None = None
        if given["quiet_from"] and given["quiet_to"]:
            quiet = (given["quiet_from"], given["quiet_to"])
        return {
            "order": [given[name] for name in ORDERS if given.get(name)],
            "addresses": {name: given[name] for name in channels.configured() if name != channels.PUSH},
            "quiet": quiet,
            "digest_at": given["digest_at"],
        }


def me(request: StaffRequest) -> Person:
    """Whose settings these are."""
    return Person(request.actor.scope.tenant, request.actor.account_id or 0, request.actor.name)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page()
def letter_settings(request: StaffRequest) -> HttpResponse:
    """See and change them."""
    by = me(request)
    preference = preference_of(by.tenant_id, by.account_id)
    if request.method != "POST":
        return _show(request, preference, SettingsForm(initial=_initial(preference)))
    form = SettingsForm(request.POST)
    try:
        if form.is_valid():
            preferences.save_preferences(by, **form.said())
            messages.success(request, _("已保存，从下一封通知起照办。"))
            return redirect("desk_letter_settings")
    except Refusal as refused:
        field = _field_of(form, refused.field or "")
        form.add_error(field, say_refusal(refused))
    return _show(request, preference, form, status=422)


def _field_of(form: SettingsForm, field: str) -> str | None:
    if field == "order":
        return "second" if "second" in form.fields else "first"
    return field if field in form.fields else None


def _initial(preference: Preference) -> dict[str, Any]:
    order = dict(zip(ORDERS, preference.channels, strict=False))
    hours = {name: getattr(preference, name) for name in ("quiet_from", "quiet_to", "digest_at")}
    return {**preference.addresses, **order, **hours}


def _show(
    request: StaffRequest, preference: Preference, form: SettingsForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "form": form,
        "has_channels": bool(channels.configured()),
        "calendar_made_at": preference.calendar_made_at,
        "crumbs": [{"label": _("我的账号"), "href": reverse("desk_me")}, {"label": _("通知方式")}],
    }
    context |= push.panel(request, preference)
    return desk_page(request, "desk/letter_settings.html", context | more, status=status)


@never_cache
@require_POST
@staff_page()
def renew_calendar(request: StaffRequest) -> HttpResponse:
    """A new secret address, shown this once; the one before ends."""
    by = me(request)
    key = preferences.renew_calendar(by)
    address = request.build_absolute_uri(reverse("desk_calendar_feed", kwargs={"calendar_key": key}))
    preference = preference_of(by.tenant_id, by.account_id)
    form = SettingsForm(initial=_initial(preference))
    return _show(request, preference, form, new_address=address)


@require_POST
@staff_page()
def close_calendar(request: StaffRequest) -> HttpResponse:
    """No calendar any more."""
    preferences.close_calendar(me(request))
    messages.success(request, _("日历地址已停用。"))
    return redirect("desk_letter_settings")
