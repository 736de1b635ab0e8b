"""Who is speaking: `api_key` is one of our API tokens; reading needs none, but is counted without one."""

from __future__ import annotations

from django.core import signing
from django.utils.translation import gettext_lazy as _

from baiying.cases import rules
from baiying.doors.open311.asking import Call
from baiying.doors.shared import limits
from baiying.doors.shared.tokens import actor_behind
from baiying.kit.refusals import Refusal, Words
from baiying.org.rules import Actor, Scope, demand

_SALT = "baiying.open311.selftest"
_REHEARSAL_SECONDS = 120


def sender(call: Call, *, may: str = rules.RECEIVE) -> Actor:
    """The actor of the key. Raises Refusal (403) for a missing, unknown or foreign one, Denied, TooMany."""
    key, street = _key(call), call.street
    if call.is_test and (rehearsing := rehearser(key, street.id)) is not None:
        return rehearsing
    actor = actor_behind(key) if key else None
    if actor is None:
        limits.take_key(call.request)
        raise _no_leave(_("没有 api_key，或者它无效、已过期、已收回。"))
    if actor.scope.tenant != street.id:
        raise _no_leave(_("这个 api_key 属于另一个街道。"))
    demand(actor, may)
    return actor


def reader(call: Call, *, download: bool = False) -> None:
    """Somebody reads. Raises TooMany for those without a key who ask too often."""
    key = _key(call)
    if key and actor_behind(key) is not None:
        return
    if download:
        limits.take_download(call.request)
    else:
        limits.take_reading(call.request)


def rehearsal_key(tenant_id: int) -> str:
    """A key for two minutes and the test endpoint alone: the self-test needs no token of anybody's."""
    return f"test:{signing.dumps(tenant_id, salt=_SALT)}"


def rehearser(key: str, tenant_id: int) -> Actor | None:
    """A resident who does not exist, for a rehearsal key of this street, else None."""
    if not key.startswith("test:"):
        return None
    try:
        signed = signing.loads(key.removeprefix("test:"), salt=_SALT, max_age=_REHEARSAL_SECONDS)
    except signing.BadSignature:
        return None
    return (
        Actor(kind="reporter", name="居民", scope=Scope(tenant_id, "public")) if signed == tenant_id else None
    )


def _key(call: Call) -> str:
    header = str(call.request.META.get("HTTP_AUTHORIZATION", ""))
    kind, _space, token = header.partition(" ")
    return call.text("api_key", 500) or (token.strip() if kind.lower() in ("bearer", "token") else "")


def _no_leave(problem: Words) -> Refusal:
    return Refusal(
        code="forbidden",
        status=403,
        field="api_key",
        problem=problem,
        remedy=_("请在工作台“我的接口令牌”里申请。"),
    )
