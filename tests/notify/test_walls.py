"""Whose letters are whose: asked at the tables themselves, as the service's role, under every scope."""

from __future__ import annotations

from datetime import datetime, time

import pytest
from django.db import DatabaseError, connection, transaction

from baiying.notify import services
from baiying.notify.letters import Letter, Recipient
from baiying.notify.models import Content, PhoneTask, Posted, Preference, Sending
from baiying.org.queries import scope_of
from baiying.org.rules import Scope, acting
from tests.cast import Cast
from tests.notify.conftest import PHONE, wants

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(cast: Cast, gateways: object, morning: datetime) -> Cast:
    """A letter to the handler about a matter in grid e1, a question to a resident that becomes a call."""
    wants(cast, "department_handler_sun", "sms", quiet=(time(12), time(13)))
    sun = cast.accounts["department_handler_sun"]
    place = {
        "community_id": cast.units["east"].id,
        "grid_id": cast.units["e1"].id,
        "unit_id": cast.units["dept-enforcement"].id,
    }
    letter = Letter(kind="cases.handed_out", title="题", body="文")
    with acting(Scope(cast.tenant.id, "street")):
        services.post(
            tenant_id=cast.tenant.id, key="a", to=Recipient(account_id=sun.id, name=sun.name), letter=letter,
            subject_kind="case", subject_id="1", **place,
        )  # fmt: skip
        services.post(
            tenant_id=cast.tenant.id, key="b", to=Recipient(account_id=None, addresses={"voice": PHONE}), letter=letter,
            subject_kind="case", subject_id="1", ends_in_call=True, **place,
        )  # fmt: skip
    return cast


def seen(scope: Scope) -> dict[str, int]:
    models = {"ledger": Posted, "words": Content, "ways": Sending, "calls": PhoneTask, "settings": Preference}
    with acting(scope):
        return {name: model.objects.count() for name, model in models.items() if model.objects.count()}  # type: ignore[attr-defined]


LEDGER = {"ledger": 2, "ways": 1, "calls": 1}


@pytest.mark.parametrize(
    ("person", "wanted"),
    [
        ("department_handler_sun", {**LEDGER, "words": 1, "settings": 1}),
        ("dispatch_clerk_zhang", LEDGER),
        ("leader_zhou", LEDGER),
        ("community_head_wang", LEDGER),
        ("grid_worker_li", LEDGER),
        ("grid_worker_lu", {}),
        ("community_head_chen", {}),
        ("department_handler_he", {}),
        ("system_administrator_tang", {}),
        ("audit_administrator_zheng", {}),
        ("outsider_zhao", {}),
        ("outsider_handler_jin", {}),
    ],
)
def test_lines_go_by_place_and_words_by_person(told: Cast, person: str, wanted: dict[str, int]) -> None:
    assert seen(scope_of(told.posts[person])) == wanted


def test_service_itself_sees_all_and_residents_nothing(told: Cast) -> None:
    assert seen(Scope(told.tenant.id, "street")) == {**LEDGER, "words": 2, "settings": 1}
    assert seen(Scope(told.tenant.id, "public")) == {}
    assert seen(Scope(told.tenant.id, "case", case=told.case().id)) == {}


def test_own_letters_are_seen_under_every_post(told: Cast) -> None:
    account = told.accounts["department_handler_sun"].id
    for level in ("none", "audit"):
        assert seen(Scope(told.tenant.id, level, account=account))["words"] == 1  # type: ignore[arg-type]
    assert seen(Scope(told.other_tenant.id, "none", account=account)) == {}


def test_person_ends_with_the_scope_that_named_them(told: Cast) -> None:
    """The account that was set for one scope does not stand when a transaction goes on under another, or under none."""
    account = told.accounts["department_handler_sun"].id
    with acting(Scope(told.tenant.id, "street", account=account)):
        assert Content.objects.count() == 1
        with acting(Scope(told.tenant.id, "street")):
            assert Content.objects.count() == 2
        assert Content.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.account', true)")
        assert cursor.fetchone() == ("",)


def test_nobody_writes_for_another(told: Cast) -> None:
    he = told.posts["department_handler_he"]
    sun = told.accounts["department_handler_sun"].id
    with pytest.raises(DatabaseError, match="row-level security"), acting(scope_of(he)):
        Preference.objects.create(tenant_id=told.tenant.id, account_id=sun + 1000)
    with acting(scope_of(he)):
        assert Preference.objects.filter(account_id=sun).update(addresses={}) == 0
        assert Posted.objects.filter(account_id=sun).update(read_at=None) == 0


@pytest.mark.parametrize("table", ["notify_posted", "notify_sending", "notify_phonetask"])
def test_ledger_cannot_be_shortened(told: Cast, table: str) -> None:
    model = {"notify_posted": Posted, "notify_sending": Sending, "notify_phonetask": PhoneTask}[table]
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        acting(Scope(told.tenant.id, "street")),
    ):
        model.objects.all()._raw_delete(using="default")  # type: ignore[attr-defined]
