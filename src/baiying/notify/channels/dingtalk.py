"""DingTalk (钉钉): a robot in the street's group, signed with its secret. May write twice after a crash, as WeCom's."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Final
from urllib.parse import quote_plus

from baiying.notify.channels.message import Answer, Message
from baiying.notify.channels.web import answer_of_robot, post_json
from baiying.notify.gateways import Web

# -1 system busy; 130101 more than 20 messages a minute; 410100 the same
BUSY: Final = frozenset({-1, 130101, 410100})


def signature(secret: str, milliseconds: int) -> str:
    """Base64 of HMAC-SHA256 over "time, line feed, secret", keyed by the secret (robot security settings, 加签)."""
    digest = hmac.digest(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256)
    return base64.b64encode(digest).decode()


def send(gateway: Web, message: Message) -> Answer:
    """Title and link, with the person called by their number."""
    url = gateway.url
    if gateway.secret:
        now = round(time.time() * 1000)
        url += f"&timestamp={now}&sign={quote_plus(signature(gateway.secret, now))}"
    body = {
        "msgtype": "text",
        "text": {"content": f"{message.title}\n{message.link} @{message.address}"},
        "at": {"atMobiles": [message.address], "isAtAll": False},
    }
    status, said = post_json(url, body, timeout=gateway.timeout)
    return answer_of_robot(status, said, code="errcode", busy=BUSY)
