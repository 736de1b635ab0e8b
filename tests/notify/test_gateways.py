"""Gateways as settings: what is refused at the start, what is never repeated, what doctor says of them."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from baiying.command import doctor
from baiying.config.gateways import read_gateways
from baiying.config.options import WrongSetting
from baiying.notify.gateways import Push, Smtp, Web
from baiying.notify.probing import trouble_with
from baiying.notify.sealing import encoded, key_from
from tests.notify.fakes import closed_port, mail_server, web_gateway

SECRET = "sesame-open"


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("BAIYING_ADDRESS", "https://street.example/")
    monkeypatch.setenv("BAIYING_MAIL_FROM", "baiying@street.example")
    return monkeypatch


def test_nothing_set_is_no_channel() -> None:
    assert read_gateways() == {}


def test_every_gateway_is_read(environ: pytest.MonkeyPatch) -> None:
    for name, value in {
        "BAIYING_SMTP": f"smtps://bot%40street:p%3A{SECRET}@mail.example", "BAIYING_SMS": "https://sms.example/send",
        "BAIYING_SMS_KEY": SECRET, "BAIYING_SMS_SIGNATURE": "【试】", "BAIYING_WECOM": "https://wecom.example/?key=1",
        "BAIYING_DINGTALK": "https://ding.example/?t=1", "BAIYING_DINGTALK_SECRET": "SEC",
        "BAIYING_FEISHU": "http://127.0.0.1:9/hook",
    }.items():  # fmt: skip
        environ.setenv(name, value)
    assert read_gateways() == {
        "email": Smtp("mail.example", 465, "baiying@street.example", "bot@street", f"p:{SECRET}", "tls"),
        "sms": Web("https://sms.example/send", SECRET, "【试】"),
        "wecom": Web("https://wecom.example/?key=1"),
        "dingtalk": Web("https://ding.example/?t=1", "SEC"),
        "feishu": Web("http://127.0.0.1:9/hook"),
    }


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("BAIYING_SMS", f"http://sms.example/{SECRET}", "BAIYING_SMS must begin with https://"),
        ("BAIYING_WECOM", f"qyapi.example/{SECRET}", "BAIYING_WECOM must begin with https://"),
        ("BAIYING_DINGTALK", f"https://ding.example:port/{SECRET}", "BAIYING_DINGTALK is not an address"),
        ("BAIYING_SMTP", f"mail://u:{SECRET}@mail.example", "BAIYING_SMTP must begin with smtps://"),
        ("BAIYING_MAIL_FROM", "nobody", "BAIYING_MAIL_FROM must be an e-mail address"),
        ("BAIYING_ADDRESS", "street.example", "BAIYING_ADDRESS must look like"),
        ("BAIYING_ADDRESS", "https://street.example/desk", "BAIYING_ADDRESS must look like"),
        ("BAIYING_ADDRESS", "", "BAIYING_ADDRESS is needed"),
    ],
)
def test_wrong_gateway_stops_the_start_and_is_not_repeated(
    environ: pytest.MonkeyPatch, name: str, value: str, problem: str
) -> None:
    environ.setenv("BAIYING_SMTP", "smtp://mail.example")
    environ.setenv(name, value)
    with pytest.raises(WrongSetting) as refused:
        read_gateways()
    assert str(refused.value).startswith(problem)
    assert SECRET not in str(refused.value)


def test_web_push_is_off_until_it_is_switched_on(environ: pytest.MonkeyPatch) -> None:
    assert read_gateways("seed") == {}
    environ.setenv("BAIYING_PUSH", "yes")
    usual = (
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        "*.notify.windows.com",
        "web.push.apple.com",
    )
    assert read_gateways("seed") == {"push": Push(usual, key_from("seed"), "mailto:baiying@street.example")}
    environ.setenv("BAIYING_PUSH_KEY", encoded(key_from("of another street")))
    environ.setenv("BAIYING_PUSH_HOSTS", "Push.Example:8443, *.push.example")
    environ.delenv("BAIYING_MAIL_FROM")
    assert read_gateways("seed") == {
        "push": Push(
            ("push.example:8443", "*.push.example"), key_from("of another street"), "https://street.example"
        )
    }


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("BAIYING_ADDRESS", "http://street.example", "BAIYING_PUSH needs a BAIYING_ADDRESS"),
        ("BAIYING_ADDRESS", "", "BAIYING_PUSH needs a BAIYING_ADDRESS"),
        ("BAIYING_PUSH_HOSTS", "*", "BAIYING_PUSH_HOSTS: '*' is not a host name"),
        ("BAIYING_PUSH_HOSTS", "10.0.0.5", "BAIYING_PUSH_HOSTS: '10.0.0.5' is not a host name"),
        ("BAIYING_PUSH_HOSTS", "https://push.example/", "BAIYING_PUSH_HOSTS: 'https://push.example/' is not"),
        ("BAIYING_PUSH_KEY", SECRET, "BAIYING_PUSH_KEY is not a private key"),
        ("BAIYING_PUSH", "perhaps", "BAIYING_PUSH='perhaps' is neither yes nor no"),
    ],
)
def test_wrong_web_push_stops_the_start(
    environ: pytest.MonkeyPatch, name: str, value: str, problem: str
) -> None:
    environ.setenv("BAIYING_PUSH", "yes")
    environ.setenv(name, value)
    with pytest.raises(WrongSetting) as refused:
        read_gateways("seed")
    assert str(refused.value).startswith(problem)
    assert SECRET not in str(refused.value)


def test_push_services_out_of_reach_are_named() -> None:
    with closed_port() as port:
        push = Push((f"localhost:{port}", "*.push.example"), key_from("x"), "")
        assert trouble_with(push) == f"localhost:{port} ConnectionRefusedError"


def test_doctor_knocks_only_when_asked(
    environ: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with mail_server() as mail, web_gateway() as web, closed_port() as port:
        environ.setenv("BAIYING_SMTP", f"smtp+plain://127.0.0.1:{mail.port}")
        environ.setenv("BAIYING_SMS", f"{web.url}{SECRET}")
        environ.setenv("BAIYING_WECOM", f"http://127.0.0.1:{port}/{SECRET}")
        found = {f.subject: (f.is_ok, f.text) for f in doctor.look_at_gateways()}
        assert found == {
            "email": (True, f"127.0.0.1:{mail.port} answers"),
            "sms": (True, f"{web.url.split('/')[2]} answers"),
            "wecom": (False, f"127.0.0.1:{port} ConnectionRefusedError"),
        }
        doctor.run(argparse.Namespace(data=str(tmp_path), port=None, try_gateways=True))
        assert (web.asked, mail.mails) == ([], [])
    said = capsys.readouterr().out
    assert SECRET not in said
    assert [line[9:15].strip() for line in said.splitlines()[-3:]] == ["email", "sms", "wecom"]
