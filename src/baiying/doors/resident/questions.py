"""The pages of a report in their order: what each asks, keeps and checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.forms import Form
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from baiying.cases import catalogue, wording
from baiying.cases.models import Category
from baiying.cases.reference import KINDS
from baiying.doors.resident import forms
from baiying.doors.resident.drafts import Draft, degrees
from baiying.doors.shared.names import name_of
from baiying.kit import clock, geometry
from baiying.kit import text as kit_text
from baiying.kit.refusals import Refusal
from baiying.org.models import Tenant
from baiying.org.queries import street_map
from baiying.org.rules import Scope, acting
from baiying.registry import queries as places

ORDER: Final = ("what", "which", "where", "building", "who", "look")
LABELS: Final = {
    "what": later("什么事"),
    "which": later("哪一类"),
    "where": later("在哪里"),
    "who": later("联系"),
    "look": later("核对"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A draft on its way, and whose street it is for."""

    street: Tenant
    draft: Draft

    @property
    def chosen(self) -> Category | None:
        """The category chosen so far."""
        return catalogue.category_with_code(self.draft.category, clock.today())

    @property
    def category(self) -> Category:
        """The category chosen so far, else the one that intake would take; that one asks for no telephone."""
        anonymous, today = not self.draft.phone, clock.today()
        return self.chosen or catalogue.suggested(self.draft.text, on=today, anonymous=anonymous)


@dataclass(frozen=True, slots=True)
class Page:
    """One question. keep: everything typed goes into the draft, sound or not; check: complaints go on the form."""

    form: Callable[[Asked, QueryDict | None], Form]
    keep: Callable[[Draft, QueryDict], None]
    check: Callable[[Asked, Form], None]


def is_asked(draft: Draft, name: str) -> bool:
    """Which building, only after a living area was chosen and when no exact point is known."""
    return name != "building" or bool(draft.living_area and not draft.has_point)


def after(draft: Draft, name: str) -> str:
    """The page that follows; for a change made from the last page, the last page again."""
    if draft.has_seen_all and (name != "where" or draft.building or not is_asked(draft, "building")):
        return "look"
    return next(p for p in ORDER[ORDER.index(name) + 1 :] if is_asked(draft, p))


def before(draft: Draft, name: str) -> str:
    """The page that comes before; the first one before itself."""
    earlier = [p for p in ORDER[: ORDER.index(name)] if is_asked(draft, p)]
    return earlier[-1] if earlier else name


def bar(name: str) -> list[dict[str, Any]]:
    """The bar of steps, with this one marked."""
    here = list(LABELS).index("where" if name == "building" else name)
    return [
        {"label": label, "state": "done" if n < here else "here" if n == here else "ahead"}
        for n, label in enumerate(LABELS.values())
    ]


def _what(asked: Asked, data: QueryDict | None) -> Form:
    return forms.What(data, initial={"text": asked.draft.text})


def _keep_what(draft: Draft, data: QueryDict) -> None:
    draft.text = data.get("text", "")[:20_000]


def _check_what(asked: Asked, form: Form) -> None:
    asked.draft.text = form.cleaned_data.get("text", asked.draft.text)


def _which(asked: Asked, data: QueryDict | None) -> Form:
    categories = [(c.code, name_of(c)) for c in catalogue.categories(clock.today())]
    kinds = [(code, wording.kind_name(code)) for code in KINDS]
    initial = {"category": asked.draft.category, "kind": asked.draft.kind}
    return forms.Which(data, listed={"category": categories, "kind": kinds}, initial=initial)


def _keep_which(draft: Draft, data: QueryDict) -> None:
    draft.category, draft.kind = data.get("category", "")[:40], data.get("kind", "")[:40]


def _check_which(asked: Asked, form: Form) -> None:
    if "category" in form.errors:
        asked.draft.category = ""
    if "kind" in form.errors:
        asked.draft.kind = ""


def _where(asked: Asked, data: QueryDict | None) -> Form:
    draft = asked.draft
    initial = {
        "living_area": draft.living_area or (_area_named(asked) if not draft.has_place else ""),
        "place": draft.place,
        "lon": draft.lon,
        "lat": draft.lat,
    }
    return forms.Where(data, listed={"living_area": _areas(asked.street)}, initial=initial)


def _area_named(asked: Asked) -> int | str:
    """The living area that the words name already, so that nobody has to say it twice."""
    named = places.named_place(asked.street.id, None, None, "", asked.draft.text)
    return named.living_area_id if named else ""


def _areas(street: Tenant) -> list[Any]:
    units = street_map(street.id).units
    grouped: dict[int, list[tuple[str, str]]] = {}
    with acting(Scope(street.id, "public")):
        for area in places.living_areas(street.id).defer("polygon"):
            grouped.setdefault(area.community_id, []).append((str(area.id), name_of(area)))
    ordered = sorted(grouped, key=lambda community: (units[community].sort_key, community))
    return [(name_of(units[community]), grouped[community]) for community in ordered]


def _keep_where(draft: Draft, data: QueryDict) -> None:
    area = _number(data.get("living_area", ""))
    if area != draft.living_area:
        draft.building = 0
    draft.living_area = area
    draft.place = data.get("place", "")[:600].strip()
    draft.lon, draft.lat = data.get("lon", "")[:40].strip(), data.get("lat", "")[:40].strip()


def _check_where(asked: Asked, form: Form) -> None:
    draft = asked.draft
    if "living_area" in form.errors:
        draft.living_area = 0
    draft.place = form.cleaned_data.get("place", draft.place)
    if not draft.has_place and not form.errors:
        form.add_error(None, _("还没有说在哪里。选一个小区或写几个字都行；实在说不清，请按“说不清在哪里”。"))
    if draft.has_point:
        street = street_map(asked.street.id)
        bounds = street.grids.bounds or street.communities.bounds
        try:
            geometry.read_point(degrees(draft.lon), degrees(draft.lat), expected=bounds)
        except Refusal as refusal:
            if refusal.code == "point_swapped":
                form.is_swapped = True  # type: ignore[attr-defined]  # the page offers the swap
            forms.complain(form, refusal, {})


def _building(asked: Asked, data: QueryDict | None) -> Form:
    draft = asked.draft
    with acting(Scope(asked.street.id, "public")):
        buildings = places.buildings_of(asked.street.id, draft.living_area).defer("polygon")
        found = [(str(b.id), name_of(b)) for b in buildings]
    return forms.Building(data, listed={"building": found}, initial={"building": draft.building or ""})


def _keep_building(draft: Draft, data: QueryDict) -> None:
    draft.building = _number(data.get("building", ""))


def _check_building(asked: Asked, form: Form) -> None:
    if "building" in form.errors:
        asked.draft.building = 0


def _who(asked: Asked, data: QueryDict | None) -> Form:
    form = forms.Who(data, initial={"phone": asked.draft.phone, "name": asked.draft.name})
    form.fields["phone"].required = not asked.category.anonymous_allowed
    form.fields["phone"].error_messages["required"] = _(
        "“%(category)s”这类事需要能联系上您，才能核实和答复，请留下电话；只有办理这件事的人看得到。"
    ) % {"category": name_of(asked.category)}
    return form


def _keep_who(draft: Draft, data: QueryDict) -> None:
    draft.phone, draft.name = data.get("phone", "")[:80].strip(), data.get("name", "")[:120].strip()


def _check_who(asked: Asked, form: Form) -> None:
    phone = form.cleaned_data.get("phone", "")
    if phone and not kit_text.normalise_phone(phone):
        form.add_error("phone", _("这不像一个电话号码。请填 11 位手机号，或带区号的固定电话。"))
    asked.draft.name = form.cleaned_data.get("name", asked.draft.name)


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 18 else 0


PAGES: Final = {
    "what": Page(_what, _keep_what, _check_what),
    "which": Page(_which, _keep_which, _check_which),
    "where": Page(_where, _keep_where, _check_where),
    "building": Page(_building, _keep_building, _check_building),
    "who": Page(_who, _keep_who, _check_who),
}
# Where a refusal of the service is mended: the field's first name -> page.
PAGE_OF: Final = {
    "text": "what", "photos": "what", "category": "which", "kind": "which", "lon": "where", "lat": "where",
    "crs": "where", "place": "where", "contact": "who",
}  # fmt: skip
FIELDS: Final = {"contact.phone": "phone", "contact.name": "name"}
