"""Writes to a case: notes, photos, corrections, who may see the telephone number."""

from __future__ import annotations

import pytest

from baiying.cases import steps
from tests.cast import WAYS, Cast


@pytest.mark.parametrize("state", list(steps.NUMBER))
def test_cast_leads_a_case_to_every_state(cast: Cast, state: str) -> None:
    assert set(WAYS) == set(steps.NUMBER)
    assert cast.lead(cast.case(), state).state == state
