"""Coming back to a case: the secret link, the cookie it turns into, and its square code."""

from __future__ import annotations

from typing import Final

import qrcode
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from qrcode.constants import ERROR_CORRECT_M

from baiying.cases.tracking import Followed, followed_at_epoch
from baiying.kit.refusals import NotFound

COOKIE: Final = "baiying_case"
KEPT_FOR: Final = 90 * 86400  # seconds; the link itself goes on working
_SALT: Final = "baiying.case"


def address(reference: str) -> str:
    """Path of a case's page."""
    return f"/t/{reference}"


def link(request: HttpRequest, followed: Followed) -> str:
    """The secret link, to be kept by the reporter."""
    return request.build_absolute_uri(f"{address(followed.reference)}?k={followed.secret}")


def remember(response: HttpResponse, followed: Followed) -> None:
    """This browser may see this case: a signed cookie that is sent to this case's address only."""
    response.set_cookie(
        COOKIE,
        signing.dumps([followed.reference, followed.epoch], salt=_SALT),
        max_age=KEPT_FOR,
        path=address(followed.reference),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse, reference: str) -> None:
    """This browser shall not see the case any more."""
    response.delete_cookie(COOKIE, path=address(reference), samesite="Lax")


def visitor_of(request: HttpRequest, reference: str) -> Followed:
    """The case that this browser may see under this reference. Raises NotFound."""
    try:
        named, epoch = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=KEPT_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        raise NotFound(code="not_followed") from None
    if named != reference or not isinstance(epoch, int):
        raise NotFound(code="not_followed")
    return followed_at_epoch(reference, epoch)


def qr(text: str) -> SafeString:
    """The text as a square code: one SVG path, some 5 kB, sharp on any screen and on paper."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=3)
    code.add_data(text)
    matrix = code.get_matrix()
    runs: list[str] = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            width = 0
            while x + width < len(row) and row[x + width]:
                width += 1
            if width:
                runs.append(f"M{x} {y}h{width}v1h-{width}z")
            x += width or 1
    side = len(matrix)
    return format_html(
        '<svg class="qr" viewBox="0 0 {} {}" width="200" height="200" aria-hidden="true">'
        '<rect width="{}" height="{}" fill="#fff"/><path d="{}" fill="#000"/></svg>',
        side, side, side, side, "".join(runs),
    )  # fmt: skip
