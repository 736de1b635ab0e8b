"""The filters of the list as a form: read from the address, refused by name, shown as words that can be removed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from baiying.cases import catalogue, steps
from baiying.cases.around import RADII, Around, open_around
from baiying.cases.filters import NOWHERE, PERIODS, CaseFilter, Period
from baiying.cases.reference import KINDS
from baiying.cases.rules import READ_CONTACT
from baiying.cases.wording import CHANNELS, METHODS, RATINGS
from baiying.doors.shared.names import name_of
from baiying.doors.shared.words import say_date
from baiying.kit import clock
from baiying.kit.geometry import read_point
from baiying.kit.ids import parse_reference
from baiying.kit.language import is_english
from baiying.kit.refusals import Refusal
from baiying.kit.text import clean, mask_phone, normalise_phone
from baiying.org.models import Unit
from baiying.org.queries import StreetMap, street_map
from baiying.org.rules import Actor, Scope
from baiying.topics import queries

NONE: Final = "none"  # as value of community, grid, unit: the cases that have none
EARLIEST: Final = date(2000, 1, 1)
LATEST: Final = date(2100, 1, 1)
# Beside the filters: where the page begins, which words are meant, whether all are counted.
OTHER_NAMES: Final = frozenset({"cursor", "in", "sort", "exact", "lang", "text"})
_KEPT: Final = frozenset({"in", "sort"})  # of these, what another page of the same list asks for again
POSITION: Final = ("lon", "lat", "within")  # around which point, and how far: one condition of three fields

Choices = list[tuple[str, Any]]
_UNKNOWN: Final = {"invalid_choice": later("没有“%(value)s”这一项，请从列表里选。")}
_YES_NO: Choices = [("", later("不限")), ("yes", later("是")), ("no", later("否"))]


class CodeField(forms.ChoiceField):
    """A choice by code; codes that are no longer offered are still understood."""

    def __init__(self, *, label: Any) -> None:
        super().__init__(label=label, required=False, error_messages=_UNKNOWN)
        self.known: dict[str, str] = {}

    def offer(self, choices: Sequence[Any], known: dict[str, str]) -> None:
        self.choices = [("", _("不限")), *choices]
        self.known = known

    def valid_value(self, value: object) -> bool:
        return str(value) in self.known


class ManyField(forms.MultipleChoiceField):
    """Several choices, any of them."""

    def __init__(self, *, label: Any, known: dict[str, Any] | None = None, list_box: bool = True) -> None:
        choices = list((known or {}).items())
        widget = forms.SelectMultiple(attrs={"size": 4}) if list_box else forms.CheckboxSelectMultiple
        super().__init__(label=label, required=False, choices=choices, widget=widget, error_messages=_UNKNOWN)
        self.known: dict[str, Any] = known or {}

    def valid_value(self, value: object) -> bool:
        return str(value) in self.known


def _choice(label: Any, choices: Choices) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=choices, error_messages=_UNKNOWN)


def _yes_no(label: Any) -> forms.ChoiceField:
    return _choice(label, _YES_NO)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, input_formats=["%Y-%m-%d"], widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": later("日期要写成 2026-11-23 的样子。")},
    )  # fmt: skip


class FilterForm(forms.Form):
    """The agreed parameter names of /desk/cases/."""

    q = forms.CharField(label=later("文字"), required=False, max_length=100)
    open = _yes_no(later("未结案"))
    lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)
    within = _choice(later("附近"), [("", later("不限")), *((str(m), m) for m in RADII)])
    overdue = _choice(later("已超期"), [_YES_NO[0], _YES_NO[1]])
    due = _choice(later("即将超期"), [_YES_NO[0], ("soon", later("剩一个工作日以内"))])
    community = CodeField(label=later("社区"))
    grid = CodeField(label=later("网格"))
    unit = CodeField(label=later("承办单位"))
    contacted = _yes_no(later("回访联系上"))
    solved = _yes_no(later("居民说已解决"))
    counted = _yes_no(later("计入评价"))
    merged = _choice(
        later("合并"), [("", later("不限")), ("yes", later("已并入别的件")), ("any", later("连同并入的"))]
    )
    category = ManyField(label=later("类别"))
    topic = forms.UUIDField(
        label=later("热点话题"), required=False, widget=forms.HiddenInput,
        error_messages={"invalid": later("没有这个话题。")},
    )  # fmt: skip
    kind = ManyField(label=later("性质"))
    channel = ManyField(label=later("来源"), known=CHANNELS)
    rating = ManyField(label=later("评价"), known=RATINGS)
    method = ManyField(label=later("怎么评价的"), known=METHODS)
    state = ManyField(label=later("状态"), known={s.code: s.label for s in steps.STATES}, list_box=False)
    received_from, received_to = _day(later("登记从")), _day(later("登记到"))
    handled_from, handled_to = _day(later("办结从")), _day(later("办结到"))
    closed_from, closed_to = _day(later("结案从")), _day(later("结案到"))
    reopened_from, reopened_to = _day(later("重开从")), _day(later("重开到"))
    rated_from, rated_to = _day(later("评价从")), _day(later("评价到"))
    raised_from, raised_to = _day(later("提级从")), _day(later("提级到"))

    def __init__(self, data: QueryDict, *, scope: Scope) -> None:
        super().__init__(data, auto_id="filter-%s")
        street = street_map(scope.tenant)
        categories = catalogue.categories(clock.today())
        groups = groupby(categories, key=_group_of)
        self._choose("category", [(g, [(c.code, name_of(c)) for c in found]) for g, found in groups],
                     {c.code: name_of(c) for c in categories})  # fmt: skip
        kinds = {code: name_of(_TwoNames(row["name"], row["name_en"])) for code, row in KINDS.items()}
        self._choose("kind", list(kinds.items()), kinds)
        places = _offered(street, scope)
        for name, choices in places.by_field.items():
            field = self.fields[name]
            assert isinstance(field, CodeField)
            field.offer(choices, places.known)

    def _choose(self, name: str, choices: list[Any], known: dict[str, str]) -> None:
        field = self.fields[name]
        assert isinstance(field, ManyField)
        field.choices, field.known = choices, known

    @property
    def places_and_kinds(self) -> list[forms.BoundField]:
        """Everything that is chosen from a list, and the words; states and dates stand apart on the page."""
        apart = {"state", "topic", *POSITION}
        return [self[n] for n in self.fields if n not in apart and not n.endswith(("_from", "_to"))]

    @property
    def periods(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The pairs of dates."""
        return [(self[f"{name}_from"], self[f"{name}_to"]) for name in PERIODS]

    def clean_q(self) -> str:
        return clean(str(self.cleaned_data["q"])).strip()

    def clean(self) -> dict[str, Any]:
        given = set(self.data) - set(self.fields) - OTHER_NAMES
        if given:
            raise forms.ValidationError(_("没有“%(name)s”这个筛选条件。") % {"name": sorted(given)[0][:40]})
        for name in PERIODS:
            first, last = self.cleaned_data.get(f"{name}_from"), self.cleaned_data.get(f"{name}_to")
            for which, day in (("from", first), ("to", last)):
                if day is not None and not EARLIEST <= day <= LATEST:
                    self.add_error(f"{name}_{which}", _("日期超出了范围。"))
            if first and last and first > last:
                self.add_error(f"{name}_to", _("结束日期在开始日期之前。"))
        self._clean_position()
        if self.cleaned_data.get("overdue") and self.cleaned_data.get("due"):
            self.add_error("due", _("“已超期”和“即将超期”只能选一个。"))
        return self.cleaned_data

    def _clean_position(self) -> None:
        given = [name for name in POSITION if self.data.get(name)]
        if given and len(given) < len(POSITION):
            self.add_error("within", _("要看附近的，位置和范围都要有。"))
        elif given and not self.errors:
            try:
                read_point(self.cleaned_data["lon"], self.cleaned_data["lat"])
            except Refusal as refusal:
                self.add_error("within", str(refusal.problem))


def _group_of(category: Any) -> str:
    return name_of(_TwoNames(category.group, category.group_en))


@dataclass
class _TwoNames:
    name: str
    name_en: str


@dataclass(frozen=True)
class _Places:
    by_field: dict[str, list[Any]]
    known: dict[str, str]


_held: dict[tuple[int, str, int, bool], tuple[StreetMap, _Places]] = {}


def _offered(street: StreetMap, scope: Scope) -> _Places:
    """Some 300 names, the same for every list until the street's map is read anew."""
    key = (scope.tenant, scope.level, scope.unit, is_english())
    held = _held.get(key)
    if held is not None and held[0] is street:
        return held[1]
    if len(_held) > 500:
        _held.clear()
    known = {u.code: name_of(u) for u in street.units.values()} | {NONE: _("没有")}
    places = _Places(_places(street, scope), known)
    _held[key] = (street, places)
    return places


def _places(street: StreetMap, scope: Scope) -> dict[str, list[Any]]:
    """What each place field offers; a grid worker is not asked for a community."""
    communities = street.at_level(Unit.Level.COMMUNITY)
    if scope.level == "community":
        communities = [c for c in communities if c.id == scope.unit]
    grids = street.at_level(Unit.Level.GRID)
    by_community: list[Any] = [
        (name_of(c), [(g.code, name_of(g)) for g in grids if g.parent_id == c.id]) for c in communities
    ]
    nowhere = (NONE, _("地点待定"))
    units: list[Any] = [
        (title, [(u.code, name_of(u)) for u in street.at_level(*levels)])
        for title, levels in (
            (_("部门"), (Unit.Level.DEPARTMENT,)),
            (_("成员单位"), (Unit.Level.PARTNER,)),
            (_("社区"), (Unit.Level.COMMUNITY,)),
        )
    ]
    return {
        "community": [*((c.code, name_of(c)) for c in communities), nowhere],
        "grid": [*by_community, nowhere],
        "unit": [*units, (NONE, _("还没有派单"))],
    }


@dataclass
class Asked:
    """What the address asks for: the form for showing it, the filter, the words."""

    form: FilterForm
    scope: Scope
    query: QueryDict  # without what asks for nothing, and without the place in the list
    reads_contacts: bool = False  # who asks may find cases by the number of their reporter

    @property
    def is_valid(self) -> bool:
        return self.form.is_valid()

    @property
    def words(self) -> str:
        return str(self.form.cleaned_data.get("q", ""))

    @property
    def phone(self) -> str | None:
        """The words as a telephone number, where cases are looked for by it; None where they are words."""
        if not self.reads_contacts or self.query.get("in") == "text":
            return None
        typed = self.query.get("q", "")
        return normalise_phone(clean(typed)) if len(typed) <= 100 else None

    @cached_property
    def around(self) -> list[Around] | None:
        """The open cases around the point that is asked for, the nearest first; None when none is. Read once.

        Raises Invalid (`within`) for too many.
        """
        said = self.form.cleaned_data
        if not said.get("within"):
            return None
        return open_around(self.scope, said["lon"], said["lat"], metres=int(said["within"]))

    def filter(self, *, ids: Iterable[UUID] | None = None) -> CaseFilter:
        """The filter for the database; only of a valid form. Cases around a point are asked for by id."""
        said = self.form.cleaned_data
        if self.around is not None:
            near = [each.id for each in self.around]
            ids = near if ids is None else set(ids).intersection(near)
        if said["topic"]:
            tied = queries.case_ids(self.scope, said["topic"])
            ids = tied if ids is None else set(ids).intersection(tied)
        units = street_map(self.scope.tenant).by_code
        codes = set(said["category"])
        periods = {name: Period(said[f"{name}_from"], said[f"{name}_to"]) for name in PERIODS}
        return CaseFilter(
            states=tuple(said["state"]),
            community=_id(units, said["community"]),
            grid=_id(units, said["grid"]),
            unit=_id(units, said["unit"]),
            categories=tuple(catalogue.ids_of(codes)) if codes else (),
            kinds=tuple(said["kind"]),
            channels=tuple(said["channel"]),
            ratings=tuple(said["rating"]),
            methods=tuple(said["method"]),
            is_not_counted=None if not said["counted"] else said["counted"] == "no",
            is_contacted=_answer(said["contacted"]),
            is_solved=_answer(said["solved"]),
            is_open=_answer(said["open"]),
            merged=said["merged"] or ("any" if said["q"] else ""),
            due="overdue" if said["overdue"] else said["due"],
            ids=None if ids is None else tuple(ids),
            **periods,
        )

    def chips(self, path: str) -> list[dict[str, Any]]:
        """Every condition in words, with the address of the list without it."""
        found: list[dict[str, Any]] = []
        if self.query.get("within"):
            rest = self.query.copy()
            for name in POSITION:
                rest.pop(name, None)
            words = _("没结案、%(metres)s 米以内") % {"metres": self.query["within"]}
            found.append({"name": _("附近"), "value": words, "remove_url": address(path, rest)})
        for name, field in self.form.fields.items():
            for value in self.query.getlist(name) if name not in POSITION else ():
                rest = self.query.copy()
                rest.setlist(name, [v for v in rest.getlist(name) if v != value])
                label, words = self._worded(name, field, value)
                found.append({"name": label, "value": words, "remove_url": address(path, rest)})
        return found

    def _worded(self, name: str, field: forms.Field, value: str) -> tuple[str, str]:
        """(name, value) of a condition; what was typed as what it is taken for, a number without its middle."""
        label = str(field.label)
        if name == "topic":
            return label, self._topic(value)
        if name == "q" and self.phone is not None:
            return _("电话"), mask_phone(self.phone)
        if name == "q" and self.query.get("in") != "text" and (reference := parse_reference(value)):
            return _("编号"), reference
        return label, _said(field, value)

    def _topic(self, value: str) -> str:
        topic_id = self.form.cleaned_data.get("topic") if self.is_valid else None
        return queries.title_of(self.scope, topic_id) if topic_id else value


def _id(units: dict[str, Unit], code: str) -> int | None:
    if not code:
        return None
    return NOWHERE if code == NONE else units[code].id


def _answer(word: str) -> bool | None:
    return {"yes": True, "no": False}.get(word)


def _said(field: forms.Field, value: str) -> str:
    if isinstance(field, CodeField | ManyField):
        return str(field.known.get(value, value))
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    if isinstance(field, forms.DateField):
        try:
            return say_date(date.fromisoformat(value), year=True)
        except ValueError:
            return value
    return value


def asked(data: QueryDict, actor: Actor) -> Asked:
    """Read the address."""
    query = QueryDict(mutable=True)
    for name in data:
        values = [v for v in dict.fromkeys(data.getlist(name)) if v.strip()]
        if values and (name not in OTHER_NAMES or name in _KEPT):
            query.setlist(name, values)
    form = FilterForm(query, scope=actor.scope)
    return Asked(form, actor.scope, query, reads_contacts=actor.has(READ_CONTACT))


def address(path: str, query: QueryDict, **more: str) -> str:
    """The list's address with these conditions."""
    whole = query.copy()
    for name, value in more.items():
        whole[name] = value
    words = whole.urlencode()
    return f"{path}?{words}" if words else path
