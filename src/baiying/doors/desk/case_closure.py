"""What the closure of a case rests on, for its page: reused photos, the draw, how often it came back a level higher."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from baiying.cases import closure, exclusions, photo_reuse, raising, rules, sampling, wording
from baiying.cases.models import Case, Draw, Photo, Raising
from baiying.doors.shared.names import name_of
from baiying.kit import clock
from baiying.org.queries import street_map
from baiying.org.rules import Actor

WHY: Final = {"inspection": later("现场抽查发现问题仍在"), "dissatisfied": later("居民不满意")}


def earned_context(by: Actor, case: Case, told: Collection[str], *, has_photos: bool) -> dict[str, Any]:
    """The context of desk/case_closure.html and desk/case_earned.html; asks only for what the case can have.

    told: the steps in its timeline.
    """
    draws = sampling.draws_of(case) if by.scope.level == "street" and sampling.LINE in told else []
    raisings = raising.raisings_of(case) if case.raised_at is not None else []
    return {
        "raisings": [_said_raising(r) for r in raisings[:1]],
        "reuses": [_said_reuse(r) for r in photo_reuse.reuses_of(by.scope, case)] if has_photos else [],
        "draw": _said_draw(draws[0]) if draws else None,
        "propose_url": reverse("desk_exclusion_propose", kwargs={"reference": case.reference})
        if by.has(rules.EXCLUDE) and case.state in exclusions.PROPOSABLE and not case.is_not_counted
        else "",
        "is_not_counted": case.is_not_counted,
    }


def _said_raising(row: Raising) -> dict[str, Any]:
    holder = " ".join(part for part in (row.label, row.duty, row.name) if part)
    return {
        "title": _("提级重办：%(holder)s") % {"holder": holder},
        "text": _("%(why)s，%(at)s") % {"why": WHY.get(row.why, row.why), "at": wording.say_moment(row.at)},
    }


def _said_reuse(one: photo_reuse.Shown) -> dict[str, Any]:
    pictures = [picture_of(one.photo)] + ([picture_of(one.other)] if one.other else [])
    return {
        "pictures": pictures,
        "is_same_case": one.is_same_case,
        "href": reverse("desk_case", kwargs={"reference": one.reference}) if one.reference else "",
        "reference": one.reference,
        "bits": one.reuse.bits,
        "explanation": one.reuse.explanation,
        "explained_name": one.reuse.explained_name,
    }


def _said_draw(draw: Draw) -> dict[str, Any]:
    grid = street_map(draw.tenant_id).units.get(draw.inspector_id or 0)
    if not draw.is_drawn:
        words = _("没有抽中现场抽查。")
    elif draw.result:
        words = _("%(grid)s的网格员看过：%(result)s") % {
            "grid": name_of(grid) if grid else "",
            "result": wording.SAMPLE_RESULTS.get(draw.result, ""),
        }
    elif draw.open_until <= clock.now():
        words = _("抽中了，但没有在期限内去看。")
    else:
        words = _("抽中了，等%(grid)s的网格员去看。") % {"grid": name_of(grid) if grid else ""}
    names = closure.listed()
    parts = _("；").join(f"{name_of(names[key])} {points}%" for key, points in draw.reasons if key in names)
    chance = _("抽中的机会 %(share)d%%：%(parts)s") % {"share": round(draw.probability * 100), "parts": parts}
    return {"words": words, "chance": chance}


LABELS: Final = {
    Photo.Purpose.REPORT: later("反映时"),
    Photo.Purpose.BEFORE: later("办理前"),
    Photo.Purpose.PROOF: later("办理后"),
    Photo.Purpose.INSPECTION: later("抽查时"),
}


def picture_of(photo: Photo) -> dict[str, Any]:
    """A photo as shared/parts/photos.html shows it."""
    href = reverse("desk_photo", kwargs={"photo_id": photo.id})
    label = LABELS[Photo.Purpose(photo.purpose)]
    return {"href": href, "thumb": f"{href}?size=thumb", "label": label, "at": photo.added_at}


def with_distance(tenant_id: int, photos: Sequence[Photo]) -> Callable[[Photo], dict[str, Any]]:
    """The same for proof: with how far from the place it was taken."""
    is_asked = any(p.purpose != Photo.Purpose.REPORT and p.metres is not None for p in photos)
    near = closure.rules_of(tenant_id)["near_metres"] if is_asked else 0

    def shown(photo: Photo) -> dict[str, Any]:
        said = picture_of(photo)
        return said | {"label": f"{said['label']} · {said_distance(photo, near)}"}

    return shown


def said_distance(photo: Photo, near: int) -> str:
    """How far from the place a picture was taken, in words."""
    if photo.metres is None:
        return _("位置不明")
    if photo.metres <= near:
        return _("在现场附近")
    return _("离地点 %(metres)s 米") % {"metres": f"{photo.metres:,}"}
