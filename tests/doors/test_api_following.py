"""A resident's program shows what is reported already near by, follows it, and reads how far it is; nobody else does."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from baiying.cases import following, steps
from tests.cast import Cast
from tests.doors.test_api_changing import get, send

pytestmark = pytest.mark.django_db

LAMP, SAME = "小区东门口路灯坏了三天，晚上看不见路", "东门那盏路灯不亮，老人摔了一跤"


def with_key(address: str, key: str) -> int:
    """The status of what the secret is needed for."""
    said = json.dumps({"key": key})
    return Client().post(f"/api/v1/follows/{address}", said, content_type="application/json").status_code


def test_followed_instead_of_reported_again(cast: Cast) -> None:
    case = cast.lead(cast.case(text=LAMP, name="王建国", phone="13805330001"), steps.IN_PROGRESS)
    lon, lat = cast.in_grid("e1")
    near = send("nearby", {}, text=SAME, lon=lon, lat=lat)
    [shown] = near.json()["near"]
    assert shown["category"] is not None and case.reference not in near.content.decode()
    made = send("follows", {}, token=shown["token"], phone="13805330009")
    again = send("follows", {}, token=shown["token"], phone="13805330009")
    assert (made.status_code, again.json()) == (201, made.json()), made.content
    assert following.count_of(case) == 1
    reference, key = made.json()["reference"], made.json()["key"]
    read = get(f"follows/{reference}?key={key}", {})
    assert (read.json()["state"], read.json()["has_phone"], read.json()["is_over"]) == (
        "in_progress",
        True,
        False,
    )
    assert "王建国" not in read.content.decode() and case.reference not in read.content.decode()
    assert get(f"follows/{reference}?key={'a' * len(key)}", {}).status_code == 404
    assert get(f"follows/{case.reference}?key={key}", {}).status_code == 404
    assert with_key(f"{reference}/forget-number", key) == 200
    assert get(f"follows/{reference}?key={key}", {}).json()["has_phone"] is False
    assert with_key(f"{reference}/end", "wrong") == 404
    assert with_key(f"{reference}/end", key) == 200
    assert following.count_of(case) == 0


def test_only_what_was_shown_can_be_followed(cast: Cast) -> None:
    assert send("follows", {}, token="made-up").status_code == 404
    short = send("nearby", {}, text="灯", lon=118.3, lat=36.8)
    assert (short.status_code, short.json()["errors"][0]["field"]) == (422, "text")
