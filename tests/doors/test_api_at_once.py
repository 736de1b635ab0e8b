"""Intake on connections of its own: the same key from many hands at once, and references to the millionth."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from django.db import connections

from baiying.cases.models import Case
from baiying.command.environment import Database
from baiying.kit.ids import make_reference
from baiying.org.rules import Scope, acting
from tests.cast import Cast, found_cast
from tests.doors.test_api_requests import post, said


def test_the_same_key_from_many_hands_makes_one_case(committed_database: Database) -> None:
    cast = found_cast()

    def send(number: int) -> Any:
        try:
            return post(said(cast), key=f"same-{number % 3}")
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(8) as hands:
        answers = list(hands.map(send, range(48)))
    assert {a.status_code for a in answers} == {201}
    references = [{a.json()["reference"] for a in answers[n::3]} for n in range(3)]
    assert [len(r) for r in references] == [1, 1, 1]
    with acting(Scope(cast.tenant.id, "street")):
        assert set(Case.objects.values_list("reference", flat=True)) == set.union(*references)


def test_references_made_in_sql_are_those_made_in_python(committed_database: Database) -> None:
    cast: Cast = found_cast()
    dice = random.Random(7)
    serials = [1, 99_999, 100_000, 999_999, 1_000_000, 10**11] + [
        dice.randrange(10 ** dice.randint(1, 11)) + 1 for _ in range(40)
    ]
    with psycopg.connect(committed_database.owner, autocommit=True) as owner:
        for serial in dict.fromkeys(serials):
            owner.execute("ALTER SEQUENCE cases_reference_serial MINVALUE 1 NO MAXVALUE")
            owner.execute("SELECT setval('cases_reference_serial', %s, false)", (serial,))
            assert post(said(cast)).json()["reference"] == make_reference(cast.tenant.short_code, serial)
