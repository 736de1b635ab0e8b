import psycopg
import pytest
from django.db import connection, connections

from baiying.command.environment import Database


@pytest.mark.django_db
def test_tests_work_as_the_role_that_row_level_security_binds() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("baiying_app", False, False)


def test_committed_database_is_seen_by_other_connections(committed_database: Database) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE scratch AS SELECT 7 AS number")
    with psycopg.connect(committed_database.owner) as other:
        assert other.execute("SELECT number FROM scratch").fetchall() == [(7,)]
