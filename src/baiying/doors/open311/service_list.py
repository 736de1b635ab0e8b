"""GET services and GET services/<code>: the residents' everyday list, and the questions of each category."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from baiying.cases import catalogue, questions
from baiying.cases.models import Category
from baiying.cases.questions import Question
from baiying.doors.open311.answering import Answer, resource
from baiying.doors.open311.asking import Call
from baiying.doors.open311.keys import reader
from baiying.kit import clock
from baiying.kit.language import is_english
from baiying.kit.refusals import NotFound


@resource("GET")
def services(call: Call) -> Answer:
    """All categories in force today."""
    reader(call)
    assert call.street
    return Answer("services", [_shown(category) for category in catalogue.categories(clock.today())])


@resource("GET")
def definition(call: Call, code: str) -> Answer:
    """The questions of one category; an empty list where it has none. Raises NotFound."""
    reader(call)
    assert call.street
    category = category_with(code)
    asked = [_asked(question) for question in questions.questions_of(category.code)]
    return Answer("service_definition", {"service_code": category.code, "attributes": asked})


def category_with(code: str) -> Category:
    """The category in force today with this service_code. Raises NotFound."""
    found = catalogue.category_with_code(code, clock.today())
    if found is None:
        raise NotFound(
            field="service_code", problem=_("没有这个 service_code。"), remedy=_("可用的见 GET services。")
        )
    return found


def service_name(category: Category) -> str:
    """In the reader's language."""
    return category.name_en if is_english() and category.name_en else category.name


def _shown(category: Category) -> dict[str, Any]:
    return {
        "service_code": category.code,
        "service_name": service_name(category),
        "description": ngettext(
            "一般在 %(days)d 个工作日内办结。", "一般在 %(days)d 个工作日内办结。", category.limit_days
        ) % {"days": category.limit_days},
        "metadata": bool(questions.questions_of(category.code)),
        "type": "realtime",
        "keywords": ",".join(word for word in category.keywords.split("|") if word),
        "group": category.group_en if is_english() and category.group_en else category.group,
    }  # fmt: skip


def _asked(question: Question) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "variable": question.is_asked,
        "code": question.code,
        "datatype": question.datatype,
        "required": question.is_required,
        "datatype_description": question.hint_said or None,
        "order": question.order,
        "description": question.said,
    }
    if question.choices:
        shown["values"] = [{"key": choice.key, "name": choice.said} for choice in question.choices]
    return shown
