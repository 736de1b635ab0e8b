"""Whoever chose English reads English: on every page nothing Chinese is left but what is data."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from baiying.cases import secrets, steps
from baiying.cases.models import Case, Line, StandardText
from baiying.org.models import Account, Tenant, Unit
from baiying.org.rules import Scope, acting
from baiying.registry.models import Building, LivingArea
from tests.cast import Cast

CHINESE = re.compile(r"[^<>\n]*[\u3000-\u303f\u3400-\u9fff\uff00-\uffef][^<>\n]*")
STAFF = (
    "leader_zhou",
    "dispatch_clerk_zhang",
    "community_head_wang",
    "grid_worker_li",
    "department_handler_sun",
    "checker_qian",
    "system_administrator_tang",
    "security_administrator_wu",
    "audit_administrator_zheng",
)
# The product, the other language's own name, and an example of a search in Chinese.
NAMES = ("百应", "中文", "路灯")
# Ends the session, shows samples, or is not a page.
NOT_WALKED = ("desk/logout", "desk/kit", "metrics", "__")


def addresses() -> list[str]:
    """Every address that needs no parameter."""
    return sorted(set(_walk("", get_resolver().url_patterns)))


def _walk(start: str, patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        route = start + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(route, pattern.url_patterns)
        elif not re.search(r"[<^(\\]", route) and not route.startswith(NOT_WALKED):
            yield f"/{route}"


def data_of(tenant: Tenant) -> list[str]:
    """What stands in the database in Chinese and has no English beside it."""
    with acting(Scope(tenant.id, "street")):
        named = [
            *Unit.objects.filter(tenant=tenant),
            *Account.objects.filter(tenant=tenant),
            *LivingArea.objects.filter(tenant_id=tenant.id),
            *Building.objects.filter(tenant_id=tenant.id),
        ]
        said = [line.text for line in Line.objects.filter(tenant_id=tenant.id)]
        said += [
            str(v)
            for line in Line.objects.filter(tenant_id=tenant.id)
            for v in line.data.values()
            if isinstance(v, str)
        ]
        said += [line.actor_name for line in Line.objects.filter(tenant_id=tenant.id)]
        said += [ready.text for ready in StandardText.objects.all()]  # put into words for a resident
    return [thing.name for thing in named if not thing.name_en] + said


def chinese_on(page: str, data: list[str]) -> list[str]:
    text = html.unescape(page)
    for known in sorted({*data, *NAMES}, key=len, reverse=True):
        if known.strip():
            text = text.replace(known, "").replace(known.replace("\n", "<br>"), "")
    return sorted({found.strip() for found in CHINESE.findall(text)})


def english(client: Client) -> Client:
    client.cookies["baiying_language"] = "en"
    return client


def leaks(client: Client, paths: list[str], data: list[str]) -> dict[str, list[str]]:
    found = {}
    for path in paths:
        answer = client.get(path, follow=True, headers={"accept": "text/html"})
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            assert answer.status_code < 500, path
            left = chinese_on(answer.content.decode(), data)
            if left:
                found[path] = left
    return found


@pytest.mark.parametrize("person", ["", *STAFF])
def test_pages_are_english(cast: Cast, person: str) -> None:
    cast.case(text="The street light at the east gate is out", category="street-light-out")
    client = english(cast.client(person) if person else Client())
    assert leaks(client, addresses(), data_of(cast.tenant)) == {}


def case_in(cast: Cast, state: str) -> Case:
    case = cast.case(text="The street light at the east gate is out", category="street-light-out")
    return cast.lead(case, state)


@pytest.mark.parametrize("state", [state.code for state in steps.STATES])
def test_case_pages_are_english_in_every_state(cast: Cast, state: str) -> None:
    case = case_in(cast, state)
    data = data_of(cast.tenant)
    page = f"/desk/cases/{case.reference}/"
    for person in ("dispatch_clerk_zhang", "community_head_wang", "department_handler_sun", "checker_qian"):
        found = leaks(english(cast.client(person)), [page, f"{page}print?inside", "/desk/cases/"], data)
        assert found == {}, person
    secret = secrets.tracking_secret(case.id, case.tracking_epoch)
    assert leaks(english(Client()), [f"/t/{case.reference}?k={secret}"], data) == {}


@pytest.mark.parametrize(
    ("of_street", "inserted"),
    [("zh-hans", "您好，您反映的问题已收到并受理"), ("en", "Thank you. We have received your request")],
)
def test_a_standard_text_is_chosen_in_english_and_sent_in_the_streets_language(
    cast: Cast, settings: Any, of_street: str, inserted: str
) -> None:
    settings.LANGUAGE_CODE = of_street
    client = english(cast.client("dispatch_clerk_zhang"))
    page = client.get(f"/desk/cases/{cast.case().reference}/").content.decode()
    select = page.split('data-phrase-for="accept-text"')[1].split("</select>")[0]
    options = re.findall(r'<option value="([^"]+)">([^<]+)</option>', html.unescape(select))
    words, label = next(o for o in options if o[1].startswith("Thank you"))
    assert words.startswith(inserted)
    assert CHINESE.findall(label) == []


def test_a_chinese_word_would_be_seen() -> None:
    assert chinese_on("<p>Case 诉求 of 东风社区</p>", ["东风社区"]) == ["Case 诉求 of"]
