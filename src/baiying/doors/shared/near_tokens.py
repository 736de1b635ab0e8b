"""The signed name of a case that was shown near by: only what was shown can be followed, for a day."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.core import signing
from django.utils.translation import gettext_lazy as _

from baiying.doors.shared.streets import street_named
from baiying.kit.refusals import NotFound
from baiying.org.models import Tenant

_SALT: Final = "baiying.near"
_DAY: Final = 86400


def sealed(street: Tenant, case_id: UUID, key: str) -> str:
    """The name; `key` is of whoever it was shown to, so that following twice is following once."""
    return signing.dumps({"s": street.code, "c": case_id.hex, "k": key}, salt=_SALT, compress=True)


def opened(token: str) -> tuple[Tenant, UUID, str]:
    """(street, case, key) of a name. Raises NotFound for what we did not sign, or too long ago."""
    try:
        told = signing.loads(token, salt=_SALT, max_age=_DAY)
        return street_named(told["s"]), UUID(told["c"]), str(told["k"])
    except (signing.BadSignature, KeyError, ValueError, TypeError):
        raise NotFound(problem=_("这个链接已经过期。"), remedy=_("请从反映问题的页面再打开一次。")) from None
