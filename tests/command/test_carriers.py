"""Carriers really running beside the worker: several connections, a gateway that hangs, two carriers at once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from baiying.command.carriers import Carriers, carry
from baiying.command.environment import Database
from baiying.config import wiring
from baiying.journal.queries import unheard_count
from baiying.journal.services import drain
from baiying.notify import services
from baiying.notify.gateways import Smtp, Web
from baiying.notify.letters import Letter, Person, Recipient
from baiying.notify.models import Sending
from baiying.notify.preferences import save_preferences
from baiying.org.rules import Scope, acting
from tests.cast import Cast, found_cast
from tests.notify.fakes import mail_server, silent_port, web_gateway

PHONE, MAIL = "13905330001", "sun@street.example"


def letters(cast: Cast, channel: str, count: int, *, person: str = "department_handler_sun") -> None:
    account = cast.accounts[person]
    with acting(Scope(cast.tenant.id, "none", account=account.id)):
        save_preferences(
            Person(cast.tenant.id, account.id, account.name), order=[channel],
            addresses={channel: MAIL if channel == "email" else PHONE}, quiet=None, digest_at=None,
        )  # fmt: skip
    for number in range(count):
        letter = Letter(kind="cases.returned", title=f"第{number}封", is_urgent=True)
        with acting(Scope(cast.tenant.id, "street")):
            services.post(
                tenant_id=cast.tenant.id, key=f"{channel}:{number}", letter=letter,
                to=Recipient(account_id=account.id, name=account.name), subject_kind="case", subject_id="1",
            )  # fmt: skip


def states(cast: Cast) -> dict[str, int]:
    found: dict[str, int] = {}
    with acting(Scope(cast.tenant.id, "street")):
        for channel, state in Sending.objects.values_list("channel", "state"):
            found[f"{channel} {state}"] = found.get(f"{channel} {state}", 0) + 1
    return found


def until(done: Any, seconds: float = 20.0) -> None:
    """Wait for what other threads do; the time is only how long a broken test takes."""
    waited = threading.Event()
    for _turn in range(int(seconds / 0.05)):
        if done():
            return
        waited.wait(0.05)
    pytest.fail("it did not happen")


def test_gateway_that_hangs_holds_up_its_own_channel_only(
    committed_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = found_cast()
    with silent_port() as port, mail_server() as mail:
        monkeypatch.setattr(settings, "PUBLIC_ADDRESS", "https://street.example")
        monkeypatch.setattr(
            settings,
            "LETTER_GATEWAYS",
            {
                "sms": Web(f"http://127.0.0.1:{port}/", timeout=2.0),
                "email": Smtp("127.0.0.1", mail.port, "baiying@street.example", security="none"),
            },
        )
        letters(cast, "sms", 3)
        letters(cast, "email", 8, person="department_handler_he")
        carriers = Carriers()
        carriers.start()
        try:
            until(lambda: states(cast).get("email sent") == 8)
            assert states(cast).get("sms sent") is None
            cast.lead(cast.case(), "handed_out")
            with acting(Scope(cast.tenant.id, "street")):
                drain(cast.tenant.id, wiring.LISTENERS)
            with acting(Scope(cast.tenant.id, "street")):
                assert unheard_count(cast.tenant.id) == 0
        finally:
            carriers.end(wait=5.0)
    assert [thread.is_alive() for thread in carriers.threads] == [False, False]
    assert len(mail.mails) == 8


def test_two_carriers_send_every_letter_once(
    committed_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = found_cast()
    with web_gateway() as fake:
        monkeypatch.setattr(settings, "PUBLIC_ADDRESS", "https://street.example")
        monkeypatch.setattr(settings, "LETTER_GATEWAYS", {"wecom": Web(fake.url)})
        letters(cast, "wecom", 40)
        done: list[tuple[int, int]] = []

        def work() -> None:
            try:
                done.append(carry(cast.tenant.id, "wecom"))
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        carry(cast.tenant.id, "wecom")
    assert (len(fake.asked), states(cast)) == (40, {"wecom sent": 40})
    assert sum(away for _taken, away in done) == 0
