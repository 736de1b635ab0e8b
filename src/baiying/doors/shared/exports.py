"""A list as a file, streamed: the same filters and scope as the list itself, and an end in the name that says what it is."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _

from baiying.cases import exporting
from baiying.doors.shared.case_filters import Asked
from baiying.kit import clock
from baiying.kit.refusals import Invalid
from baiying.kit.sheet_writing import FORMS
from baiying.org.rules import Actor


def stream(by: Actor, what: Asked, form: str) -> StreamingHttpResponse:
    """The file. `what` must be valid and ask for no words. Raises Denied, Invalid."""
    if form not in FORMS:
        raise Invalid(field="format", problem=_("没有这种格式。"), remedy=_("可用 csv、xlsx、geojson。"))
    if what.words:
        raise Invalid(
            field="q", problem=_("按文字搜索的结果不能导出。"), remedy=_("请去掉文字，用筛选条件导出。")
        )
    wanted = what.filter()
    exporting.begin(by, wanted, form=form)
    kind, write = FORMS[form]
    columns = {name: str(words) for name, words in exporting.COLUMNS.items()}
    response = StreamingHttpResponse(write(columns, exporting.rows(by, wanted)), content_type=kind)
    name = f"requests-{clock.today():%Y%m%d}.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response
