"""The demonstration's checks on site, call-backs and reviews."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from baiying.cases import exclusions
from baiying.cases.models import CallBack, Case, Draw
from baiying.insight import checking
from baiying.insight.services import differences
from baiying.kit import clock
from baiying.kit.photos import differing_bits
from baiying.org.rules import Scope, acting
from baiying.street import visiting
from baiying.street.drawings import drawing
from baiying.street.office import Office, Script
from tests.cast import Cast


@pytest.mark.django_db
def test_what_waits_at_the_desk_is_true_to_the_cases(cast: Cast) -> None:
    cast.draw_all()
    office = Office(cast.tenant.id, random.Random(3), story=True)
    for day in range(9, 15):
        with clock.telling(clock.now() - timedelta(days=day)):
            case = cast.case(phone="13805330001")
        office.play(case.id, Script(outcome="explained", rating="dissatisfied"))
    with clock.telling(clock.now() - timedelta(days=4)):
        cast.lead(cast.case(phone="13805330001"), "checked")
    visiting.fill_the_desk(office)
    visiting.fill_the_desk(office)
    assert not [fault for fault in office.refused if fault.startswith("closure")]
    with acting(Scope(cast.tenant.id, "street")):
        assert Draw.objects.exclude(result="").count() >= 3
        assert CallBack.objects.filter(tries=1).count() == 1
        assert Case.objects.filter(is_not_counted=True).count() == 1
        assert len(exclusions.waiting(cast.leader_zhou)) == 1
        assert differences(cast.tenant.id) == []
        for name in ("state_and_times", "journal_and_timeline", "last_word", "photo_count"):
            assert checking.broken(cast.tenant.id, name) == [], name


def test_no_two_drawings_look_alike() -> None:
    seen = [drawing(number).phash for number in range(60)]
    assert min(differing_bits(a, b) for n, a in enumerate(seen) for b in seen[:n]) > 5
