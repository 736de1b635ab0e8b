"""One POST, most often of JSON, with a time-out and no redirects; what its status means."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from baiying.notify.channels.message import Answer

MOST_BYTES = 64 * 1024


def post_json(
    url: str, body: Mapping[str, Any], *, timeout: float, headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    """(status, decoded JSON or text). Raises OSError when the gateway cannot be reached or does not speak HTTP."""
    packed = json.dumps(body, ensure_ascii=False).encode()
    kind = {"Content-Type": "application/json; charset=utf-8"}
    status, raw = post(url, packed, timeout=timeout, headers=kind | dict(headers or {}))
    return status, _decoded(raw)


def post(url: str, body: bytes, *, timeout: float, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """(status, first bytes of the answer); redirects are not followed. Raises OSError as above."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    connection: http.client.HTTPConnection = (
        http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=timeout)
    )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", path, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read(MOST_BYTES)
    except http.client.HTTPException as error:
        raise OSError(type(error).__name__) from error
    finally:
        connection.close()


def _decoded(raw: bytes) -> Any:
    text = raw.decode(errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


def answer_of_status(status: int, said: str) -> Answer | None:
    """What a status other than success means; None for success."""
    if 200 <= status < 300:
        return None
    if status in (408, 425, 429) or status >= 500:
        return Answer.away(f"HTTP {status} {said}")
    return Answer.refused(f"HTTP {status} {said}")


def answer_of_robot(status: int, said: Any, *, code: str, busy: frozenset[int]) -> Answer:
    """Robots answer 200 and put a number into the body: 0 is success, `busy` ones are worth another try."""
    if (failed := answer_of_status(status, "")) is not None:
        return failed
    number = said.get(code) if isinstance(said, dict) else None
    if number == 0:
        return Answer.taken(f"{code} 0")
    if not isinstance(number, int):
        return Answer.away("an answer that is not theirs")
    text = f"{code} {number}"
    return Answer.away(text) if number in busy else Answer.refused(text)
