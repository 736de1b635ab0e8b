"""What the database itself refuses: a second holder on one day, a ring, a child of the wrong kind."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from baiying.chain.models import Holder, Link
from baiying.org.rules import Scope, acting
from tests.cast import Cast

pytestmark = pytest.mark.django_db
MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


def person(cast: Cast, name: str, *, is_public: bool = True) -> Holder:
    return Holder.objects.create(
        tenant_id=cast.tenant.id, code=name, name=name, duty="x", unit=cast.units["e1"], is_public=is_public,
        community=cast.units["east"], grid=cast.units["e1"],
    )  # fmt: skip


def link(cast: Cast, holder: Holder, level: int, start: date, end: date | None, **child: object) -> Link:
    return Link.objects.create(
        tenant_id=cast.tenant.id, level=level, holder=holder, community=cast.units["east"],
        grid=cast.units["e1"], from_date=start, until_date=end, **child,
    )  # fmt: skip


def refused(cast: Cast, *args: object, **child: object) -> str:
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        link(cast, *args, **child)  # type: ignore[arg-type]
    return str(raised.value.__cause__.diag.constraint_name)  # type: ignore[union-attr]


def test_one_holder_a_day(cast: Cast) -> None:
    with acting(Scope(cast.tenant.id, "street")):
        one, other = person(cast, "甲"), person(cast, "乙")
        link(cast, one, 2, MAY, JULY, unit=cast.units["e1"])
        assert refused(cast, other, 2, JUNE, None, unit=cast.units["e1"]) == "link_one_holder_a_day"
        link(cast, other, 2, JULY, None, unit=cast.units["e1"])
        link(cast, other, 2, MAY, None, unit=cast.units["e2"])


def test_link_that_never_counted_is_in_nobodys_way(cast: Cast) -> None:
    with acting(Scope(cast.tenant.id, "street")):
        one, other = person(cast, "甲"), person(cast, "乙")
        link(cast, one, 2, MAY, MAY, unit=cast.units["e1"])
        link(cast, other, 2, MAY, None, unit=cast.units["e1"])
        assert Link.objects.within(Scope(cast.tenant.id, "street")).count() == 2


def test_rings_are_refused_on_the_days_they_would_exist(cast: Cast) -> None:
    with acting(Scope(cast.tenant.id, "street")):
        a, b, c = (person(cast, name) for name in ("甲", "乙", "丙"))
        link(cast, a, 4, MAY, JULY, person=b)
        link(cast, b, 5, MAY, None, person=c)
        assert refused(cast, c, 4, JUNE, None, person=a) == "link_without_cycles"
        assert refused(cast, a, 5, JUNE, None, person=a) == "link_without_cycles"
        link(cast, c, 4, JULY, None, person=a)


def test_child_fits_its_level(cast: Cast) -> None:
    with acting(Scope(cast.tenant.id, "street")):
        one, other = person(cast, "甲"), person(cast, "乙")
        assert refused(cast, one, 3, MAY, None, unit=cast.units["e1"]) == "link_child_fits_level"
        assert (
            refused(cast, one, 4, MAY, None, person=other, unit=cast.units["e1"]) == "link_child_fits_level"
        )
        assert refused(cast, one, 2, JUNE, MAY, unit=cast.units["e1"]) in (
            "link_ends_after_start", "link_one_holder_a_day",
        )  # fmt: skip


def test_other_branches_read_what_is_posted_and_write_nothing(cast: Cast) -> None:
    with acting(Scope(cast.tenant.id, "street")):
        one, other = person(cast, "甲"), person(cast, "乙", is_public=False)
        link(cast, one, 2, MAY, None, unit=cast.units["e1"])
        link(cast, one, 4, MAY, None, person=other)
    seen = {}
    for scope in (
        Scope(cast.tenant.id, "public"), cast.community_head_chen.scope, cast.grid_worker_lu.scope,
        cast.department_handler_he.scope, cast.community_head_wang.scope, cast.grid_worker_li.scope,
        cast.outsider_zhao.scope, cast.audit_administrator_zheng.scope,
    ):  # fmt: skip
        with acting(scope):
            seen[scope.level, scope.unit] = (Link.objects.count(), Holder.objects.count())
            is_own = scope in (cast.community_head_wang.scope, cast.grid_worker_li.scope)
            assert Link.objects.filter(level=2).update(why_ended="x") == (1 if is_own else 0)
    assert list(seen.values()) == [(1, 1)] * 4 + [(2, 2)] * 2 + [(0, 0)] * 2


def test_no_scope_no_rows(cast: Cast) -> None:
    with acting(Scope(cast.tenant.id, "street")):
        person(cast, "甲")
    from django.db import connection

    from baiying.kit import rls

    with connection.cursor() as cursor:
        cursor.execute(rls.clear_sql())
    with pytest.raises(DatabaseError), transaction.atomic():
        Holder.objects.count()
