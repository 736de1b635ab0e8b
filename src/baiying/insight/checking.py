"""What must always hold, street by street: figures, journal, cases, photos. Reads every room, mends nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, Final

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from baiying.cases import photos, steps
from baiying.cases.clocks import AWAITED
from baiying.cases.models import Case, Photo, PublicPhoto
from baiying.insight import clock_checks
from baiying.insight.services import differences, statement
from baiying.journal.services import check_seals
from baiying.kit import ids
from baiying.org.models import Tenant
from baiying.org.rules import Scope, acting

MOST_OF_A_KIND: Final = 100
_NAME: Final = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_OTHER_EVENTS: Final = {
    "cases.received": "receive", "cases.corrected": "correct", "cases.photos_added": "photo",
    "cases.extended": "extend", "cases.marked_hard": "mark_hard",
    "cases.merged": "merge", "cases.unmerged": "unmerge", "cases.taken_back": "take_back",
    "cases.sampled": "sample", "cases.excluded": "exclude", "cases.exclusion_appealed": "appeal",
}  # fmt: skip

SENTENCES: Final[dict[str, str | Promise]] = {
    "figures": _("数字和诉求逐件数出来的一致。"),
    "seals": _("日志封存以后没有被改动。"),
    "reference": _("编号的校验位正确。"),
    "photo_files": _("每张照片的文件都在。"),
    "state_and_times": _("状态和各个时间相符。"),
    "state_and_order": _("状态和派单相符。"),
    "clock": _("诉求的办理期限和正在走的办理时限一致。"),
    "clock_state": _("每件诉求正在走的时限，正是它这一步该走的。"),
    "clock_limit": _("正在走的时限有多长，和起算那天的时限规则一致；改过的都有记录。"),
    "clock_feedback": _("规则要求反馈的，派单后都在计反馈的时限，反馈以后就停。"),
    "merged": _("并入别的件的诉求有一条没有结束的合并记录，自己没有在办的派单和时限，也没有绕成圈。"),
    "place": _("网格属于所在社区，社区属于本街道。"),
    "receipt": _("每件诉求的登记都有一条日志、一行经过。"),
    "journal_and_timeline": _("日志里的每一步在办理经过里都有一行，反过来也一样。"),
    "last_word": _("日志里最后的状态就是诉求的状态。"),
    "photo_count": _("照片张数相符。"),
    "proof": _("办结有现场照片，或写明了没有照片的理由。"),
    "journal_orphans": _("日志里说到的诉求都存在。"),
    "chain_one_holder": _("每个社区、网格、楼院、户每天最多一位挂包责任人。"),
    "chain_place": _("每条挂包和它的对象在同一个社区、同一个网格，责任人也在。"),
    "chain_ring": _("挂包没有绕成圈的。"),
    "chain_left": _("离任的责任人名下没有挂包。"),
    "home_place": _("每户和它的楼、楼院在同一个网格。"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold: which check (see SENTENCES), in which street, for what."""

    check: str
    tenant: str
    subject: str
    detail: str = ""


def check(tenant: Tenant) -> list[Finding]:
    """Everything of one street; at most 100 findings of a kind. Sets the street's scope itself."""
    found: list[Finding] = []
    with acting(Scope(tenant.id, "street")):
        found += [
            Finding("figures", tenant.code, difference.measure, str(difference))
            for difference in differences(tenant.id, MOST_OF_A_KIND)
        ]
        found += [Finding("seals", tenant.code, "journal", fault) for fault in check_seals(tenant.id)]
        for name in invariants():
            found += [Finding(name, tenant.code, subject) for subject in broken(tenant.id, name)]
        found += [
            Finding("clock_limit", tenant.code, *wrong) for wrong in clock_checks.wrong_limits(tenant.id)
        ]
        found += [Finding("clock_feedback", tenant.code, r) for r in clock_checks.wrong_feedback(tenant.id)]
        found += [Finding("reference", tenant.code, r) for r in _wrong_references(tenant)]
        found += [Finding("photo_files", tenant.code, name) for name in _lost_photos(tenant.id)]
    return found


@cache
def invariants() -> dict[str, str]:
    """The queries of sql/invariants.sql by name."""
    parts = _NAME.split(statement("invariants"))[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def broken(tenant_id: int, name: str) -> list[str]:
    """For which cases the invariant does not hold; the caller has set the street's scope."""
    events = {step.event: step.name for step in steps.LIFECYCLE.steps} | _OTHER_EVENTS
    parameters: dict[str, Any] = {
        "tenant": tenant_id,
        "states": sorted(steps.NUMBER),
        "ended": sorted(steps.ENDED),
        "paused": sorted(steps.PAUSED),
        "with_unit": sorted(steps.WITH_UNIT),
        "running": sorted(steps.RUNNING),
        "awaited": json.dumps(AWAITED),
        "events": json.dumps(events),
    }
    with connection.cursor() as cursor:
        cursor.execute(invariants()[name], parameters)
        return [str(row[0]) for row in cursor.fetchmany(MOST_OF_A_KIND)]


def _wrong_references(tenant: Tenant) -> Iterator[str]:
    rows = Case.objects.filter(tenant_id=tenant.id).values_list("reference", flat=True)
    wrong = 0
    for reference in rows.iterator(chunk_size=5000):
        if ids.parse_reference(reference) != reference or not reference.startswith(f"{tenant.short_code}-"):
            yield reference
            wrong += 1
            if wrong == MOST_OF_A_KIND:
                return


def _lost_photos(tenant_id: int) -> Iterator[str]:
    rows = Photo.objects.filter(tenant_id=tenant_id).only("stored_as")
    copies = PublicPhoto.objects.filter(tenant_id=tenant_id).only("stored_as")
    lost = 0
    files: Iterator[Photo | PublicPhoto] = chain(
        rows.iterator(chunk_size=2000), copies.iterator(chunk_size=2000)
    )
    for photo in files:
        if not (photos.path_of(photo).is_file() and photos.path_of(photo, thumb=True).is_file()):
            yield photo.stored_as
            lost += 1
            if lost == MOST_OF_A_KIND:
                return
