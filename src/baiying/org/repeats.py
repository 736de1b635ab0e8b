"""A program that is not sure whether it was heard says the same again under the same key: it gets the same answer.

An answer may hold a reporter's telephone number or an address that is a secret. It is kept sealed, and the key, of which
only a hash is kept, opens it: whoever reads the table reads nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from baiying.kit import clock
from baiying.kit.refusals import Conflict
from baiying.org.models import Repeat
from baiying.org.rules import Actor

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

KEPT: Final = timedelta(days=7)
_FIRST: Final = """
INSERT INTO org_repeat (tenant_id, account_id, post_id, key_hash, said_hash, status, answer, at)
VALUES (%s, %s, %s, %s, %s, 0, '', %s) ON CONFLICT (tenant_id, post_id, key_hash) DO NOTHING
"""


def claim(by: Actor, *, key: str, said: bytes) -> Repeat | None:
    """None for whoever comes first with this key, else what was answered then. In the transaction of the act itself.

    Of two at once the second waits for the first. Raises Conflict when the key stood for something else, or when the
    street's own secret has changed since.
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
    kept.answer = _opened(key, kept.answer)
    return kept


def keep(by: Actor, *, key: str, status: int, answer: str, etag: str = "") -> None:
    """What the first one was answered, in which version."""
    sealed = _lock(key).encrypt(answer.encode()).decode()
    _rows(by, key).update(status=status, answer=sealed, etag=etag)


def forget(tenant_id: int) -> int:
    """Keys that nobody will repeat any more are deleted; for the worker."""
    old = Repeat.objects.filter(tenant_id=tenant_id, at__lt=clock.now() - KEPT)
    return old.delete()[0]


def _rows(by: Actor, key: str) -> QuerySet[Repeat]:
    return Repeat.objects.filter(
        tenant_id=by.scope.tenant, post_id=by.post_id or 0, key_hash=_hash(key.encode())
    )


def _opened(key: str, sealed: str) -> str:
    from cryptography.fernet import InvalidToken

    try:
        return _lock(key).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Conflict(
            field="Idempotency-Key",
            problem=_("这个请求已经办过，当时的回答读不出来了。"),
            remedy=_("请先查询结果；要再办，换一个新的 Idempotency-Key。"),
        ) from error


def _lock(key: str) -> Fernet:
    from cryptography.fernet import Fernet  # programs that repeat need it, a web worker at its start does not

    secret = hmac.digest(settings.SECRET_KEY.encode(), b"kept answer\0" + key.encode(), "sha256")
    return Fernet(base64.urlsafe_b64encode(secret))


def _hash(said: bytes) -> str:
    return hashlib.sha256(said).hexdigest()
