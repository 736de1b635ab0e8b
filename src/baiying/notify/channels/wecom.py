"""WeCom (企业微信): a robot in the street's group, which calls the person by their mobile number.

A robot has no signature: whoever knows its address can write, so the address is a secret. It knows no idempotency:
after a crash between sending and noting the group may read the same line twice.
"""

from __future__ import annotations

from typing import Final

from baiying.notify.channels.message import Answer, Message
from baiying.notify.channels.web import answer_of_robot, post_json
from baiying.notify.gateways import Web

# -1 system busy; 45009 more than 20 messages a minute; 45033 too many at once
BUSY: Final = frozenset({-1, 45009, 45033})


def send(gateway: Web, message: Message) -> Answer:
    """Title and link; colleagues read along, so nothing else."""
    body = {
        "msgtype": "text",
        "text": {"content": f"{message.title}\n{message.link}", "mentioned_mobile_list": [message.address]},
    }
    status, said = post_json(gateway.url, body, timeout=gateway.timeout)
    return answer_of_robot(status, said, code="errcode", busy=BUSY)
