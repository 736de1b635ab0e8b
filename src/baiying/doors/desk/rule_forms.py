"""The form of one row of the rules of dispatch."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from baiying.cases.rulebook import HOURS, SAYINGS, WHAT
from baiying.dispatch.models import RuleRow
from baiying.dispatch.rulesets import Wanted
from baiying.doors.desk.case_forms import REQUIRED, Choices, category_choices, kind_choices
from baiying.doors.shared.names import name_of
from baiying.org.models import Unit
from baiying.org.queries import StreetMap, street_map

ANY = later("不限")


class RuleForm(forms.Form):
    """What a row fits, and to whom that goes."""

    category = forms.ChoiceField(label=later("类别"), required=False)
    area = forms.ChoiceField(label=later("地区"), required=False)
    what = forms.ChoiceField(label=later("部件或事件"), required=False)
    kind = forms.ChoiceField(label=later("性质"), required=False)
    hours = forms.ChoiceField(label=later("时间"), required=False)
    lead = forms.ChoiceField(label=later("主办"), error_messages={"required": REQUIRED["unit"]})
    supports = forms.MultipleChoiceField(
        label=later("协办（可多选）"), required=False, widget=forms.SelectMultiple(attrs={"size": 6})
    )
    limit_days = forms.IntegerField(
        label=later("期限（工作日，不填用类别的期限）"), required=False, min_value=1, max_value=90
    )
    note = forms.CharField(label=later("依据或说明"), required=False, max_length=300)

    def __init__(self, tenant_id: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        street = street_map(tenant_id)
        units = _units(street)
        self._choices("category", category_choices(ANY))
        self._choices("area", [("", ANY), *_areas(street)])
        self._choices("what", [("", ANY), *WHAT.items()])
        self._choices("kind", kind_choices(ANY))
        self._choices("hours", [("", ANY), *HOURS.items()])
        self._choices("lead", [("", _("请选择")), (_("惯例"), list(SAYINGS.items())), *units])
        self._choices("supports", [(_("惯例"), list(SAYINGS.items())), *units])

    def _choices(self, name: str, choices: Choices) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @staticmethod
    def of(row: RuleRow | None) -> dict[str, Any]:
        """The form's first values for a row that exists."""
        return {} if row is None else {name: getattr(row, name) for name in RuleForm.base_fields}

    def wanted(self) -> Wanted:
        """The row as the service takes it."""
        told = self.cleaned_data
        return Wanted(**told | {"supports": tuple(told["supports"])})


def _units(street: StreetMap) -> Choices:
    levels = (
        (_("部门"), Unit.Level.DEPARTMENT), (_("成员单位"), Unit.Level.PARTNER), (_("社区"), Unit.Level.COMMUNITY),
    )  # fmt: skip
    return [(title, [(u.code, name_of(u)) for u in street.at_level(level)]) for title, level in levels]


def _areas(street: StreetMap) -> Choices:
    grids: dict[int | None, list[Unit]] = {}
    for grid in street.at_level(Unit.Level.GRID):
        grids.setdefault(grid.parent_id, []).append(grid)
    return [
        (name_of(c), [(c.code, name_of(c)), *((g.code, name_of(g)) for g in grids.get(c.id, []))])
        for c in street.at_level(Unit.Level.COMMUNITY)
    ]
