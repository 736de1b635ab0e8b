"""A receiver hears what its subscriber may see: signed, in order, again after trouble, and never the inside of the house."""

from __future__ import annotations

import ipaddress
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest

from baiying.cases.services import add_note, take_step
from baiying.command.worker_rounds import hear
from baiying.doors.open.news import Event
from baiying.doors.open.openapi import document
from baiying.kit import clock
from baiying.kit.refusals import Denied, Invalid, NotFound
from baiying.notify.models import Posted
from baiying.org import services as org
from baiying.org.rules import Actor, Scope, acting
from baiying.webhooks import jobs, queries, sending, services
from baiying.webhooks.models import Attempt, Delivery, Subscription
from baiying.webhooks.receivers import Answered, check_url, is_public
from baiying.webhooks.signing import is_genuine, secret_of
from tests.cast import Cast

pytestmark = pytest.mark.django_db
ALL = ["cases.received", "cases.accepted", "cases.handed_out", "cases.noted"]


@dataclass
class Receiver:
    """A program on this machine that takes messages; `answers` are given in turn, then 204."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"].removeprefix("cn.baiying.") for _headers, body in self.got]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    here = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            here.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(here.answers.pop(0) if here.answers else 204)
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    here.url = f"http://127.0.0.1:{server.server_port}/hook?from=baiying"
    yield here
    server.shutdown()
    server.server_close()


def subscribed(by: Actor, receiver: Receiver, *events: str) -> tuple[Subscription, str]:
    return services.subscribe(by, label="区平台", url=receiver.url, events=events or ALL)


def send(cast: Cast, row: Subscription) -> None:
    hear(cast.tenant.id)
    sending.send_due(cast.tenant.id, row.id)


def now_of(cast: Cast, row: Subscription) -> Subscription:
    with acting(Scope(cast.tenant.id, "street")):
        return Subscription.objects.get_queryset().get(id=row.id)


def messages(cast: Cast, row: Subscription) -> list[Delivery]:
    with acting(Scope(cast.tenant.id, "street")):
        return list(queries.deliveries_of(Scope(cast.tenant.id, "street"), row))[::-1]


def test_what_happens_is_told_in_order_and_signed(cast: Cast, receiver: Receiver) -> None:
    row, secret = subscribed(cast.dispatch_clerk_zhang, receiver)
    case = cast.lead(cast.case(text="不该出门的原话", name="李女士", phone="13805330003"), "handed_out")
    add_note(cast.dispatch_clerk_zhang, case_id=case.id, text="内部的话", is_public=False)
    send(cast, row)
    assert receiver.types == ["cases.received", "cases.accepted", "cases.handed_out", "cases.noted"]
    headers, body = receiver.got[1]
    event = json.loads(body)
    assert headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert (event["specversion"], event["subject"], event["id"]) == (
        "1.0",
        case.reference,
        headers["webhook-id"],
    )
    assert event["data"] == {
        "kind": "case", "reference": case.reference, "href": f"/api/v1/requests/{case.reference}",
        "from_state": "received", "state": "accepted", "community": cast.units["east"].code, "grid": cast.units["e1"].code,
        "unit": None,
    }  # fmt: skip
    now = int(clock.now().timestamp())
    assert is_genuine(secret, headers, body, now=now)
    assert not is_genuine(secret, headers, body + b" ", now=now)
    assert not is_genuine(secret, headers, body, now=now + 600)
    said = document()["webhooks"]["requests"]["post"]
    assert {name["name"] for name in said["parameters"]} <= set(headers)
    known = said["requestBody"]["content"]["application/cloudevents+json"]["schema"]["properties"]["type"][
        "enum"
    ]
    for _headers, each in receiver.got:  # as the description says
        assert msgspec.json.decode(each, type=Event).type in known
    everything = b"".join(body for _headers, body in receiver.got).decode()
    assert not any(word in everything for word in ("原话", "李", "13805330003", "内部", "张敏"))
    sending.send_due(cast.tenant.id, row.id)
    assert len(receiver.got) == 4


def test_a_subscription_hears_what_its_owner_may_see(cast: Cast, receiver: Receiver) -> None:
    row, _secret = subscribed(cast.community_head_wang, receiver, "cases.received")
    east, _west = cast.case(), cast.case(at=cast.in_grid("w1"))
    send(cast, row)
    assert [json.loads(body)["subject"] for _headers, body in receiver.got] == [east.reference]
    with acting(Scope(cast.tenant.id, "none")):
        org.end_post(cast.security_administrator_wu, post=cast.posts["community_head_wang"])
    cast.case()
    send(cast, row)
    assert len(receiver.got) == 1


def test_a_message_that_is_refused_holds_up_its_own_case_only(cast: Cast, receiver: Receiver) -> None:
    row, _secret = subscribed(cast.dispatch_clerk_zhang, receiver)
    first = cast.case()
    receiver.answers = [400]
    send(cast, row)
    take_step(cast.dispatch_clerk_zhang, case_id=first.id, step="accept")
    second = cast.case()
    send(cast, row)
    assert [json.loads(body)["subject"] for _headers, body in receiver.got] == [
        first.reference,
        second.reference,
    ]
    with clock.telling(clock.now() + timedelta(seconds=6)):
        sending.send_due(cast.tenant.id, row.id)
    assert receiver.types == ["cases.received", "cases.received", "cases.received", "cases.accepted"]
    assert receiver.got[0][0]["webhook-id"] == receiver.got[2][0]["webhook-id"]
    refused = messages(cast, row)[0]
    assert [a.status for a in sorted(refused.attempts.all(), key=lambda a: a.id)] == [400, 204]


def test_what_is_refused_again_and_again_is_given_up_and_can_be_sent_again(
    cast: Cast, receiver: Receiver
) -> None:
    row, _secret = subscribed(cast.dispatch_clerk_zhang, receiver)
    case = cast.case()
    take_step(cast.dispatch_clerk_zhang, case_id=case.id, step="accept")
    receiver.answers = [422] * sending.MOST_TRIES
    hear(cast.tenant.id)
    at = clock.now()
    for _n in range(sending.MOST_TRIES + 1):
        with clock.telling(at):
            sending.send_due(cast.tenant.id, row.id)
        at += timedelta(hours=9)
    first, second = messages(cast, row)
    assert (first.state, first.tries, second.state) == ("given_up", sending.MOST_TRIES, "taken")
    services.send_again(cast.dispatch_clerk_zhang, delivery_id=first.id)
    sending.send_due(cast.tenant.id, row.id)
    assert messages(cast, row)[0].state == "taken"
    assert receiver.got[0][0]["webhook-id"] == receiver.got[-1][0]["webhook-id"]


def test_a_dead_receiver_is_paused_and_owner_and_administrator_told_and_nothing_is_lost(
    cast: Cast, receiver: Receiver
) -> None:
    zhang = cast.dispatch_clerk_zhang
    row, _secret = subscribed(zhang, receiver)
    case = cast.case()
    receiver.answers = [503] * sending.MOST_FAILURES
    hear(cast.tenant.id)
    at = clock.now()
    for _n in range(sending.MOST_FAILURES):
        with clock.telling(at):
            assert sending.send_due(cast.tenant.id, row.id) == 0
            assert sending.send_due(cast.tenant.id, row.id) == 0  # not again before its time
        at += timedelta(hours=9)
    assert now_of(cast, row).state == "paused"
    assert len(receiver.got) == sending.MOST_FAILURES
    with acting(Scope(cast.tenant.id, "street")):
        told = list(Posted.objects.filter(kind="webhooks.paused").order_by("id"))
    assert [one.account_id for one in told] == [
        zhang.account_id,
        cast.accounts["system_administrator_tang"].id,
    ]
    inbox = cast.client("system_administrator_tang").get("/desk/letters/").content.decode()
    assert "事件推送" in inbox and "已暂停" in inbox
    take_step(zhang, case_id=case.id, step="accept")
    with clock.telling(at):
        send(cast, row)
        assert len(receiver.got) == sending.MOST_FAILURES
        services.resume(zhang, subscription_id=row.id)
        send(cast, row)
    assert receiver.types[-2:] == ["cases.received", "cases.accepted"]


def test_gone_is_gone(cast: Cast, receiver: Receiver) -> None:
    row, _secret = subscribed(cast.dispatch_clerk_zhang, receiver)
    cast.case()
    receiver.answers = [410]
    send(cast, row)
    assert now_of(cast, row).state == "paused"


@pytest.mark.parametrize(
    ("status", "left"), [(410, "cancelled"), (503, "cancelled"), (400, "cancelled"), (204, "taken")]
)
def test_what_is_ended_while_a_message_is_out_stays_ended(
    cast: Cast, receiver: Receiver, status: int, left: str
) -> None:
    row, _secret = subscribed(cast.dispatch_clerk_zhang, receiver)
    cast.lead(cast.case(), "accepted")
    hear(cast.tenant.id)

    def ended_meanwhile(*_asked: object) -> Answered:
        services.end(cast.dispatch_clerk_zhang, subscription_id=row.id)
        return Answered(status, 1)

    sending.send_due(cast.tenant.id, row.id, by=ended_meanwhile)
    assert [one.state for one in messages(cast, row)] == [left, "cancelled"]
    assert (now_of(cast, row).state, now_of(cast, row).why_paused) == ("ended", "")


def test_a_receiver_that_is_not_there(cast: Cast, receiver: Receiver, settings: Any) -> None:
    row, _secret = subscribed(cast.dispatch_clerk_zhang, receiver)
    cast.case()
    settings.WEBHOOK_NETWORKS = []  # what was allowed is no longer: checked again at every message
    send(cast, row)
    [message] = messages(cast, row)
    [attempt] = message.attempts.all()
    assert (message.state, attempt.status, attempt.said, receiver.got) == (
        "waiting",
        None,
        "an address inside",
        [],
    )


@pytest.mark.parametrize(
    "url",
    [
        "", "ftp://example.com/", "https://", "https://user:pw@9.9.9.9/", "https://9.9.9.9/#part", "http://9.9.9.9/",
        "https://127.0.0.1/", "https://10.1.2.3/", "https://169.254.169.254/latest", "https://[::1]/", "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/", "https://0/", "https://9.9.9.9:99999/", "https://9.9.9.9/\nX: y", "https://" + "a" * 600,
    ],
)  # fmt: skip
def test_an_address_that_is_not_called(cast: Cast, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.subscribe(cast.dispatch_clerk_zhang, label="x", url=url, events=ALL)
    assert refused.value.field == "url"


def test_a_name_that_leads_inside_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    for answers in (["192.168.1.9"], ["9.9.9.9", "10.0.0.1"]):
        rows = [(2, 1, 6, "", (one, 443)) for one in answers]
        monkeypatch.setattr("socket.getaddrinfo", lambda *_args, _rows=rows, **_more: _rows)
        with pytest.raises(Invalid):
            check_url("https://looks-harmless.example/")
    assert is_public(ipaddress.ip_address("9.9.9.9"))


def test_who_may_subscribe_and_who_sees_it(cast: Cast, receiver: Receiver) -> None:
    with pytest.raises(Denied):
        subscribed(cast.department_handler_sun, receiver)
    row, secret = subscribed(cast.community_head_wang, receiver)
    with pytest.raises(NotFound):
        services.pause(cast.community_head_chen, subscription_id=row.id)
    _row, renewed = services.renew_secret(cast.community_head_wang, subscription_id=row.id)
    assert renewed != secret == secret_of(row.id, row.salt)


def test_the_page_of_a_subscription(cast: Cast, receiver: Receiver) -> None:
    page = cast.client("dispatch_clerk_zhang")
    bad = page.post(
        "/desk/webhooks/", {"label": "区平台", "url": "https://10.0.0.1/", "cases": "cases.received"}
    )
    assert bad.status_code == 422 and "内部网络" in bad.content.decode()
    made = page.post("/desk/webhooks/", {"label": "区平台", "url": receiver.url, "cases": "cases.received"})
    assert made.status_code == 200 and "whsec_" in made.content.decode()
    [row] = _rows(cast)
    address = f"/desk/webhooks/{row.id}/"
    assert "whsec_" not in page.get(address).content.decode()
    assert page.post(f"{address}ping").status_code == 302
    send(cast, row)
    assert receiver.types == ["webhooks.ping"]
    shown = page.get(address).content.decode()
    assert "204" in shown and "已送达" in shown
    [message] = messages(cast, row)
    assert page.post(f"/desk/webhooks/deliveries/{message.id}/again").status_code == 302
    receiver.answers = [503]
    send(cast, row)
    for shown in (page.get(address).content.decode(), page.get("/desk/webhooks/").content.decode()):
        assert "没有送到，正在重试" in shown and "推送中" not in shown
    assert "下次重试" in page.get(address).content.decode()
    with acting(Scope(cast.tenant.id, "street")):
        Attempt.objects.filter(status=503).update(status=None, said="ConnectionRefusedError")
    shown = page.get(address).content.decode()
    assert "对方拒绝连接，可能没有启动" in shown and "ConnectionRefusedError" not in shown
    for act, state in (("pause", "paused"), ("resume", "active"), ("end", "ended")):
        assert page.post(f"{address}{act}").status_code == 302
        assert now_of(cast, row).state == state
    assert messages(cast, row)[0].state == "cancelled"


def _rows(cast: Cast) -> list[Subscription]:
    with acting(Scope(cast.tenant.id, "street")):
        return list(Subscription.objects.get_queryset())


def test_old_messages_go_with_their_attempts(cast: Cast, receiver: Receiver) -> None:
    row, _secret = subscribed(cast.dispatch_clerk_zhang, receiver)
    cast.case()
    send(cast, row)
    with acting(Scope(cast.tenant.id, "street")):
        assert jobs.forget(cast.tenant.id) == 0
        with clock.telling(clock.now() + timedelta(days=31)):
            assert jobs.forget(cast.tenant.id) == 1
        assert (Delivery.objects.get_queryset().count(), Attempt.objects.get_queryset().count()) == (0, 0)
