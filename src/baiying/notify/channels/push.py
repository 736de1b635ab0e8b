"""Web push: a browser shows that there is a new message, and nothing of what it says.

A message goes to every browser of its reader and is taken when one push service has it. A service that is silent is
left alone for a minute, so that the readers at other services do not wait for it.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from baiying.kit import clock
from baiying.notify import sealing
from baiying.notify.channels.message import Answer, Message, Receiver
from baiying.notify.channels.web import answer_of_status, post
from baiying.notify.gateways import Push

KEPT_SECONDS: Final = 86400  # how long a push service keeps it for a browser that is switched off
REST: Final = timedelta(minutes=1)
GONE: Final = (404, 410)
# Hosts that did not answer, until when they are left alone; the one thread of this channel writes it.
_silent: dict[str, datetime] = {}


def send(gateway: Push, message: Message) -> Answer:
    """A harmless line and the way to the letter, sealed, to each of the reader's browsers."""
    answers: list[Answer] = []
    gone: list[UUID] = []
    for receiver in message.receivers:
        answer = _send_to(receiver, gateway, message)
        answers.append(answer)
        if answer.gone:
            gone += answer.gone
    for kind in ("taken", "away", "refused"):  # the best news is what is told of the letter
        for answer in answers:
            if answer.kind == kind:
                return answer.without(tuple(gone))
    return Answer.refused("no device")


def words(message: Message) -> bytes:
    """What the browser's worker is given (islands/push/worker.ts): never a reference, a name or a matter."""
    return json.dumps({"title": _("百应：有一条新消息"), "open": message.letter}, ensure_ascii=False).encode()


def _send_to(receiver: Receiver, gateway: Push, message: Message) -> Answer:
    host = gateway.host_of(receiver.endpoint)
    if not host:
        return Answer.refused("host not allowed")
    if host in _silent and clock.now() < _silent[host]:
        return Answer.away(f"{host} silent")
    try:
        status, _said = post(
            receiver.endpoint,
            sealing.sealed(words(message), public=receiver.public_key, secret=receiver.secret),
            timeout=gateway.timeout,
            headers=_headers(receiver, gateway, message),
        )
    except OSError as error:
        _silent[host] = clock.now() + REST
        return Answer.away(f"{host} {type(error).__name__}")
    _silent.pop(host, None)
    if status in GONE:
        return Answer.refused(f"{host} HTTP {status}").without((receiver.id,))
    return answer_of_status(status, host) or Answer.taken(f"{host} HTTP {status}")


def _headers(receiver: Receiver, gateway: Push, message: Message) -> dict[str, str]:
    return {
        "Authorization": sealing.authorization(
            gateway.key, endpoint=receiver.endpoint, subject=gateway.subject
        ),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT_SECONDS),
        "Urgency": "high" if message.is_urgent else "normal",
        # A second copy of what still waits there takes the place of the first; at most 32 signs.
        **({"Topic": message.key.replace("-", "")[:32]} if message.key else {}),
    }
