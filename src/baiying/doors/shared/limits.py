"""How often the same device or address may knock: token buckets in PostgreSQL, shared by all processes.

A limit is there for machines. Its defaults are such that a family behind one router, or a volunteer reporting a
whole street, never meets it. Only keyed hashes are kept: no address can be read from the table, nor guessed
without the installation's key; the table does not survive a crash and forgets after a day.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.db import connection
from django.http import HttpRequest, HttpResponse

from baiying.kit import clock
from baiying.kit.refusals import TooMany
from baiying.kit.throttle import Rate

DEVICE_COOKIE: Final = "baiying_device"
HOUR: Final = 3600.0
DAY: Final = 86400.0
_YEAR: Final = 365 * 86400
_SALT: Final = "baiying.device"
# Behind a proxy that nobody declared, a whole street speaks from this machine's own address.
_MANY_BEHIND_LOOPBACK: Final = 100


@dataclass(frozen=True, slots=True)
class Limit:
    """One bucket: what is done, by whom (address, device, reference), and how often that may be."""

    what: str
    who: str
    rate: Rate

    @property
    def key(self) -> bytes:
        """A keyed hash of what and who."""
        secret = f"limits:{settings.SECRET_KEY}".encode()
        return hmac.digest(secret, f"{self.what}\n{self.who}".encode(), hashlib.sha256)[:16]


# kit.throttle.take as one statement: two processes at once never both take the last token, a refusal takes nothing.
_TAKE: Final = """
INSERT INTO doors_limit AS held (key, tokens, at, burst, pace, cost, is_allowed)
SELECT key, burst - cost, at, burst, pace, cost, true
  FROM unnest(%(keys)s::bytea[], %(bursts)s::float8[], %(paces)s::float8[], %(costs)s::float8[])
       AS wanted (key, burst, pace, cost), (SELECT %(now)s::timestamptz AS at) AS moment
 ORDER BY key
ON CONFLICT (key) DO UPDATE SET (tokens, is_allowed) = (
        SELECT CASE WHEN refilled >= excluded.cost THEN refilled - excluded.cost ELSE refilled END,
               refilled >= excluded.cost
          FROM (SELECT least(excluded.burst, held.tokens
                             + greatest(0, extract(epoch FROM excluded.at - held.at)) * excluded.pace)
                       AS refilled) AS now_in_it
    ),
    at = greatest(held.at, excluded.at), burst = excluded.burst, pace = excluded.pace, cost = excluded.cost
RETURNING tokens, pace, cost, is_allowed
"""


def take(limits: Sequence[Limit], *, cost: float = 1.0) -> list[float]:
    """Take from every bucket, in one statement; what is left in each. Raises TooMany with the longest wait."""
    if not limits:
        return []
    parameters: dict[str, Any] = {
        "keys": [limit.key for limit in limits],
        "bursts": [limit.rate.burst for limit in limits],
        "paces": [limit.rate.count / limit.rate.seconds for limit in limits],
        "costs": [min(cost, limit.rate.burst) for limit in limits],
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, parameters)
        rows = cursor.fetchall()
    waits = [(cost - tokens) / pace for tokens, pace, cost, is_allowed in rows if not is_allowed]
    if waits:
        raise TooMany(retry_after=math.ceil(max(waits)))
    return [float(tokens) for tokens, _pace, _cost, _is_allowed in rows]


def take_intake(request: HttpRequest) -> None:
    """A request is about to be received from somebody who has not signed in. Raises TooMany."""
    take(
        _limits(request, "intake", settings.INTAKE_PER_HOUR_ADDRESS)
        + _of_device(request, "intake", settings.INTAKE_PER_HOUR)
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How much a program may still do: calls a minute, calls left, seconds until all are there again."""

    limit: int
    left: int
    full_in: int

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every answer (draft-ietf-httpapi-ratelimit-headers-07)."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.left),
            "RateLimit-Reset": str(self.full_in),
        }


class TooManyCalls(TooMany):
    """A program has used up its minute; its answer carries the same headers as the others."""

    @property
    def headers(self) -> dict[str, str]:
        return super().headers | Standing(settings.API_PER_MINUTE, 0, self.retry_after).headers


def take_program(token: str) -> Standing | None:
    """A program calls with a token; None where no limit is set. Raises TooManyCalls."""
    most: int = settings.API_PER_MINUTE
    if not most:
        return None
    try:
        [left] = take([Limit("api by", token, Rate(count=most, seconds=60.0, burst=most))])
    except TooMany as refused:
        raise TooManyCalls(retry_after=refused.retry_after) from None
    return Standing(most, int(left), math.ceil((most - left) * 60.0 / most))


def take_near(request: HttpRequest) -> None:
    """What lies near by is about to be looked up for somebody who writes. Raises TooMany."""
    take(_limits(request, "near", 600))


def take_follow(request: HttpRequest) -> None:
    """Somebody who has not signed in is about to follow a case. Raises TooMany."""
    take(
        _limits(request, "follow", settings.INTAKE_PER_HOUR_ADDRESS)
        + _of_device(request, "follow", settings.INTAKE_PER_HOUR)
    )


def take_photos(request: HttpRequest, count: int) -> None:
    """Photos are about to be read, before anything is sent. Raises TooMany."""
    if count:
        take(_limits(request, "photos", 10 * settings.INTAKE_PER_HOUR_ADDRESS), cost=count)


def take_lookup(request: HttpRequest, reference: str) -> None:
    """Somebody asks for a case with a reference and four digits of a number: ten thousand guesses must take years.

    Raises TooMany, also for references that do not exist.
    """
    guesses = Limit("lookup of", reference, Rate(count=20, seconds=DAY, burst=6))
    take([*_limits(request, "lookup", 60), guesses])


def take_link(request: HttpRequest) -> None:
    """A tracking link did not fit: whoever tries many is slowed down. Raises TooMany."""
    take(_limits(request, "link", 120))


def take_reading(request: HttpRequest) -> None:
    """Somebody without a key reads what is public. Raises TooMany."""
    take(_limits(request, "reading", settings.OPEN311_PER_HOUR_ADDRESS))


def take_download(request: HttpRequest) -> None:
    """Somebody without a key downloads everything that is public. Raises TooMany."""
    take(_limits(request, "download", min(12, settings.OPEN311_PER_HOUR_ADDRESS)))


def take_key(request: HttpRequest) -> None:
    """A key did not fit: whoever tries many is slowed down. Raises TooMany."""
    take(_limits(request, "key", 120))


def _limits(request: HttpRequest, what: str, per_hour: int) -> list[Limit]:
    if not per_hour:
        return []
    address, is_loopback = _network(request.META.get("REMOTE_ADDR", ""))
    many = per_hour * (_MANY_BEHIND_LOOPBACK if is_loopback else 1)
    return [Limit(f"{what} from", address, Rate(count=many, seconds=HOUR, burst=many))]


def _of_device(request: HttpRequest, what: str, per_hour: int) -> list[Limit]:
    device = device_of(request)
    if not device or not per_hour:
        return []
    return [Limit(f"{what} by", device, Rate(count=per_hour, seconds=HOUR, burst=per_hour))]


def _network(address: str) -> tuple[str, bool]:
    """(what stands for one household, whether it is this machine): an IPv6 line is given a whole /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64], not address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped), parsed.ipv4_mapped.is_loopback
        return str(ipaddress.ip_network((parsed, 64), strict=False)), parsed.is_loopback
    return str(parsed), parsed.is_loopback


def device_of(request: HttpRequest) -> str:
    """The random name of this browser from its signed cookie, else ""."""
    try:
        return signing.Signer(salt=_SALT).unsign(request.COOKIES.get(DEVICE_COOKIE, ""))
    except signing.BadSignature:
        return ""


def remember_device(request: HttpRequest, response: HttpResponse) -> None:
    """Give the browser a random name, if it has none: it tells devices behind one address apart and nothing else."""
    if device_of(request):
        return
    response.set_cookie(
        DEVICE_COOKIE,
        signing.Signer(salt=_SALT).sign(secrets.token_hex(12)),
        max_age=_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget_old() -> int:
    """Delete buckets that nobody touched for two days (all full again by then); returns how many. For the worker."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM doors_limit WHERE at < %s", [clock.now() - timedelta(days=2)])
        return int(cursor.rowcount)
