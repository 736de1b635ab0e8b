"""What follows on an answer: a case whose reporter is to be called, one that somebody looks at on the spot."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from baiying.cases import call_backs
from baiying.cases.models import CallBack, Case
from baiying.kit import clock
from baiying.org.rules import Scope, acting
from tests.cast import Cast


def call_back_of(cast: Cast, **more: Any) -> CallBack:
    """A task of calling somebody back, in e1."""
    case = cast.lead(cast.case(**more), "checked")
    with clock.telling(clock.now() + timedelta(days=3)):
        call_backs.open_call_backs(cast.tenant.id)
    with acting(Scope(cast.tenant.id, "street")):
        found: CallBack = CallBack.objects.get(case_id=case.id)
    return found


def checked_case(cast: Cast) -> Case:
    """A handled case in e2, drawn for a check on site by the worker of e1."""
    cast.draw_all()
    case = cast.case(at=cast.in_grid("e2"))
    return cast.lead(case, "handled")
