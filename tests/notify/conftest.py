"""Channels for tests: gateways on this machine, people who have said how they want to be told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import pytest
from pytest_django.fixtures import Settings

from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.notify.gateways import Smtp, Web
from baiying.notify.letters import Person
from baiying.notify.preferences import save_preferences
from baiying.org.rules import Scope, acting
from tests.cast import Cast
from tests.notify.fakes import MailServer, WebGateway, mail_server, web_gateway

MORNING = datetime(2026, 11, 23, 9, tzinfo=ZONE)
PHONE = "13905330001"
MAIL = "sun@street.example"


@pytest.fixture
def sms() -> Iterator[WebGateway]:
    with web_gateway() as fake:
        yield fake


@pytest.fixture
def wecom() -> Iterator[WebGateway]:
    with web_gateway() as fake:
        yield fake


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as fake:
        yield fake


@pytest.fixture
def gateways(settings: Settings, sms: WebGateway, wecom: WebGateway, mail: MailServer) -> Settings:
    settings.PUBLIC_ADDRESS = "https://street.example"
    settings.LETTER_GATEWAYS = {
        "sms": Web(sms.url, "key", "【试验街道】"),
        "wecom": Web(wecom.url),
        "email": Smtp("127.0.0.1", mail.port, "baiying@street.example", security="none"),
    }
    return settings


@pytest.fixture
def morning() -> Iterator[datetime]:
    """It is Monday, nine o'clock."""
    with clock.telling(MORNING):
        yield MORNING


def wants(
    cast: Cast,
    person: str,
    *order: str,
    quiet: tuple[time, time] | None = None,
    digest_at: time | None = None,
) -> None:
    """Somebody says how they want to be told."""
    account = cast.accounts[person]
    addresses = {"sms": PHONE, "wecom": PHONE, "email": MAIL}
    with acting(Scope(cast.tenant.id, "none", account=account.id)):
        save_preferences(
            Person(cast.tenant.id, account.id, account.name), order=order,
            addresses={name: addresses[name] for name in order if name in addresses}, quiet=quiet, digest_at=digest_at,
        )  # fmt: skip


def after(**span: float) -> datetime:
    return clock.now() + timedelta(**span)
