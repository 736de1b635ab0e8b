"""The page of one case: what happened, where, the photos, and only the steps that this person may take."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from baiying.cases import calling, queries, rules, steps, supporting, wording
from baiying.cases.clocks import is_estimated
from baiying.cases.extending import may_extend
from baiying.cases.hard_cases import may_mark
from baiying.cases.models import Case, Contact, Line, Photo
from baiying.cases.services import may_take
from baiying.dispatch import outside
from baiying.dispatch.rules import RAISE_CALL
from baiying.doors.desk.calls_said import said_call
from baiying.doors.desk.case_closure import earned_context, picture_of, with_distance
from baiying.doors.desk.case_forms import NoteForm, PhotosForm, StepForm
from baiying.doors.desk.clock_box import said_clocks
from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.guarding import public_box
from baiying.doors.desk.ledger import letters_about
from baiying.doors.desk.lists import place_of
from baiying.doors.desk.merging import merging_context
from baiying.doors.desk.order_forms import SupportForm
from baiying.doors.desk.outside_words import LINKS
from baiying.doors.desk.place_fields import outlines_url
from baiying.doors.desk.said_orders import said_order
from baiying.doors.desk.splitting import parts_context
from baiying.doors.desk.suggested import suggested_context
from baiying.doors.shared import timeline
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_refusal
from baiying.kit import clock, text
from baiying.kit.lifecycle import Step
from baiying.kit.refusals import Refusal
from baiying.org.queries import street_map
from baiying.registry.models import Building, LivingArea

REVEALED: Final = "revealed"  # in the session: {case id: until when the telephone number is shown}
REVEALED_FOR: Final = 600  # seconds
UNDO: Final = "undo"  # in the session: what the next page offers to take back

# step: its icon on the button
ICONS: Final = {name: look[0] for name, look in timeline.LOOKS.items()}


@dataclass(kw_only=True)
class Unsettled:
    """A form that could not be done: shown again with its words, what was wrong, and what others did meanwhile."""

    form: forms.Form
    refusal: Refusal | None = None
    is_overtaken: bool = False
    kept: str = ""
    status: int = 422
    meanwhile: Sequence[Line] = field(default_factory=list)


@require_safe
@staff_page(rules.READ)
def case_page(request: StaffRequest, reference: str) -> HttpResponse:
    """One case."""
    case = queries.case_by_reference(request.actor.scope, reference)
    if case.reference != reference:
        return redirect("desk_case", reference=case.reference)
    return show_case(request, case)


def show_case(request: StaffRequest, case: Case, unsettled: Unsettled | None = None) -> HttpResponse:
    """The page, with a form that has still to be mended when there is one."""
    lines, photos = queries.lines_of(case, public_only=False), queries.photos_of(case)
    seen = lines[-1].id.hex if lines else ""
    told, contact = frozenset(line.step for line in lines), queries.contact_of(case)
    merged, said = merging_context(request, case, told), said_clocks(request.actor.scope, case)
    near_apart = [one["reference"] for one in (*merged["similar"], merged["merged_above"]) if one]
    # What was done about it hangs on its line of the timeline; here stands what was reported.
    reported = [p for p in photos if p.purpose == Photo.Purpose.REPORT]
    context = facts_context(request, case, reported, contact) | {
        "steps": _step_forms(request, case, seen, unsettled),
        "waits_for": waits_for(request, case),
        "note_form": _own(unsettled, NoteForm) or NoteForm(),
        "photos_form": _own(unsettled, PhotosForm) or PhotosForm(),
        "may_note": request.actor.has(rules.NOTE),
        "may_add_photos": request.actor.has(rules.NOTE) and case.state not in steps.ENDED,
        "may_correct": request.actor.has(rules.CORRECT),
        "entries": [
            *timeline.entries(lines, "staff", photos=photos, picture=with_distance(case.tenant_id, photos)),
            *_next_entry(case, said),
        ],
        "suggested": suggested_context(
            case.text, on=clock.today(), tenant_id=case.tenant_id, chosen=case.category.code
        ),
        "earned": earned_context(request.actor, case, told, has_photos=bool(photos)),
        "orders": _orders(request, case),
        **parts_context(request, case, told),
        **public_box(case, contact, told),
        "may_guard": request.actor.has(rules.GUARD),
        **_support(request, case, unsettled),
        "clocks": said,
        "may_extend": may_extend(request.actor, case),
        "may_mark_hard": may_mark(request.actor, case),
        **merged,
        "near": _near(request, case, apart_from=near_apart),
        "around_url": f"{reverse('desk_cases')}?{urlencode({'lon': case.lon, 'lat': case.lat, 'within': 500})}",
        "calls": [said_call(call) for call in calling.calls_of(request.actor.scope, case)],
        "may_call": request.actor.has(RAISE_CALL) and case.state not in steps.ENDED,
        "unsettled": unsettled,
        "meanwhile": timeline.entries(unsettled.meanwhile, "staff") if unsettled else [],
        "undo": _undo(request, case),
        **letters_about(request, case),
    }
    return desk_page(request, "desk/case_page.html", context, status=unsettled.status if unsettled else 200)


def facts_context(
    request: StaffRequest, case: Case, photos: Sequence[Photo], contact: Contact | None
) -> dict[str, Any]:
    """What screen and paper both show."""
    card = queries.card_of(contact, in_clear=is_revealed(request, case))
    return {
        "case": case,
        "title": text.first_words(case.text, 28),
        "facts": said_facts(case),
        "photos": [picture_of(photo) for photo in photos],
        "contact": card,
        "may_read_contact": request.actor.has(rules.READ_CONTACT),
        "state_word": steps.LIFECYCLE.state(case.state).label,
        "outlines_url": outlines_url(request.actor.scope.tenant),
        "crumbs": [{"label": _("诉求列表"), "href": reverse("desk_cases")}, {"label": case.reference}],
    }


def said_facts(case: Case) -> list[dict[str, Any]]:
    """The facts in the order in which one asks for them."""
    units = street_map(case.tenant_id).units
    holder = units.get(case.unit_id or 0)
    matter = f"{case.matter.standard_ref} {case.matter.code} {name_of(case.matter)}" if case.matter else ""
    facts: list[dict[str, Any]] = [
        {"name": _("地点"), "value": said_place(case)},
        {"name": _("网格"), "value": place_of(case, street_map(case.tenant_id)) or LOCATED["unknown"]()},
        {"name": _("类别"), "value": name_of(case.category)},
        {"name": _("国标代码"), "value": matter},
        {"name": _("性质"), "value": wording.kind_name(case.kind)},
        {"name": _("来源"), "value": wording.CHANNELS.get(case.channel, case.channel)},
        {"name": _("登记时间"), "when": case.received_at},
        {"name": _("发生时间"), "when": case.occurred_at},
        {
            "name": _("承诺答复"),
            "when": case.promised_by,
            "is_estimated": _is_estimated(case, case.promised_by),
        },
        {"name": _("办理时限"), "when": case.due_at, "is_estimated": _is_estimated(case, case.due_at)},
        {"name": _("承办单位"), "value": name_of(holder) if holder else _("还没有派单")},
        {"name": _("办结时间"), "when": case.handled_at},
        {"name": _("结果"), "value": wording.OUTCOMES.get(case.outcome, "")},
        {"name": _("评价"), "value": wording.RATINGS.get(case.rating, "")},
    ]
    always = {_("地点"), _("网格"), _("承办单位")}
    return [f for f in facts if f.get("value") or f.get("when") or f["name"] in always]


LOCATED: Final = {
    "unknown": lambda: _("还不清楚，请先弄清地点"),
    "outside": lambda: _("不在本街道的网格内"),
}


def said_place(case: Case) -> str:
    """The place in the reporter's words, else as it was chosen or found."""
    if case.place:
        return case.place
    if case.building_id is not None:
        building = Building.objects.filter(tenant_id=case.tenant_id, id=case.building_id).first()
        if building is not None:
            return name_of(building)
    area = LivingArea.objects.filter(tenant_id=case.tenant_id, id=case.living_area_id or 0).first()
    if area is not None:
        return name_of(area)
    if case.located_by in LOCATED:
        return LOCATED[case.located_by]()
    return _("见地图") if case.lon is not None else ""


def is_revealed(request: HttpRequest, case: Case) -> bool:
    """Whether this person asked for the telephone number a few minutes ago (that was recorded then)."""
    return float(request.session.get(REVEALED, {}).get(str(case.id), 0)) > time.time()


def _own(unsettled: Unsettled | None, kind: type[forms.Form]) -> forms.Form | None:
    return unsettled.form if unsettled and isinstance(unsettled.form, kind) else None


def _step_forms(
    request: StaffRequest, case: Case, seen: str, unsettled: Unsettled | None
) -> list[dict[str, Any]]:
    broken = unsettled.form if unsettled and isinstance(unsettled.form, StepForm) else None
    found: list[dict[str, Any]] = []
    for number, step in enumerate(may_take(request.actor, case)):
        is_broken = broken is not None and broken.step.name == step.name
        form = broken if is_broken else StepForm(step, case, seen=seen)
        found.append(
            {
                "step": step,
                "form": form,
                "icon": ICONS.get(step.name, "next"),
                "is_likely": number == 0 and step.likely <= 2,
                "is_open": is_broken or (broken is None and number == 0 and step.likely <= 2),
                "url": reverse("desk_case_step", kwargs={"reference": case.reference, "step": step.name}),
            }
        )
    return found


def waits_for(request: StaffRequest, case: Case) -> str:
    """Why there is nothing to do here for this person, or who has to move."""
    if case.state in steps.ENDED:
        return _("这件诉求已经结案。")
    if case.merged_into_id is not None:
        return _("这件诉求由主件一起办。")
    if case.state == steps.WAITING:
        return _("在等居民答复，暂停计时。")
    holder = street_map(case.tenant_id).units.get(case.unit_id or 0)
    if case.state in steps.WITH_UNIT and holder is not None:
        return _("由%(unit)s办理。") % {"unit": name_of(holder)}
    for step in steps.LIFECYCLE.steps_from(case.state, by=("staff",)):
        if not request.actor.has(step.permission):
            continue
        refused = queries.refusal_of(step, case, request.actor)
        if refused is not None:
            return say_refusal(refused)
    return _("下一步“%(step)s”由有权限的同志来办。") % {"step": _next_step(case)}


def _next_step(case: Case) -> str:
    return str(next((s.label for s in steps.LIFECYCLE.steps_from(case.state)), ""))


def _next_entry(case: Case, clocks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What comes next, until the first limit that runs: of a case that nobody has accepted that is the one for accepting."""
    if case.state in steps.ENDED or case.merged_into_id is not None:
        return []
    said = {"icon": "next", "is_next": True, "what": _("接下来：%(step)s") % {"step": _next_step(case)}}
    if case.state not in steps.RUNNING:
        return [said]
    whole = {"due_at": case.due_at, "is_estimated": _is_estimated(case, case.due_at)}
    first = min((one for one in clocks if not one["is_over"]), key=lambda one: one["due_at"], default=whole)
    return [said | {"by_when": first["due_at"], "is_estimated": first["is_estimated"]}]


def _is_estimated(case: Case, moment: datetime) -> bool:
    """Said as the resident reads it; what is over needs no word about it any more."""
    open_still = case.state not in steps.ENDED and moment > clock.now()
    return open_still and is_estimated(street_map(case.tenant_id), case.category, moment)


def _orders(request: StaffRequest, case: Case) -> list[dict[str, Any]]:
    """All orders; with the link of one that somebody outside answers, or the form to make one."""
    told = []
    for order in queries.orders_of(request.actor.scope, case):
        link = max(order.links.all(), key=lambda link: link.made_at, default=None)
        said = said_order(order, case)
        if link is not None and request.actor.has(rules.SUPPORT):
            said |= {
                "link_url": reverse("desk_outside_link", kwargs={"link_id": link.id}),
                "link_label": LINKS[link.state][2],
            }
        is_open = link is None or link.state == link.State.FAILED
        said["may_link"] = (
            is_open
            and order.is_running
            and order.unit.level in outside.OUTSIDE
            and request.actor.has(rules.SUPPORT)
        )
        told.append(said)
    return told


def _support(request: StaffRequest, case: Case, unsettled: Unsettled | None) -> dict[str, Any]:
    """Whether this person may ask a unit to support, and the form once it is opened."""
    may = request.actor.has(rules.SUPPORT) and supporting.may_have_supports(case)
    if may and not request.actor.has(rules.HAND_OUT):
        may = supporting.acts_for(request.actor, case.unit_id)
    form = _own(unsettled, SupportForm) if may else None
    if may and form is None and request.GET.get("open") == "support":
        form = SupportForm(case)
    return {"may_support": may, "support_form": form}


def _near(request: StaffRequest, case: Case, apart_from: Sequence[str]) -> list[dict[str, Any]]:
    if case.lon is None or case.lat is None or case.state in steps.ENDED:
        return []
    found = queries.near_by(request.actor.scope, case.lon, case.lat, apart_from=case.id)
    shown = [near for near in found if near.case.reference not in apart_from]
    return [said_near(near, case.category_id) for near in shown[:5]]


def said_near(near: queries.NearBy, category_id: int | None = None) -> dict[str, Any]:
    """An open case near by, in one line; marked when it is of the category in question."""
    case = near.case
    return {
        "href": reverse("desk_case", kwargs={"reference": case.reference}),
        "reference": case.reference,
        "words": text.first_words(case.text, 32),
        "category": name_of(case.category),
        "state": case.state,
        "received_at": case.received_at,
        "received_by": case.received_by,
        "metres": None if near.metres is None else 5 * round(near.metres / 5),
        "same_phone": near.same_phone,
        "same_photo": near.same_photo,
        "same_category": case.category_id == category_id,
    }


def _undo(request: StaffRequest, case: Case) -> dict[str, Any] | None:
    """What was offered after the last step, as long as nothing else has happened to the case."""
    offered = request.session.get(UNDO)
    if not offered or offered["case"] != str(case.id):
        return None
    del request.session[UNDO]
    step: Step | None = steps.LIFECYCLE.step(offered["step"])
    if step not in may_take(request.actor, case) or offered["fields"]["version"] != case.version:
        return None
    return {"text": offered["text"], "url": offered["url"], "fields": offered["fields"]}
