"""Which street a resident or a program means: named in the request, remembered in a cookie, else the first."""

from __future__ import annotations

import time

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from baiying.kit.refusals import NotFound, Unavailable
from baiying.org import queries as org
from baiying.org.models import Tenant

COOKIE = "baiying_street"
_held: tuple[float, list[Tenant]] = (0.0, [])
_KEPT_FOR = 5.0  # seconds


def streets() -> list[Tenant]:
    """The streets of this installation, the first founded first."""
    global _held
    if not _held[1] or time.monotonic() - _held[0] > _KEPT_FOR:
        _held = (time.monotonic(), sorted(org.tenants(), key=lambda t: t.id))
    return _held[1]


def street_named(code: str) -> Tenant:
    """The street with this code. Raises NotFound."""
    found = next((t for t in streets() if t.code == code), None)
    if found is None:
        raise NotFound(
            field="street",
            problem=_("这里没有代码为“%(code)s”的街道。") % {"code": code[:20]},
            remedy=_("请从首页选择街道。"),
        )
    return found


def street_of(request: HttpRequest) -> Tenant:
    """The street that a request is for. Raises NotFound for a wrong code, Unavailable when there is no street yet."""
    if code := request.GET.get("street"):
        return street_named(code)
    remembered = request.COOKIES.get(COOKIE, "")
    known = streets()
    if not known:
        raise Unavailable(
            problem=_("这里还没有建立街道。"), remedy=_("管理员可用 baiying org import 导入街道。")
        )
    return next((t for t in known if t.code == remembered), known[0])
