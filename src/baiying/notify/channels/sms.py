"""Text messages through an HTTP gateway of the operator's choice.

Every provider has its own form; ours is one small contract (docs/operating.md), which the operator's provider or a
relay of twenty lines speaks: POST {"id", "to", "text"} with the key as bearer; 2xx means taken. `id` is the same for
each attempt, so a gateway that keeps the contract sends a message once.
"""

from __future__ import annotations

from baiying.notify.channels.message import Answer, Message
from baiying.notify.channels.web import answer_of_status, post_json
from baiying.notify.gateways import Web


def send(gateway: Web, message: Message) -> Answer:
    """Signature, title and link; never more."""
    text = f"{gateway.signature}{message.title}{' ' if message.link else ''}{message.link}"
    headers = {"Idempotency-Key": message.key}
    if gateway.secret:
        headers["Authorization"] = f"Bearer {gateway.secret}"
    body = {"id": message.key, "to": message.address, "text": text}
    status, said = post_json(gateway.url, body, timeout=gateway.timeout, headers=headers)
    known = str(said.get("id", "")) if isinstance(said, dict) else ""
    problem = str(said.get("error", "")) if isinstance(said, dict) else ""
    return answer_of_status(status, problem.replace(message.address, "***")) or Answer.taken(
        f"HTTP {status} {known}".replace(message.address, "***")
    )
