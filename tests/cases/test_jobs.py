"""What time does to cases, to the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from baiying.cases import jobs, services, steps
from baiying.cases.models import IntakeKey, Line
from baiying.kit import clock
from baiying.org.rules import Scope, acting
from tests.cast import Cast

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("state", "job", "last_moment_before", "after", "step"),
    [
        # Asked on Monday: five working days are over on the next Monday at 18:00.
        (steps.WAITING, jobs.stop_waiting, MONDAY + timedelta(days=7, hours=7), steps.ACKNOWLEDGED, "stop_waiting"),
        (steps.PARKED, jobs.unpark, MONDAY + timedelta(days=29), steps.ACKNOWLEDGED, "unpark"),
        (steps.CHECKED, jobs.go_unrated, MONDAY + timedelta(days=10, minutes=-1), steps.RATED, "go_unrated"),
    ],
)  # fmt: skip
def test_a_timed_step_is_taken_when_its_time_has_come_and_not_before(
    cast: Cast, state: str, job: Callable[[int], int], last_moment_before: datetime, after: str, step: str
) -> None:
    with clock.telling(MONDAY):
        case = cast.lead(cast.case(), state)
    with clock.telling(last_moment_before):
        assert job(cast.tenant.id) == 0
    assert cast.read(case.id).state == state
    with clock.telling(last_moment_before + timedelta(days=1)):
        assert job(cast.tenant.id) == 1
        assert job(cast.tenant.id) == 0
    assert cast.read(case.id).state == after
    with acting(Scope(cast.tenant.id, "street")):
        line = Line.objects.filter(case=case).order_by("-id").first()
    assert line is not None
    assert (line.step, line.actor_kind, line.actor_name, line.is_public) == (step, "system", "系统", True)


def test_a_step_that_is_refused_does_not_stop_the_others(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.telling(MONDAY):
        first, second = (cast.lead(cast.case(), steps.CHECKED) for _ in range(2))
    whole = services.take_step

    def quick(by: object, **more: object) -> object:
        if more["case_id"] == first.id:
            services.add_note(cast.checker_qian, case_id=first.id, text="再等等", is_public=False)
            whole(cast.checker_qian, case_id=first.id, step="rate", data=cast.data_for("rate"))
        return whole(by, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "take_step", quick)
    with clock.telling(MONDAY + timedelta(days=11)):
        assert jobs.go_unrated(cast.tenant.id) == 1
    assert [cast.read(c.id).rating for c in (first, second)] == ["satisfied", "no_answer"]


def test_keys_are_forgotten_after_thirty_days(cast: Cast) -> None:
    with clock.telling(MONDAY):
        for key in ("a", "b"):
            cast.case(key=key, body=b"{}")
    with acting(Scope(cast.tenant.id, "street")):
        IntakeKey.objects.filter(key_hash=IntakeKey.objects.first().key_hash).update(  # type: ignore[union-attr]
            created_at=MONDAY - timedelta(days=30, seconds=1)
        )
        with clock.telling(MONDAY):
            assert jobs.forget_keys(cast.tenant.id) == 1
            assert jobs.forget_keys(cast.tenant.id) == 0
        assert IntakeKey.objects.count() == 1
