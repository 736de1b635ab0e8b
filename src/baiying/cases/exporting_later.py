"""Exports in the background: asking for one, seeing how far it is, cancelling, fetching the file. Each is its owner's alone."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from baiying.cases import exporting, rules
from baiying.cases.export_models import Export
from baiying.cases.filters import CaseFilter, as_json, conditions
from baiying.journal.services import News, record
from baiying.kit import clock, ids
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound, worded
from baiying.kit.sheet_writing import FORMS
from baiying.org.queries import calendar_of, narrowed, street_map
from baiying.org.rules import PERMISSIONS, Actor, Scope, acting, demand

State = Export.State
MOST_OPEN: Final = 5  # of one account, waiting or running
MOST_SHOWN: Final = 50
ROWS_KEPT: Final = timedelta(days=30)  # the line in the list; the file goes earlier
OPEN: Final = (State.WAITING, State.RUNNING)
PROBLEMS: Final[dict[str, str | Promise]] = {
    "post": _("申请时的岗位已经结束，或者不再有导出权限、看不到那个范围。"),
    "disk": _("服务器上给导出文件留的空间不够。请缩小范围，或等旧文件过期后再试。"),
    "sheet": _("超过了一张工作表能放的 1,048,575 行。请改用 CSV，或缩小范围。"),
    "tries": _("写了三次都没有写完。请缩小范围再试；还不行，请告诉系统管理员。"),
}
# What an export no longer needs once it has ended without a file.
FORGOTTEN: Final[dict[str, Any]] = {"query": "", "words": "", "conditions": [], "file": ""}


def ask(by: Actor, wanted: CaseFilter, *, form: str, words: str = "", query: str = "") -> Export:
    """Line up an export of what a filter, and words, show within the actor's scope. Raises Denied, Invalid, Conflict.

    `query`: the same as the list's address, without telephone numbers.
    """
    if form not in FORMS:
        raise Invalid(field="format", problem=_("没有这种格式。"), remedy=_("可用 csv、xlsx、geojson。"))
    exporting.words_wanted(words)
    with acting(by.scope):
        demand(by, rules.EXPORT)
        if by.account_id is None or by.post_id is None:
            raise NotFound()
        if _own(by).filter(state__in=OPEN).count() >= MOST_OPEN:
            raise Conflict(
                problem=worded(_("最多同时排 %(most)d 个导出。"), most=MOST_OPEN),
                remedy=_("等前面的写完，或取消一个。"),
            )
        export = Export.objects.create(
            id=ids.uuid7(), tenant_id=by.scope.tenant, account_id=by.account_id, post_id=by.post_id,
            level=by.scope.level, unit_id=by.scope.unit, form=form, language=get_language() or "zh-hans",
            query=query, words=words, asked_at=clock.now(),
            conditions=json.loads(as_json(conditions(wanted, calendar=calendar_of(by.scope.tenant)))),
        )  # fmt: skip
        asked = [*wanted.asked(), *(["words"] if words else [])]
        _record(by, "cases.export_asked", export, {"asked": sorted(asked)})
        return export


def exports(by: Actor) -> list[Export]:
    """One's own, the latest first."""
    return list(_own(by).order_by("-asked_at", "-id")[:MOST_SHOWN])


def export_of(by: Actor, export_id: UUID) -> Export:
    """One of one's own. Raises NotFound."""
    found = _own(by).filter(id=export_id).first()
    if found is None:
        raise NotFound(
            problem=_("没有这个导出，或者不是您申请的。"), remedy=_("在“我的导出”里能看到自己的。")
        )
    return found


def cancel(by: Actor, *, export_id: UUID) -> Export:
    """Not wanted any more: whoever writes it stops, and the file is deleted. Twice is as good as once."""
    with acting(by.scope):
        export_of(by, export_id)
        rows = _own(by).filter(id=export_id, state__in=(*OPEN, State.DONE))
        if rows.update(state=State.CANCELLED, ended_at=clock.now(), expires_at=None, **FORGOTTEN):
            _record(by, "cases.export_cancelled", export_of(by, export_id), {})
        return export_of(by, export_id)


def fetch(by: Actor, *, export_id: UUID) -> tuple[Export, Path]:
    """The file, until it expires, while one's present post may still see all of it. Raises NotFound, Denied."""
    with acting(by.scope):
        export = export_of(by, export_id)
        demand(by, rules.EXPORT)
        if not lies_in(export, by.scope):
            declared = PERMISSIONS[rules.EXPORT]
            raise Denied(permission=declared.name, sentence=declared.sentence, unit=_("申请导出时的范围"))
        path = path_of(export)
        if not may_fetch(export) or not path.is_file():
            raise NotFound(
                problem=_("文件还没有写好，或已经过期、删除。"),
                remedy=_("在“我的导出”里看看，需要时重新导出。"),
            )
        _record(by, "cases.exported", export, {"rows": export.rows_done})
        return export, path


def may_fetch(export: Export) -> bool:
    """Whether there is a file that has not expired."""
    return export.state == State.DONE and export.expires_at is not None and clock.now() < export.expires_at


def scope_of(export: Export) -> Scope:
    """The very scope under which it was asked."""
    return Scope(export.tenant_id, export.level, export.unit_id, account=export.account_id)  # type: ignore[arg-type]


def lies_in(export: Export, scope: Scope) -> bool:
    """Whether whoever sees this scope sees everything of the export."""
    asked = scope_of(export)
    if asked == scope:
        return True
    unit = street_map(export.tenant_id).units.get(export.unit_id)
    return unit is not None and narrowed(scope, unit) == asked


def folder_of(tenant_id: int) -> Path:
    """Where a street's files of exports lie."""
    return Path(settings.EXPORTS_ROOT) / str(tenant_id)


def path_of(export: Export) -> Path:
    """Where its file lies, if it has one."""
    return Path(settings.EXPORTS_ROOT) / (export.file or "none")


def _own(by: Actor) -> QuerySet[Export]:
    return Export.objects.filter(tenant_id=by.scope.tenant, account_id=by.account_id or 0)


def _record(by: Actor, event: str, export: Export, data: dict[str, Any]) -> None:
    """Who asked for what kind of file and took it away; never the words that were sought."""
    record(
        News(
            tenant_id=by.scope.tenant, event=event, subject_kind="account", subject_id=str(by.account_id or ""),
            actor_kind=by.kind, actor_id=by.account_id, actor_name=by.name,
            data={"export": str(export.id), "form": export.form} | data,
        )
    )  # fmt: skip
