"""A program that speaks Open311 with the street of the cast, in either format.

A module's tests share one street, founded once; each works in a savepoint of its own that is taken back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, fromstring

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client

from baiying.cases.models import Case, Line
from baiying.doors.shared import tokens
from baiying.kit import clock
from baiying.org import services as org
from baiying.org.rules import Scope, acting
from tests.cast import Cast, found_cast

V2, TEST = "/open311/v2", "/open311/test/v2"


@dataclass
class Program:
    """Keeps the jurisdiction and a key of the dispatch clerk; `None` for either leaves it out."""

    cast: Cast
    key: str = ""
    client: Client = field(default_factory=Client)

    def get(self, path: str, *, at: str = V2, street: str | None = "here", **asked: Any) -> Any:
        given = self._given(street) | asked
        return self.client.get(f"{at}/{path}{'?' if given else ''}{urlencode(given, doseq=True)}")

    def post(
        self, path: str = "requests.json", *, at: str = V2, street: str | None = "here", key: str | None = "ours",
        headers: dict[str, str] | None = None, **said: Any,
    ) -> Any:  # fmt: skip
        given = self._given(street) | (
            {"api_key": self.key if key == "ours" else key} if key is not None else {}
        )
        return self.client.post(f"{at}/{path}", given | said, headers=headers)

    def encoded(self, path: str = "requests.json", **said: Any) -> Any:
        """As a form without files is sent by most programs."""
        given = self._given("here") | {"api_key": self.key} | said
        kind = "application/x-www-form-urlencoded"
        return self.client.post(f"{V2}/{path}", urlencode(given, doseq=True), content_type=kind)

    def good(self, **more: Any) -> dict[str, Any]:
        """A request in grid e1 that has nothing wrong with it."""
        lon, lat = self.cast.in_grid("e1")
        return {"service_code": "trees-green", "lat": lat, "long": lon, "description": "树枝压到电线"} | more

    def sent(self, **more: Any) -> str:
        """The id of a request that was just received."""
        answer = self.post(**self.good(**more))
        assert answer.status_code == 200, answer.content.decode()
        return str(answer.json()[0]["service_request_id"])

    def case(self, reference: str) -> Case:
        with acting(Scope(self.cast.tenant.id, "street")):
            found: Case = Case.objects.select_related("category").get(reference=reference)
            return found

    def lines(self, reference: str) -> list[Line]:
        with acting(Scope(self.cast.tenant.id, "street")):
            return list(Line.objects.filter(case__reference=reference).order_by("id"))

    def _given(self, street: str | None) -> dict[str, str]:
        return (
            {}
            if street is None
            else {"jurisdiction_id": self.cast.tenant.code if street == "here" else street}
        )


@pytest.fixture(scope="module")
def street(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cast]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield found_cast()
        transaction.set_rollback(True)


@pytest.fixture
def cast(street: Cast, django_db_blocker: Any) -> Iterator[Cast]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield street
        transaction.set_rollback(True)


@pytest.fixture
def program(cast: Cast) -> Program:
    tokens.forget()
    by = cast.dispatch_clerk_zhang
    with acting(by.scope):
        return Program(cast, org.issue_token(by, post=cast.posts["dispatch_clerk_zhang"], label="open311")[1])


def tree(answer: HttpResponseBase) -> Element:
    """The document of an XML answer."""
    return fromstring(answer.content.decode())  # type: ignore[attr-defined]


def names(element: Element) -> list[str]:
    return [child.tag for child in element]


def ids(answer: Any) -> list[str]:
    return [row["service_request_id"] for row in answer.json()]


def errors(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.json()
    return found


def days_ago(cast: Cast, days: float, **more: Any) -> Case:
    case = cast.case(**more)
    at = clock.now() - timedelta(days=days)
    with acting(Scope(cast.tenant.id, "street")):
        Case.objects.filter(id=case.id).update(received_at=at, updated_at=at)
    return case


def whole(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()
