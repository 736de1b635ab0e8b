"""Every refusal names field, problem and remedy, in the reader's language, for people and for machines."""

from __future__ import annotations

import json

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from baiying.kit import refusals
from baiying.kit.refusals import (
    Conflict,
    Denied,
    Gathered,
    Invalid,
    NotFound,
    Refusal,
    Refusals,
    TooLarge,
    TooMany,
    Unavailable,
    Unsupported,
    to_problem,
    worded,
)


def test_problem_of_one_refusal_is_whole() -> None:
    refusal = Invalid(
        code="text_empty", field="contact.phone", problem="没有写电话。", remedy="请填写。", extra={"most": 5}
    )
    with translation.override("zh-hans"):
        assert to_problem(refusal, "/api/v1/requests#7") == {
            "type": "/problems/text_empty",
            "title": "填写有误",
            "status": 422,
            "detail": "没有写电话。 请填写。",
            "code": "text_empty",
            "instance": "/api/v1/requests#7",
            "most": 5,
            "errors": [
                {
                    "code": "text_empty",
                    "field": "contact.phone",
                    "pointer": "#/contact/phone",
                    "problem": "没有写电话。",
                    "remedy": "请填写。",
                    "most": 5,
                }
            ],
        }


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (Invalid(), 422),
        (Invalid(status=400), 400),
        (NotFound(), 404),
        (Conflict(), 409),
        (TooLarge(), 413),
        (Unsupported(), 415),
        (TooMany(retry_after=3), 429),
        (Unavailable(), 503),
        (Denied(permission="受理", sentence="受理诉求。", unit="雪宫街道"), 403),
    ],
)
def test_each_kind_has_its_status_and_words(refusal: Refusal, status: int) -> None:
    problem = to_problem(refusal)
    json.dumps(problem)
    assert problem["status"] == status
    assert problem["errors"][0]["problem"] and problem["errors"][0]["remedy"]
    assert problem["errors"][0]["pointer"] is None


def test_denial_says_which_permission_at_which_unit() -> None:
    with translation.override("zh-hans"):
        problem = to_problem(Denied(permission=_("受理"), sentence=_("决定是否受理。"), unit="天乐园社区"))
    assert problem["permission"] == "受理" and problem["unit"] == "天乐园社区"
    assert problem["errors"][0]["problem"] == "在“天乐园社区”没有“受理”权限：决定是否受理。"


def test_too_many_says_when_to_come_back() -> None:
    assert TooMany(retry_after=0).headers == {"Retry-After": "1"}
    assert to_problem(TooMany(retry_after=17))["retry_after"] == 17


def test_words_are_put_into_the_language_of_the_reader_not_of_whoever_raised() -> None:
    with translation.override("en"):
        refusal = Invalid(problem=worded(_("还差 %(what)s"), what=_("January")))
    with translation.override("de"):
        assert "Januar" in str(refusal.problem) and "January" not in str(refusal.problem)


def test_form_tells_everything_at_once() -> None:
    gathered = Gathered()
    with gathered.one():
        raise Invalid(field="text", problem="空的")
    with gathered.one():
        pass
    with gathered.one():
        raise Refusals([Invalid(field="lon", problem="不对"), Invalid(field="lat", problem="不对")])
    with pytest.raises(Refusals) as refused:
        gathered.settle()
    assert [part.field for part in refused.value.parts] == ["text", "lon", "lat"]
    assert [e["pointer"] for e in to_problem(refused.value)["errors"]] == ["#/text", "#/lon", "#/lat"]


def test_single_gathered_refusal_stays_itself() -> None:
    gathered = Gathered()
    with gathered.one():
        raise Conflict(field="state")
    with pytest.raises(Conflict):
        gathered.settle()
    Gathered().settle()


def test_statuses_of_several_agree_or_fall_back() -> None:
    assert Refusals([Conflict(), Conflict()]).status == 409
    assert Refusals([Conflict(), Invalid()]).status == 422


def test_other_exceptions_are_not_gathered() -> None:
    with pytest.raises(ZeroDivisionError), Gathered().one():
        _zero = 1 / 0


def test_every_kind_of_refusal_is_documented() -> None:
    kinds = [k for k in vars(refusals).values() if isinstance(k, type) and issubclass(k, Refusal)]
    assert len({k.code for k in kinds}) == len(kinds)
    assert all(k.__doc__ for k in kinds)
