"""The version of a row that counts none itself: a number that follows from everything that stands in it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from baiying.kit.refusals import Conflict

_BITS: Final = 53  # what JSON's numbers hold everywhere


def version_of(row: Model) -> int:
    """Another number for every other content of the row: 0 .. 2**53 - 1. The same read again, now or in a year."""
    facts = {field.column: _plain(getattr(row, field.attname)) for field in row._meta.concrete_fields}
    said = json.dumps(facts, sort_keys=True, ensure_ascii=False, default=str).encode()
    return int.from_bytes(hashlib.blake2b(said, digest_size=8).digest()) >> (64 - _BITS)


def not_overtaken(row: Model, version: int | None, *, state: str) -> None:
    """The row, which the caller has locked, is as it was when it was read; None: whatever it is. Raises Conflict."""
    now = version_of(row)
    if version in (None, now):
        return
    raise Conflict(
        field="version",
        problem=_("这一件刚刚有了变动，您的这一步没有生效。"),
        remedy=_("请重新查询，看看最新情况，再决定。"),
        extra={"state": state, "version": now},
    )


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
