"""Supporting orders at the desk: asked for on the page of a case, done on a page of their own by the unit that has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from baiying.cases import photos as kept
from baiying.cases import queries, rules, supporting, wording
from baiying.cases.models import Case, Photo
from baiying.dispatch import queries as dispatch
from baiying.dispatch.models import Order
from baiying.doors.desk.case_forms import show_refusal
from baiying.doors.desk.case_pages import Unsettled, said_place, show_case
from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.lists import place_of
from baiying.doors.desk.order_forms import STEPS, OrderStepForm, SupportForm
from baiying.doors.desk.said_orders import said_order
from baiying.doors.shared.names import name_of
from baiying.doors.shared.pictures import picture, read_uploads
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit import text
from baiying.kit.refusals import Conflict, NotFound, Refusal
from baiying.org.queries import street_map
from baiying.org.rules import Scope, seeing

MOST_PHOTOS: Final = 12


@require_POST
@staff_page(rules.READ, rules.SUPPORT)
def ask_support(request: StaffRequest, reference: str) -> HttpResponse:
    """Another unit is asked to support the one in charge."""
    case = queries.case_by_reference(request.actor.scope, reference)
    form = SupportForm(case, request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            supporting.hand_out_support(
                request.actor, case_id=case.id, unit_id=int(said["unit"]), text=said["text"],
                due_at=form.until, person=said["person"],
            )  # fmt: skip
        except Refusal as refused:
            left = show_refusal(form, refused)
            return show_case(request, case, Unsettled(form=form, refusal=left, status=refused.status))
        messages.success(request, _("已请单位协办。"))
        return redirect("desk_case", reference=case.reference)
    return show_case(request, case, Unsettled(form=form))


@require_safe
@staff_page(rules.READ)
def order_page(request: StaffRequest, order_id: UUID) -> HttpResponse:
    """One order as the unit that has it sees it; a lead order is worked on at the page of its case."""
    order, case = _found(request, order_id)
    if order.part == Order.Part.LEAD:
        return redirect("desk_case", reference=case.reference)
    return _show(request, order, case)


@require_POST
@staff_page(rules.READ)
def take_step(request: StaffRequest, order_id: UUID, order_step: str) -> HttpResponse:
    """One step of a supporting order; what is refused comes back with every word."""
    order, case = _found(request, order_id)
    if order_step not in STEPS:
        raise NotFound(problem=_("没有这一步。"), remedy=_("请从页面上选一步。"))
    form = OrderStepForm(order_step, request.POST, request.FILES)
    refusal: Refusal | None = None
    is_sound = form.is_valid()
    try:
        pictures = read_uploads(request.FILES.getlist("photos"))
        if is_sound:
            data = form.said(pictures)
            supporting.take_order_step(request.actor, order_id=order.id, step=order_step, data=data)
            messages.success(request, _("%(step)s：已经记下。") % {"step": STEPS[order_step][0]})
            return redirect("desk_order", order_id=order.id)
    except Refusal as refused:
        refusal = refused
        left = show_refusal(form, refused)
        order, case = _found(request, order_id)
        return _show(request, order, case, form=form, refusal=left, status=refusal.status)
    return _show(request, order, case, form=form, status=422)


@require_safe
@staff_page(rules.READ)
def photo(request: StaffRequest, order_id: UUID, photo_id: UUID) -> HttpResponse:
    """A picture that the page of an order shows: what was reported, and its own proof."""
    order, case = _found(request, order_id)
    branch = Scope(case.tenant_id, "case", case=case.id)
    with seeing(branch):
        found = queries.photo_within(branch, photo_id)
    if found.purpose != Photo.Purpose.REPORT and found.id not in order.photo_ids:
        raise NotFound(
            problem=_("没有这张照片，或者不在您能查看的范围内。"), remedy=_("请从派单页面打开照片。")
        )
    content = kept.content_of(found, is_small=request.GET.get("size") == "thumb")
    return picture(content, name=found.id.hex, keep_seconds=86400)


def _found(request: StaffRequest, order_id: UUID) -> tuple[Order, Case]:
    order = dispatch.order_within(request.actor.scope, order_id)
    case = supporting.cases_of(request.actor, [order]).get(order.subject_id) if order is not None else None
    if order is None or case is None:
        raise NotFound(problem=_("没有这张派单，或它不在您的范围内。"), remedy=_("请从本单位的收件箱打开。"))
    return order, case


def _show(
    request: StaffRequest, order: Order, case: Case, *, form: OrderStepForm | None = None,
    refusal: Refusal | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    branch = Scope(case.tenant_id, "case", case=case.id)
    with seeing(branch):
        pictures = queries.photos_of(case)
    orders = queries.orders_of(request.actor.scope, case)
    is_in_sight = Case.objects.within(request.actor.scope).filter(id=case.id).exists()
    shown = picture_for(order)
    context = {
        "order": order,
        "case": case,
        "said": said_order(order, case),
        "title": text.first_words(case.text, 28),
        "facts": _facts(request, order, case),
        "photos": [shown(p) for p in pictures if p.purpose == Photo.Purpose.REPORT][:MOST_PHOTOS],
        "proof": [shown(p) for p in pictures if p.id in order.photo_ids],
        "others": [said_order(other, case) for other in orders if other.id != order.id],
        "steps": _steps(request, order, form),
        "refusal": refusal,
        "wrong": form,
        "is_overtaken": isinstance(refusal, Conflict),
        "case_url": reverse("desk_case", kwargs={"reference": case.reference}) if is_in_sight else "",
        "crumbs": [{"label": _("收件箱"), "href": reverse("desk_inbox")}, {"label": case.reference}],
    }
    return desk_page(request, "desk/order_page.html", context, status=status)


def picture_for(order: Order) -> Callable[[Photo], dict[str, Any]]:
    """How a photo is shown to whoever has the order."""

    def shown(one: Photo) -> dict[str, Any]:
        href = reverse("desk_order_photo", kwargs={"order_id": order.id, "photo_id": one.id})
        label = _("办理后") if one.purpose == Photo.Purpose.PROOF else _("反映时")
        return {"href": href, "thumb": f"{href}?size=thumb", "label": label, "at": one.added_at}

    return shown


def _facts(request: StaffRequest, order: Order, case: Case) -> list[dict[str, Any]]:
    street = street_map(case.tenant_id)
    lead = street.units.get(case.unit_id or 0)
    facts: list[dict[str, Any]] = [
        {"name": _("要做的事"), "value": order.instruction},
        {"name": _("期限"), "when": order.due_at},
        {"name": _("承办人"), "value": name_of(order.person) if order.person else ""},
        {"name": _("主办单位"), "value": name_of(lead) if lead else ""},
        {"name": _("类别"), "value": name_of(case.category)},
        {"name": _("地点"), "value": said_place(case)},
        {"name": _("网格"), "value": place_of(case, street)},
        {"name": _("结果"), "value": wording.RESULTS.get(order.result, "")},
        {"name": _("说明"), "value": order.result_text or order.reason},
        {"name": _("没有照片"), "value": wording.reason_name(order.no_photo_reason)},
    ]
    return [fact for fact in facts if fact.get("value") or fact.get("when")]


def _steps(request: StaffRequest, order: Order, broken: OrderStepForm | None) -> list[dict[str, Any]]:
    found = []
    for number, step in enumerate(supporting.may_take(request.actor, order)):
        label, icon, _words = STEPS[step]
        is_broken = broken is not None and broken.step == step
        url = reverse("desk_order_step", kwargs={"order_id": order.id, "order_step": step})
        form = broken if is_broken else OrderStepForm(step)
        is_open = is_broken or (broken is None and number == 0)
        found.append(
            {"step": step, "label": label, "icon": icon, "form": form, "url": url, "is_open": is_open}
        )
    return found
