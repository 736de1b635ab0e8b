"""What the states of a link outside are called."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as later

from baiying.dispatch.models import OutsideLink
from baiying.doors.desk.case_forms import Words

State = OutsideLink.State
LINKS: Final[dict[str, tuple[str, str, Words]]] = {
    State.READY: ("wait", "open", later("待发出")),
    State.SENT: ("send", "open", later("已发出，还没打开")),
    State.OPENED: ("inbox", "open", later("已打开，还没答复")),
    State.ANSWERED: ("done", "done", later("已答复")),
    State.FAILED: ("late", "late", later("没有成功")),
}
