"""The page of a case and what is done on it, as a browser without JavaScript sees it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from baiying.cases import steps
from baiying.cases.models import Case
from tests.cast import Cast


def page_of(case: Case) -> str:
    return reverse("desk_case", kwargs={"reference": case.reference})


@pytest.mark.parametrize("state", list(steps.NUMBER))
def test_page_shows_every_state_to_everybody_who_may_see_it(cast: Cast, state: str) -> None:
    case = cast.lead(cast.case(), state)
    people = ["leader_zhou", "dispatch_clerk_zhang", "community_head_wang", "grid_worker_li", "checker_qian"]
    if case.unit_id is not None:
        people.append("department_handler_sun")
    for person in people:
        page = cast.client(person).get(page_of(case))
        assert page.status_code == 200, person
        assert case.text in page.content.decode()
