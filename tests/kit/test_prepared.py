"""The short way to a SQL function says and hears what the driver's cursor would."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from django.db.models import TextChoices
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baiying.kit.prepared import PreparedCall, Value

ECHO = """
CREATE FUNCTION pg_temp.echo(a text, b bigint, c float8, d boolean, e uuid, f timestamptz, g text[])
RETURNS TABLE (a text, b bigint, c float8, d boolean, e uuid, f timestamptz, g text[]) LANGUAGE sql
AS $$ SELECT $1, $2, $3, $4, $5, $6, $7 $$
"""
ECHO_CALL = PreparedCall("pg_temp.echo", 7)
WORDS = st.text(st.characters(blacklist_characters="\x00", blacklist_categories=("Cs",)), max_size=40)


@pytest.fixture
def line(db: None) -> Iterator[psycopg.Connection[object]]:
    parameters = connection.get_connection_params()
    parameters = {
        k: v for k, v in parameters.items() if k not in ("context", "cursor_factory", "prepare_threshold")
    }
    with psycopg.connect(**parameters, autocommit=True) as fresh:
        fresh.execute(ECHO)
        yield fresh


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    a=WORDS, b=st.integers(-(2**63), 2**63 - 1), c=st.floats(allow_nan=False), g=st.lists(WORDS, max_size=5)
)
def test_every_value_comes_back_as_it_went(
    line: psycopg.Connection[object], a: str, b: int, c: float, g: list[str]
) -> None:
    when, who = datetime(2026, 10, 1, 8, 30, 0, 5, tzinfo=UTC), UUID(int=b % 2**64)
    values: list[Value] = [a, b, c, b % 2 == 0, who, when, g]
    row = ECHO_CALL.row(line, values)
    again = line.execute(
        "SELECT %s::text, %s::bigint, %s::float8, %s::bool, %s::uuid, %s::timestamptz = %s::timestamptz, %s::text[] = %s::text[]",
        [row[0], row[1], row[2], row[3], row[4], row[5], when, row[6], g],
    ).fetchone()
    assert again == (a, b, c, b % 2 == 0, who, True, True)


def test_nothing_stays_nothing(line: psycopg.Connection[object]) -> None:
    assert ECHO_CALL.row(line, [None] * 7) == [None] * 7


def test_a_choice_of_a_model_goes_as_its_text(line: psycopg.Connection[object]) -> None:
    class Colour(TextChoices):
        RED = "red"

    assert ECHO_CALL.row(line, [Colour.RED, *[None] * 6])[0] == "red"


def test_what_the_server_refuses_is_raised_and_the_connection_lives_on(
    line: psycopg.Connection[object],
) -> None:
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        ECHO_CALL.row(line, ["a", "no number", None, None, None, None, None])
    assert ECHO_CALL.row(line, ["a", 1, None, None, None, None, None])[:2] == ["a", "1"]


def test_a_server_that_went_away_is_an_operational_error(line: psycopg.Connection[object]) -> None:
    ECHO_CALL.row(line, [None] * 7)
    with connection.cursor() as other:  # of the same role
        other.execute("SELECT pg_terminate_backend(%s)", [line.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        ECHO_CALL.row(line, [None] * 7)
