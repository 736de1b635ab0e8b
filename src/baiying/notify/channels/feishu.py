"""Feishu (飞书): a robot in the street's group, signed with its secret; people are called by their open_id."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Any, Final

from baiying.notify.channels.message import Answer, Message
from baiying.notify.channels.web import answer_of_robot, post_json
from baiying.notify.gateways import Web

# 9499 too many requests; 11232 limit of the robot; 11233 limit of the group
BUSY: Final = frozenset({9499, 11232, 11233})


def signature(secret: str, seconds: int) -> str:
    """Base64 of HMAC-SHA256 over nothing, keyed by "time, line feed, secret" (custom robots, 签名校验)."""
    digest = hmac.digest(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256)
    return base64.b64encode(digest).decode()


def send(gateway: Web, message: Message) -> Answer:
    """Title and link, with the person called."""
    words = f'<at user_id="{message.address}"></at> {message.title}\n{message.link}'
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": words}}
    if gateway.secret:
        now = round(time.time())
        body |= {"timestamp": str(now), "sign": signature(gateway.secret, now)}
    status, said = post_json(gateway.url, body, timeout=gateway.timeout)
    return answer_of_robot(status, said, code="code", busy=BUSY)
