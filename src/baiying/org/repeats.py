"""A program that is not sure whether it was heard says the same again under the same key: it gets the same answer."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from baiying.kit import clock
from baiying.kit.refusals import Conflict
from baiying.org.models import Repeat
from baiying.org.rules import Actor

KEPT: Final = timedelta(days=7)
_FIRST: Final = """
INSERT INTO org_repeat (tenant_id, account_id, post_id, key_hash, said_hash, status, answer, at)
VALUES (%s, %s, %s, %s, %s, 0, '', %s) ON CONFLICT (tenant_id, post_id, key_hash) DO NOTHING
"""


def claim(by: Actor, *, key: str, said: bytes) -> Repeat | None:
    """None for whoever comes first with this key, else what was answered then. In the transaction of the act itself.

    Of two at once the second waits for the first. Raises Conflict when the key stood for something else.
    """
    hashed = (_hash(key.encode()), _hash(said))
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, [by.scope.tenant, by.account_id, by.post_id, *hashed, clock.now()])
        if cursor.rowcount:
            return None
    kept = _rows(by, key).get()
    if kept.said_hash != hashed[1]:
        raise Conflict(
            field="Idempotency-Key",
            problem=_("这个 Idempotency-Key 已经用于另一个请求。"),
            remedy=_("新的请求请换一个新的 Idempotency-Key。"),
        )
    return kept


def keep(by: Actor, *, key: str, status: int, answer: str, etag: str = "") -> None:
    """What the first one was answered, in which version."""
    _rows(by, key).update(status=status, answer=answer, etag=etag)


def forget(tenant_id: int) -> int:
    """Keys that nobody will repeat any more are deleted; for the worker."""
    old = Repeat.objects.filter(tenant_id=tenant_id, at__lt=clock.now() - KEPT)
    return old.delete()[0]


def _rows(by: Actor, key: str) -> QuerySet[Repeat]:
    return Repeat.objects.filter(
        tenant_id=by.scope.tenant, post_id=by.post_id or 0, key_hash=_hash(key.encode())
    )


def _hash(said: bytes) -> str:
    return hashlib.sha256(said).hexdigest()
