"""What another system tells about a case that is already here."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from baiying.cases import rules, services
from baiying.cases.lines import tell, write_line
from baiying.cases.models import Line
from baiying.kit.refusals import Conflict
from baiying.kit.text import clean
from baiying.org.rules import Actor, acting, demand

MOST_UPDATE = 8_000


def receive_update(by: Actor, *, case_id: UUID, text: str, key: str, body: bytes) -> tuple[Line, bool]:
    """A note for colleagues, and whether it was there before; its key again with the same body makes no second one.

    `key` is the sender's own number of the update, "" for none. Raises Denied, NotFound, Conflict for the same key
    with another body.
    """
    with acting(by.scope):
        case = services._locked(by, case_id)
        demand(by, rules.NOTE, case)
        mark = hashlib.sha256(f"{by.post_id}\n{key}".encode()).hexdigest() if key else ""
        digest = hashlib.sha256(body).hexdigest()
        if mark and (
            known := Line.objects.filter(tenant_id=case.tenant_id, case=case, data__key=mark).first()
        ):
            if known.data.get("body") != digest:
                raise Conflict(
                    field="update_id",
                    problem=_("这个编号已经用于另一份内容。"),
                    remedy=_("新的内容请换一个编号。"),
                )
            return known, True
        data = {"key": mark, "body": digest} if mark else {}
        line = write_line(by, case, "note", clean(text, most=MOST_UPDATE), data, is_public=False)
        tell(by, case, "cases.noted", case.state, None)
        return line, False
