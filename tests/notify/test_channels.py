"""Each channel against a real server on this machine: what it says to it, and what its answers mean."""

from __future__ import annotations

import base64
import email
import hashlib
import hmac
from collections.abc import Callable
from email import policy
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django.fixtures import Settings

from baiying.notify import channels
from baiying.notify.channels import Answer, Message, dingtalk, feishu
from baiying.notify.gateways import Smtp, Web
from tests.notify.fakes import closed_port, mail_server, silent_port, web_gateway

PHONE = "13905330000"
MESSAGE = Message(
    address=PHONE, title="新派单 9001-000001-2，请签收", body="类别：路灯。", link="https://street.example/desk/",
    key="k-1",
)  # fmt: skip
ROBOTS = ("wecom", "dingtalk", "feishu")


def send(settings: Settings, channel: str, gateway: Any, message: Message = MESSAGE) -> Answer:
    settings.LETTER_GATEWAYS = {channel: gateway}
    return channels.send(channel, message)


def test_text_message_carries_signature_key_and_nothing_more(settings: Settings) -> None:
    with web_gateway() as fake:
        answer = send(settings, "sms", Web(fake.url, "secret", "【试验街道】"))
    assert answer == Answer("taken", "HTTP 200 m-1")
    (asked,) = fake.asked
    assert asked["body"] == {
        "id": "k-1", "to": PHONE, "text": "【试验街道】新派单 9001-000001-2，请签收 https://street.example/desk/",
    }  # fmt: skip
    assert (asked["headers"]["Authorization"], asked["headers"]["Idempotency-Key"]) == (
        "Bearer secret",
        "k-1",
    )


def test_wecom_calls_the_person_in_the_group(settings: Settings) -> None:
    with web_gateway() as fake:
        answer = send(settings, "wecom", Web(fake.url))
    assert answer == Answer("taken", "errcode 0")
    assert fake.asked[0]["path"] == "/robot?key=sesame"
    assert fake.asked[0]["body"] == {
        "msgtype": "text",
        "text": {
            "content": "新派单 9001-000001-2，请签收\nhttps://street.example/desk/",
            "mentioned_mobile_list": [PHONE],
        },
    }


def test_dingtalk_signs_time_and_secret(settings: Settings) -> None:
    with web_gateway() as fake:
        answer = send(settings, "dingtalk", Web(fake.url, "SEC123"))
    assert answer == Answer("taken", "errcode 0")
    said = parse_qs(urlsplit(fake.asked[0]["path"]).query)
    at = said["timestamp"][0]
    wanted = hmac.new(b"SEC123", f"{at}\nSEC123".encode(), hashlib.sha256).digest()
    assert (said["key"], said["sign"]) == (["sesame"], [base64.b64encode(wanted).decode()])
    assert fake.asked[0]["body"]["at"] == {"atMobiles": [PHONE], "isAtAll": False}


def test_feishu_signs_with_time_and_secret_as_key(settings: Settings) -> None:
    message = Message(address="ou_abc", title="题", link="https://x", key="k")
    with web_gateway() as fake:
        answer = send(settings, "feishu", Web(fake.url, "SEC123"), message)
    assert answer == Answer("taken", "code 0")
    body = fake.asked[0]["body"]
    wanted = hmac.new(f"{body['timestamp']}\nSEC123".encode(), b"", hashlib.sha256).digest()
    assert body["sign"] == base64.b64encode(wanted).decode()
    assert body["content"]["text"] == '<at user_id="ou_abc"></at> 题\nhttps://x'


def test_signatures_are_fixed() -> None:
    assert (
        dingtalk.signature("this is secret", 1577262236757) == "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM="
    )
    assert feishu.signature("demo", 1599360473) == "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="


@pytest.mark.parametrize("channel", [*ROBOTS, "sms"])
@pytest.mark.parametrize(
    ("status", "kind"), [(500, "away"), (503, "away"), (429, "away"), (403, "refused"), (404, "refused")]
)
def test_status_says_whether_another_try_helps(
    settings: Settings, channel: str, status: int, kind: str
) -> None:
    with web_gateway() as fake:
        fake.answer = lambda _number: (status, {})
        assert send(settings, channel, Web(fake.url)).kind == kind


@pytest.mark.parametrize(
    ("channel", "said", "answer"),
    [
        ("wecom", {"errcode": 45009}, Answer("away", "errcode 45009")),
        ("wecom", {"errcode": 93000}, Answer("refused", "errcode 93000")),
        ("dingtalk", {"errcode": 130101}, Answer("away", "errcode 130101")),
        ("dingtalk", {"errcode": 310000}, Answer("refused", "errcode 310000")),
        ("feishu", {"code": 11232}, Answer("away", "code 11232")),
        ("feishu", {"code": 19021}, Answer("refused", "code 19021")),
        ("feishu", b"<html>a portal</html>", Answer("away", "an answer that is not theirs")),
        ("wecom", ["strange"], Answer("away", "an answer that is not theirs")),
    ],
)
def test_robots_put_their_no_into_the_body(
    settings: Settings, channel: str, said: Any, answer: Answer
) -> None:
    with web_gateway() as fake:
        fake.answer = lambda _number: (200, said)
        assert send(settings, channel, Web(fake.url)) == answer


@pytest.mark.parametrize("channel", [*ROBOTS, "sms"])
def test_gateway_that_is_not_there_is_away(settings: Settings, channel: str) -> None:
    with closed_port() as port:
        answer = send(settings, channel, Web(f"http://127.0.0.1:{port}/"))
    assert answer == Answer("away", "ConnectionRefusedError")


@pytest.mark.parametrize("channel", [*ROBOTS, "sms", "email"])
def test_gateway_that_says_nothing_is_left_after_its_time(settings: Settings, channel: str) -> None:
    with silent_port() as port:
        gateway: Any = Web(f"http://127.0.0.1:{port}/", timeout=0.05)
        if channel == "email":
            gateway = Smtp("127.0.0.1", port, "a@b.cn", security="none", timeout=0.05)
        text = "SMTPServerDisconnected" if channel == "email" else "TimeoutError"
        assert send(settings, channel, gateway) == Answer("away", text)


def test_a_gateway_that_repeats_the_number_is_not_quoted(settings: Settings) -> None:
    with web_gateway() as fake:
        fake.answer = lambda _number: (400, {"error": f"bad number {PHONE}"})
        assert send(settings, "sms", Web(fake.url)) == Answer("refused", "HTTP 400 bad number ***")


def test_mail_has_subject_text_link_and_key(settings: Settings) -> None:
    message = Message(address="sun@street.cn", title="新派单", body="请签收。", link="https://x/y", key="k-9")
    with mail_server() as fake:
        gateway = Smtp("127.0.0.1", fake.port, "baiying@street.cn", security="none")
        assert send(settings, "email", gateway, message) == Answer("taken", "SMTP 250")
    ((sender, recipients, raw),) = fake.mails
    letter = email.message_from_string(raw, policy=policy.default)
    assert (sender, recipients) == ("baiying@street.cn", ["sun@street.cn"])
    assert (letter["Subject"], letter["Message-ID"]) == ("新派单", "<k-9@street.cn>")
    assert letter.get_content().split() == ["请签收。", "https://x/y"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("reply", "kind"), [("550 no such user", "refused"), ("451 later", "away")])
def test_mail_server_refuses_for_good_or_for_now(settings: Settings, reply: str, kind: str) -> None:
    with mail_server() as fake:
        fake.on_recipient = reply
        gateway = Smtp("127.0.0.1", fake.port, "a@b.cn", security="none")
        message = Message(address="x@y.cn", title="题")
        assert send(settings, "email", gateway, message) == Answer(kind, f"SMTP {reply[:3]} recipient")  # type: ignore[arg-type]
    assert fake.mails == []


def test_header_cannot_be_smuggled_in(settings: Settings) -> None:
    with mail_server() as fake:
        gateway = Smtp("127.0.0.1", fake.port, "a@b.cn", security="none")
        answer = send(settings, "email", gateway, Message(address="x@y.cn", title="a\r\nBcc: z@z.cn"))
    assert (answer.kind, fake.mails) == ("away", [])


def test_channel_that_is_not_configured_refuses(settings: Settings) -> None:
    settings.LETTER_GATEWAYS = {}
    assert channels.send("sms", MESSAGE) == Answer("refused", "not configured")
    assert channels.configured() == {}


@pytest.mark.parametrize(
    ("channel", "address", "masked"),
    [
        ("sms", PHONE, "139****0000"),
        ("email", "sun@street.cn", "s***@street.cn"),
        ("feishu", "ou_12345678", "***678"),
    ],
)
def test_addresses_are_masked(channel: str, address: str, masked: str) -> None:
    assert channels.mask(channel, address) == masked


GOOD: list[tuple[str, str]] = [("sms", PHONE), ("wecom", PHONE), ("email", "a.b@c.cn"), ("feishu", "ou_a1B2")]
BAD: list[tuple[str, str]] = [
    ("sms", "1390533000"), ("sms", "٣٩٠٥٣٣٠٠٠٠٠"), ("email", "a@b"), ("email", "a b@c.cn"), ("email", "a@b.cn,c@d.cn"),
    ("email", "a@b.cn\r\nX: y"), ("feishu", "13905330000"), ("feishu", 'ou_"><at'), ("wecom", ""),
]  # fmt: skip


@pytest.mark.parametrize(("channel", "address"), [*GOOD, *BAD])
def test_addresses_are_checked(channel: str, address: str) -> None:
    check: Callable[[str, str], bool] = channels.is_address
    assert check(channel, address) is ((channel, address) in GOOD)


def test_nothing_shows_a_secret() -> None:
    web, smtp = Web("https://host.cn/robot?key=sesame", "SEC"), Smtp("mail.cn", 465, "a@b.cn", "u", "pass")
    shown = f"{web} {web!r} {smtp} {smtp!r} {web.host_said} {smtp.host_said}"
    assert [word for word in ("sesame", "SEC", "pass") if word in shown] == []
    assert (web.host_said, smtp.host_said) == ("host.cn", "mail.cn:465")
