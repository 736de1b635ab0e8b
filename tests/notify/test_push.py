"""Web push: what a browser opens, what its push service sees, and what becomes of the letter."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import DatabaseError
from pytest_django.fixtures import Settings

from baiying.command.carriers import carry
from baiying.kit import clock
from baiying.kit.refusals import Invalid
from baiying.notify import channels, devices, jobs, sealing, services
from baiying.notify.channels import Answer, Message
from baiying.notify.gateways import Push, Web
from baiying.notify.letters import Letter, Person, Recipient
from baiying.notify.models import Device, Posted, Sending
from baiying.org.queries import scope_of
from baiying.org.rules import Scope, acting
from tests.cast import Cast
from tests.notify.conftest import PHONE, wants
from tests.notify.fakes import closed_port, web_gateway
from tests.notify.push_service import KEY, SUBJECT, Browser, PushService, make_certificate, push_service

SUN = "department_handler_sun"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("push") / "localhost.pem")


@pytest.fixture
def service(certificate: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with push_service(certificate) as fake:
        settings.PUBLIC_ADDRESS = "https://street.example"
        settings.LETTER_GATEWAYS = {"push": fake.gateway}
        yield fake


def message(*browsers: Browser, urgent: bool = False) -> Message:
    return Message(
        address="1", title="新派单 9001-000001-2，请签收", body="类别：路灯。", link="https://street.example/desk/x",
        key="0190-k", letter="/desk/letters/", is_urgent=urgent,
        receivers=tuple(browser.receiver(UUID(int=number)) for number, browser in enumerate(browsers)),
    )  # fmt: skip


def let_in(cast: Cast, browser: Browser, person: str = SUN) -> Device:
    account = cast.accounts[person]
    with acting(Scope(cast.tenant.id, "street")):
        return devices.add_device(Person(cast.tenant.id, account.id, account.name), **browser.said)


def told(cast: Cast, *, key: str = "a", urgent: bool = True) -> None:
    sun = cast.accounts[SUN]
    with acting(Scope(cast.tenant.id, "street")):
        services.post(
            tenant_id=cast.tenant.id, key=key, to=Recipient(account_id=sun.id, name=sun.name), subject_kind="case",
            letter=Letter(kind="cases.returned", title="退单 9001-000001-2", body="理由", is_urgent=urgent), subject_id="1",
        )  # fmt: skip


def ways(cast: Cast) -> list[tuple[str, str, str, str]]:
    with acting(Scope(cast.tenant.id, "street")):
        rows = Sending.objects.order_by("id")
        return [(s.channel, s.address_masked, s.state, s.answer) for s in rows]


# -- sealing ---------------------------------------------------------------------------------------------------


def test_body_is_the_one_of_the_rfc() -> None:
    """RFC 8291, section 5 and appendix A, to the last byte."""
    own = ec.derive_private_key(
        int.from_bytes(sealing.decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), ec.SECP256R1()
    )
    body = sealing.sealed(
        b"When I grow up, I want to be a watermelon",
        public="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        secret="BTBZMqHH6r4Tts7J_aSIgg", own=own, salt=sealing.decoded("DGv6ra1nlYgDCS1FRnbzlw"),
    )  # fmt: skip
    assert sealing.encoded(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_key_follows_from_the_secret_and_can_be_taken_along() -> None:
    assert sealing.key_from("x") == sealing.key_from("x") != sealing.key_from("y")
    assert sealing.key_in(sealing.encoded(KEY)) == KEY
    for wrong in ("", "short", sealing.encoded(b"\0" * 32), sealing.encoded(b"\xff" * 32), "密"):
        with pytest.raises(ValueError, match=r"base64|private key"):
            sealing.key_in(wrong)


# -- the channel -----------------------------------------------------------------------------------------------


def test_browser_reads_a_harmless_line_and_nothing_more(service: PushService) -> None:
    one, two = service.browser("a"), service.browser("b")
    assert channels.send("push", message(one, two, urgent=True)) == Answer(
        "taken", f"{service.host} HTTP 201"
    )
    said = [browser.opened(asked["body"]) for browser, asked in zip((one, two), service.asked, strict=True)]
    assert said == [{"title": "百应：有一条新消息", "open": "/desk/letters/"}] * 2
    headers = service.asked[0]["headers"]
    assert {name: headers[name] for name in ("TTL", "Urgency", "Topic", "Content-Encoding")} == {
        "TTL": "86400", "Urgency": "high", "Topic": "0190k", "Content-Encoding": "aes128gcm",
    }  # fmt: skip
    assert "9001" not in json.dumps(headers)


@pytest.mark.parametrize(
    ("status", "kind", "is_gone"),
    [(404, "refused", True), (410, "refused", True), (400, "refused", False), (301, "refused", False), (429, "away", False), (503, "away", False)],
)  # fmt: skip
def test_status_says_what_becomes_of_letter_and_browser(
    service: PushService, status: int, kind: str, is_gone: bool
) -> None:
    service.answer = lambda _path: status
    answer = channels.send("push", message(service.browser()))
    assert (answer.kind, answer.text.strip()) == (
        kind,
        f"{service.host} HTTP {status}" if is_gone else f"HTTP {status} {service.host}",
    )
    assert (answer.gone, len(service.asked)) == ((UUID(int=0),) if is_gone else (), 1)


def test_one_browser_that_is_reached_is_enough(service: PushService) -> None:
    service.answer = lambda path: {"/wp/gone": 410, "/wp/busy": 503}.get(path, 201)
    answer = channels.send(
        "push", message(service.browser("gone"), service.browser("busy"), service.browser("here"))
    )
    assert (answer.kind, answer.gone) == ("taken", (UUID(int=0),))


def test_key_that_is_not_ours_is_refused_by_the_service(service: PushService, settings: Settings) -> None:
    settings.LETTER_GATEWAYS = {"push": Push((service.host,), sealing.key_from("another"), SUBJECT)}
    assert channels.send("push", message(service.browser())).kind == "refused"


def test_silent_service_is_left_alone_for_a_minute_and_holds_up_nobody_else(
    service: PushService, settings: Settings, morning: datetime
) -> None:
    with closed_port() as port:
        silent = Browser(f"https://localhost:{port}/wp/x")
        settings.LETTER_GATEWAYS = {"push": Push((f"localhost:{port}", service.host), KEY, SUBJECT)}
        assert channels.send("push", message(silent)).text == f"localhost:{port} ConnectionRefusedError"
        assert channels.send("push", message(silent)).text == f"localhost:{port} silent"
        assert channels.send("push", message(silent, service.browser())).kind == "taken"
        with clock.telling(morning + timedelta(seconds=61)):
            assert channels.send("push", message(silent)).text == f"localhost:{port} ConnectionRefusedError"


def test_certificate_that_nobody_vouches_for_is_not_spoken_to(
    service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    answer = channels.send("push", message(service.browser()))
    assert (answer, service.asked) == (
        Answer("away", f"{service.host} {ssl.SSLCertVerificationError.__name__}"),
        [],
    )


HOSTS = ("fcm.googleapis.com", "*.notify.windows.com", "relay.example:8443")


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", "fcm.googleapis.com"),
        ("https://FCM.googleapis.com:443/x", "fcm.googleapis.com"),
        ("https://wns2-par02p.notify.windows.com/w/?token=x", "wns2-par02p.notify.windows.com"),
        ("https://relay.example:8443/x", "relay.example:8443"),
        ("http://fcm.googleapis.com/x", ""),
        ("https://fcm.googleapis.com:8443/x", ""),
        ("https://relay.example/x", ""),
        ("https://notify.windows.com/x", ""),
        ("https://evilnotify.windows.com/x", ""),
        ("https://fcm.googleapis.com.evil.example/x", ""),
        ("https://fcm.googleapis.com@evil.example/x", ""),
        ("https://evil.example/#fcm.googleapis.com", ""),
        ("https://fcm.googleapis.com@127.0.0.1/x", ""),
        ("https://127.0.0.1/x", ""),
        ("https://[::1]/x", ""),
        ("https://fcm.googleapis.com:port/x", ""),
        ("file:///etc/passwd", ""),
        ("", ""),
    ],
)
def test_only_known_push_services_are_ever_spoken_to(endpoint: str, host: str) -> None:
    assert Push(HOSTS, KEY, SUBJECT).host_of(endpoint) == host


def test_host_taken_off_the_list_gets_nothing(service: PushService, settings: Settings) -> None:
    settings.LETTER_GATEWAYS = {"push": Push(HOSTS, KEY, SUBJECT)}
    assert channels.send("push", message(service.browser())) == Answer("refused", "host not allowed")
    assert service.asked == []


# -- letters ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_letter_goes_to_the_browser_and_into_the_ledger(
    cast: Cast, service: PushService, morning: datetime
) -> None:
    browser = service.browser()
    let_in(cast, browser)
    told(cast)
    assert carry(cast.tenant.id, "push") == (1, 0)
    with acting(Scope(cast.tenant.id, "street")):
        letter = Posted.objects.get()
    assert (letter.state, ways(cast)) == ("sent", [("push", "1", "sent", f"{service.host} HTTP 201")])
    assert browser.opened(service.asked[0]["body"])["open"] == f"/desk/letters/{letter.id}/"


@pytest.mark.django_db
def test_browser_that_is_no_more_is_forgotten_and_the_next_channel_begins(
    cast: Cast, service: PushService, settings: Settings, morning: datetime
) -> None:
    with web_gateway() as sms:
        settings.LETTER_GATEWAYS = {"push": service.gateway, "sms": Web(sms.url)}
        service.answer = lambda _path: 410
        let_in(cast, service.browser())
        wants(cast, SUN, "push", "sms")
        told(cast)
        carry(cast.tenant.id, "push")
        with acting(Scope(cast.tenant.id, "street")):
            assert Device.objects.count() == 0
            jobs.fall_back(cast.tenant.id)
        assert carry(cast.tenant.id, "sms") == (1, 0)
    assert [(channel, state) for channel, _a, state, _t in ways(cast)] == [
        ("push", "given_up"),
        ("sms", "sent"),
    ]
    told(cast, key="later")
    assert [channel for channel, _a, _s, _t in ways(cast)] == ["push", "sms", "sms"]


@pytest.mark.django_db
def test_broken_service_delays_its_own_letters_only(
    cast: Cast, service: PushService, settings: Settings, morning: datetime
) -> None:
    """Zhang's browser hangs on a service that is away; Sun's letter, later in the row, goes out in the same round."""
    with closed_port() as port:
        settings.LETTER_GATEWAYS = {"push": Push((f"localhost:{port}", service.host), KEY, SUBJECT)}
        zhang = cast.accounts["dispatch_clerk_zhang"]
        let_in(cast, Browser(f"https://localhost:{port}/x"), "dispatch_clerk_zhang")
        let_in(cast, service.browser())
        with acting(Scope(cast.tenant.id, "street")):
            services.post(
                tenant_id=cast.tenant.id, key="first", to=Recipient(account_id=zhang.id, name=zhang.name),
                letter=Letter(kind="cases.returned", title="退单", is_urgent=True), subject_kind="case", subject_id="1",
            )  # fmt: skip
        told(cast)
        assert carry(cast.tenant.id, "push") == (1, 1)
    assert [state for _c, _a, state, _t in ways(cast)] == ["waiting", "sent"]


@pytest.mark.django_db
def test_digest_leads_to_the_list(cast: Cast, service: PushService, morning: datetime) -> None:
    browser = service.browser()
    let_in(cast, browser)
    wants(cast, SUN, "push", digest_at=(morning + timedelta(hours=1)).time())
    for key in ("a", "b", "c"):
        told(cast, key=key, urgent=False)
    with clock.telling(morning + timedelta(hours=1)):
        assert carry(cast.tenant.id, "push") == (1, 0)
    assert [browser.opened(asked["body"])["open"] for asked in service.asked] == ["/desk/letters/"]


# -- devices ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_first_browser_joins_the_channels_last_and_only_where_there_is_room(
    cast: Cast, service: PushService, settings: Settings
) -> None:
    settings.LETTER_GATEWAYS = {
        "push": service.gateway,
        "sms": Web("https://s.example/"),
        "wecom": Web("https://w.example/"),
        "email": Web("https://m.example/"),
    }
    orders = {SUN: ("sms",), "dispatch_clerk_zhang": ("sms", "wecom", "email"), "dispatch_clerk_bai": ()}
    found = {}
    for person, order in orders.items():
        wants(cast, person, *order)
        let_in(cast, service.browser(person), person)
        with acting(Scope(cast.tenant.id, "street")):
            found[person] = services.preference_of(cast.tenant.id, cast.accounts[person].id).channels
    assert found == {
        SUN: ["sms", "push"],
        "dispatch_clerk_zhang": ["sms", "wecom", "email"],
        "dispatch_clerk_bai": ["push"],
    }


@pytest.mark.django_db
def test_devices_are_their_owners_alone(cast: Cast, service: PushService) -> None:
    device = let_in(cast, service.browser())
    seen = {}
    for person in (
        SUN,
        "department_handler_he",
        "dispatch_clerk_zhang",
        "leader_zhou",
        "system_administrator_tang",
        "outsider_zhao",
    ):
        with acting(scope_of(cast.posts[person])):
            seen[person] = Device.objects.count()
    assert seen == dict.fromkeys(seen, 0) | {SUN: 1}
    with acting(Scope(cast.tenant.id, "public")):
        assert Device.objects.count() == 0
    he = cast.posts["department_handler_he"]
    with pytest.raises(DatabaseError, match="row-level security"), acting(scope_of(he)):
        Device.objects.create(
            id=uuid4(), tenant_id=cast.tenant.id, account_id=device.account_id, endpoint="https://x", added_at=clock.now(), told_at=clock.now()
        )  # fmt: skip


@pytest.mark.django_db
def test_one_browser_tells_one_person_and_a_person_has_five(
    cast: Cast, service: PushService, morning: datetime
) -> None:
    shared = service.browser("shared")
    let_in(cast, shared, "dispatch_clerk_zhang")
    for number in range(5):
        with clock.telling(morning + timedelta(minutes=number)):
            let_in(cast, service.browser(str(number)))
    with clock.telling(morning + timedelta(hours=1)):
        let_in(cast, shared)
    sun = cast.accounts[SUN].id
    with acting(Scope(cast.tenant.id, "street")):
        kept = {(d.account_id, d.endpoint.rpartition("/")[2]) for d in Device.objects.all()}
    assert kept == {(sun, name) for name in ("1", "2", "3", "4", "shared")}


def test_what_is_not_a_browser_is_not_let_in(service: PushService) -> None:
    """Refused before anything is looked up."""
    good = service.browser().said
    for wrong in (
        {"endpoint": "https://evil.example/x"},
        {"endpoint": f"{good['endpoint']}{'x' * 1000}"},
        {"public_key": ""},
        {"public_key": sealing.encoded(b"\x04" + b"\1" * 64)},
        {"secret": "AAAA"},
        {"secret": "秘密"},
    ):
        with pytest.raises(Invalid):
            devices.add_device(Person(1, 1, "孙涛"), **good | wrong)


@pytest.mark.django_db
def test_browser_that_heard_nothing_for_a_year_is_forgotten(
    cast: Cast, service: PushService, morning: datetime
) -> None:
    let_in(cast, service.browser("told"))
    let_in(cast, service.browser("never"), "dispatch_clerk_zhang")
    with clock.telling(morning + timedelta(days=2)):
        told(cast)
        carry(cast.tenant.id, "push")
    with clock.telling(morning + timedelta(days=366)), acting(Scope(cast.tenant.id, "street")):
        assert jobs.forget_devices(cast.tenant.id) == 1
        assert [d.account_id for d in Device.objects.all()] == [cast.accounts[SUN].id]


@pytest.mark.django_db
def test_switched_off_the_letter_goes_the_other_way(
    cast: Cast, service: PushService, settings: Settings
) -> None:
    let_in(cast, service.browser())
    settings.LETTER_GATEWAYS = {"push": service.gateway, "sms": Web("https://s.example/")}
    wants(cast, SUN, "push", "sms")
    settings.LETTER_GATEWAYS = {"sms": Web("https://s.example/")}
    told(cast)
    assert [(channel, address) for channel, address, _s, _t in ways(cast)] == [
        ("sms", f"{PHONE[:3]}****{PHONE[-4:]}")
    ]
