"""A new case at the desk: for somebody on the phone, at the counter, by letter; doubles are seen while one writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import Any, Final
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_POST

from baiying.cases import (
    catalogue,
    locating,
    queries,
    reference,
    rulebook,
    rules,
    services,
    suggesting,
    wording,
)
from baiying.cases.models import Case, Category
from baiying.cases.said import StepData, Words
from baiying.cases.services import MOST_CHARACTERS, Receipt
from baiying.doors.desk.case_forms import category_choices, kind_choices, photos_field, show_refusal
from baiying.doors.desk.case_pages import said_near
from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.place_fields import PlaceForm, area_words, outlines_url
from baiying.doors.desk.suggested import suggested_context
from baiying.doors.desk.unit_choices import unit_choices
from baiying.doors.desk.urgency_fields import reason_field, said_urgency, urgency_field
from baiying.doors.shared.names import name_of
from baiying.doors.shared.pictures import read_uploads
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit import clock
from baiying.kit.photos import Photo
from baiying.kit.refusals import Conflict, NotFound, Refusal
from baiying.org.models import Unit
from baiying.org.queries import street_map
from baiying.org.rules import Actor

CHANNELS: Final = ("phone", "visit", "letter", "wechat", "hotline", "grid", "other")
# What the same key stands for: the same words again are the same request, other words are not.
SAME: Final = (
    "text",
    "channel",
    "name",
    "phone",
    "place",
    "living_area",
    "building",
    "lon",
    "lat",
    "category",
    "kind",
    "is_urgent",
)


class NewCaseForm(PlaceForm):
    """What somebody tells us, as it is written down."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    text = forms.CharField(
        label=later("什么事"), max_length=MOST_CHARACTERS, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=later("照来访人的原话记；在哪里、什么时候开始、希望怎么办。"),
        error_messages={"required": later("还没有写是什么事。")},
    )  # fmt: skip
    channel = forms.ChoiceField(
        label=later("怎么来的"), choices=[(c, wording.CHANNELS[c]) for c in CHANNELS], initial="phone",
        widget=forms.RadioSelect,
    )  # fmt: skip
    name = forms.CharField(
        label=later("称呼"),
        required=False,
        max_length=60,
        help_text=later("怎么称呼对方，例如王大妈、李先生。"),
    )
    phone = forms.CharField(
        label=later("电话"), required=False, max_length=40, help_text=later("对方不愿留可以不填，凭编号也能查进度。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )  # fmt: skip
    category = forms.ChoiceField(label=later("类别"), required=False)
    kind = forms.ChoiceField(label=later("性质"), required=False)
    is_urgent = urgency_field(later("按原话里的词定"))
    urgency_reason = reason_field()
    occurred_at = forms.DateTimeField(
        label=later("发生时间"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        error_messages={"invalid": later("时间没有写对，例如 2026-11-23 14:05。")},
    )  # fmt: skip
    unit = forms.ChoiceField(label=later("直接派给"), required=False)
    instruction = forms.CharField(
        label=later("办理要求（居民看不到）"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )  # fmt: skip

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id, self.actor = "place-%s", actor
        self.initial.setdefault("key", uuid4().hex)
        self.offer_places(actor.scope.tenant)
        self.fields["photos"] = photos_field(later("照片"))
        guess = self.guess
        first = _("用建议的类别：%(name)s") % {"name": name_of(guess)} if guess else _("用建议的类别")
        self._choices("category").choices = category_choices(first)
        self._choices("kind").choices = kind_choices(_("按类别自动定"))
        if may_hand_out(actor):
            self._choices("unit").choices = [("", _("先登记，稍后再派")), *self._units(guess)]
        else:
            del self.fields["unit"], self.fields["instruction"]

    @cached_property
    def guess(self) -> Category | None:
        """The first of the three suggested categories, where the words are clear enough to take it unasked."""
        if len(str(self.data.get("text", "")).strip()) < 2:
            return None
        return self.suggested.sure.category if self.suggested.sure else None

    @cached_property
    def suggested(self) -> suggesting.Suggestion:
        words = str(self.data.get("text", "")).strip()
        return suggesting.suggestion(words, on=clock.today(), tenant_id=self.actor.scope.tenant)

    def _category(self) -> str | None:
        """The chosen category, else the suggested one; where the words name a matter below it, that matter."""
        code = self.cleaned_data["category"] or (self.guess.code if self.guess else None)
        leaf = next((one.leaf for one in self.suggested.categories if one.category.code == code), None)
        return f"{leaf.kind}:{leaf.code}" if leaf else code

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        if told.get("text") and told.get("category") == "" and self.guess is None:
            self.add_error("category", _("从原话里看不准是哪一类，请选一个；都不合适就选“其他”。"))
        return told

    def _units(self, guess: Category | None) -> list[tuple[str, Any]]:
        street = street_map(self.actor.scope.tenant)
        chosen = str(self.data.get("category", ""))
        category = next((c for c in catalogue.categories(clock.today()) if c.code == chosen), guess)
        suggested = street.by_code.get(rulebook.usual(street.tenant.id, category)) if category else None
        own = street.units.get(self.actor.unit_id or 0)
        near = [u for u in (suggested, own) if u is not None and u.level != Unit.Level.SUBDISTRICT]
        first = [(_("建议"), [(str(u.id), name_of(u)) for u in near])] if near else []
        return [*first, *unit_choices(None, self.actor.scope.tenant)]

    @property
    def asks_urgency_reason(self) -> bool:
        """Only where words of danger speak against it."""
        return catalogue.danger_in(str(self.data.get("text", ""))) is not None

    def words(self, photos: list[Photo]) -> Words:
        """The form as the intake service takes it."""
        told = self.cleaned_data
        same = "\n".join(f"{name}={self.data.get(name, '')}" for name in SAME)
        return Words(
            text=told["text"], category=self._category(), kind=told["kind"] or None, name=told["name"],
            phone=told["phone"], channel=told["channel"], occurred_at=told["occurred_at"], photos=photos,
            key=told["key"], key_owner=f"desk:{self.actor.account_id}", body=same.encode(errors="replace"),
            **self.said_place(), **said_urgency(told),
        )  # fmt: skip


def may_hand_out(actor: Actor) -> bool:
    """Whether this person may accept and hand out straight away."""
    return actor.has(rules.ACCEPT) and actor.has(rules.HAND_OUT)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(rules.RECEIVE)
def new_case(request: StaffRequest) -> HttpResponse:
    """The form; a look at what is open near by; then it is kept, and handed out when the writer says so."""
    if request.method != "POST":
        initial = {
            name: request.GET[name]
            for name in ("channel", "living_area", "lon", "lat")
            if name in request.GET
        }
        return _show(request, NewCaseForm(request.actor, initial=initial))
    if "list_buildings" in request.POST:
        return _show(request, NewCaseForm(request.actor, initial=request.POST.dict()))
    form = NewCaseForm(request.actor, request.POST, request.FILES)
    action = request.POST.get("action", "save")
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        photos = read_uploads(request.FILES.getlist("photos"))
    except Refusal as refused:
        return _show(request, form, refusal=show_refusal(form, refused), status=refused.status)
    near = _look_around(request.actor, form, photos)
    if action not in ("save", "hand_out") or not _has_seen(request, near):
        return _show(request, form, near=near, is_preview=True)
    if action == "hand_out" and not form.cleaned_data.get("unit"):
        form.add_error("unit", _("还没有选承办单位。"))
        return _show(request, form, near=near, status=422)
    try:
        receipt = _keep(request.actor, form, photos, hand_out=action == "hand_out")
    except Refusal as refused:
        if isinstance(refused, Conflict) and refused.field == "Idempotency-Key":
            return _show(request, _with_new_key(request), refusal=_already(refused), near=near, status=409)
        return _show(request, form, refusal=show_refusal(form, refused), near=near, status=refused.status)
    return _after(request, receipt)


def _has_seen(request: StaffRequest, near: dict[str, Any]) -> bool:
    """Whoever saves has had every open case near by before their eyes.

    What they kept themselves a moment ago does not count: a form sent twice finds its own case, and the key says so.
    """
    seen = set(" ".join(request.POST.getlist("near_seen")).split())
    just_now = clock.now() - timedelta(minutes=2)
    return all(
        each["reference"] in seen
        or (each["received_by"] == request.actor.account_id and each["received_at"] > just_now)
        for each in near["near"]
    )


def _keep(by: Actor, form: NewCaseForm, photos: list[Photo], *, hand_out: bool) -> Receipt:
    with transaction.atomic():
        receipt = services.receive(by, words=form.words(photos))
        if hand_out and not receipt.is_repeat:
            _hand_out(by, receipt, form)
    return receipt


def _hand_out(by: Actor, receipt: Receipt, form: NewCaseForm) -> None:
    if not Case.objects.within(by.scope).filter(id=receipt.case_id).exists():
        raise NotFound(
            field="unit",
            problem=_("这个地点不在您的辖区，登记后由街道来派单。"),
            remedy=_("请点“登记”。"),
        )
    unit = int(form.cleaned_data["unit"])
    services.take_step(by, case_id=receipt.case_id, step="accept")
    data = StepData(unit_id=unit, text=form.cleaned_data["instruction"])
    services.take_step(by, case_id=receipt.case_id, step="hand_out", data=data)


def _with_new_key(request: StaffRequest) -> NewCaseForm:
    data = request.POST.copy()
    data["key"] = uuid4().hex
    return NewCaseForm(request.actor, data)


def _already(refused: Refusal) -> Refusal:
    return Conflict(
        problem=_("这张表刚才已经登记过一件，内容和现在的不同。"),
        remedy=_("如果是另一件事，请再点一次登记；如果是同一件，请到那件诉求里更正。"),
        extra=refused.extra,
    )


def _after(request: StaffRequest, receipt: Receipt) -> HttpResponse:
    case = Case.objects.within(request.actor.scope).filter(id=receipt.case_id).first()
    again = reverse("desk_new")
    said = format_html(
        '{} <strong class="number">{}</strong>{} <a href="{}">{}</a>',
        _("已登记，请把编号告诉来访人："), receipt.reference, _("。"), again, _("再登记一件"),
    )  # fmt: skip
    messages.success(request, said)
    if case is None:
        messages.info(request, _("地点不在您的辖区，这件由当地社区或街道办理。"))
        return redirect("desk_cases")
    return redirect("desk_case", reference=receipt.reference)


@require_POST
@staff_page(rules.RECEIVE)
def near(request: StaffRequest) -> HttpResponse:
    """While somebody writes: danger, the category the words suggest, where it lies, open cases near by."""
    form = NewCaseForm(request.actor, request.POST)
    form.full_clean()
    return render(request, "desk/new_case_near.html", _look_around(request.actor, form))


def _look_around(actor: Actor, form: NewCaseForm, photos: Sequence[Photo] = ()) -> dict[str, Any]:
    told = form.cleaned_data
    found: dict[str, queries.NearBy] = {}
    for each in queries.with_same_phone(actor.scope, told.get("phone") or ""):
        found[each.case.reference] = each
    located = _located(actor, form)
    if located is not None and located.lon is not None and located.lat is not None:
        for each in queries.near_by(actor.scope, located.lon, located.lat):
            found.setdefault(each.case.reference, each)
    if located is not None and located.living_area_id and located.building_id:
        for each in queries.in_same_building(actor.scope, located.living_area_id, located.building_id):
            found.setdefault(each.case.reference, each)
    for each in queries.with_like_photos(actor.scope, photos):
        found[each.case.reference] = replace(found.get(each.case.reference, each), same_photo=True)
    guess = form.guess
    likely = sorted(
        found.values(),
        key=lambda each: (
            not each.same_photo,
            not each.same_phone and each.case.category_id != (guess and guess.id),
        ),
    )
    return {
        "near": [said_near(each, guess.id if guess else None) for each in likely[:12]],
        "danger": _danger(told.get("text") or ""),
        "guess": name_of(guess) if guess else "",
        "suggested": suggested_context(
            told.get("text") or "",
            on=clock.today(),
            tenant_id=actor.scope.tenant,
            chosen=told.get("category") or (guess.code if guess else ""),
        ),
        "guessed_limit": guess.limit_days if guess else None,
        "located": _said_located(actor, located),
    }


def _located(actor: Actor, form: NewCaseForm) -> locating.Located | None:
    told = form.cleaned_data
    words = Words(text=told.get("text") or "", **form.said_place())
    try:
        return locating.locate(actor, street_map(actor.scope.tenant), words, words.place, words.text)
    except Refusal:
        return None  # said at the field when the form is sent


def _said_located(actor: Actor, located: locating.Located | None) -> str:
    if located is None or located.by == "unknown":
        return ""
    if located.by == "outside":
        return _("不在本街道的网格内")
    return area_words(street_map(actor.scope.tenant), located.community_id, located.grid_id)


def _danger(words: str) -> dict[str, str] | None:
    number = catalogue.danger_in(words)
    if number is None:
        return None
    row = next(r for r in reference.rows("danger_words") if r["word"] in words)
    return {"number": number, "advice": row["advice"], "advice_en": row["advice_en"]}


def _show(
    request: StaffRequest, form: NewCaseForm, *, near: dict[str, Any] | None = None, refusal: Refusal | None = None,
    is_preview: bool = False, status: int = 200,
) -> HttpResponse:  # fmt: skip
    context: dict[str, Any] = {
        "form": form,
        "refusal": refusal,
        "is_preview": is_preview,
        "may_hand_out": may_hand_out(request.actor),
        "lost_photos": bool(request.FILES),
        "outlines_url": outlines_url(request.actor.scope.tenant),
        "lookup_url": reverse("desk_place_at"),
        "buildings_url": reverse("desk_buildings"),
        "near_url": reverse("desk_new_near"),
        "crumbs": [{"label": _("诉求列表"), "href": reverse("desk_cases")}, {"label": _("登记诉求")}],
    }
    return desk_page(request, "desk/new_case.html", context | (near or {}), status=status)
