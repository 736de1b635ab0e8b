"""A list as a file: streamed at once, or written in the background when it is long or words were sought."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import FileResponse, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _

from baiying.cases import exporting, exporting_later, searching
from baiying.cases.filters import CaseFilter
from baiying.cases.models import Export
from baiying.doors.shared import case_counts
from baiying.doors.shared.case_filters import Asked
from baiying.kit import clock, text
from baiying.kit.refusals import Invalid
from baiying.kit.sheet_writing import FORMS
from baiying.org.rules import Actor, acting


def stream(by: Actor, what: Asked, form: str) -> StreamingHttpResponse:
    """The file, the latest first, of a valid address. Raises Denied, Invalid."""
    if form not in FORMS:
        raise Invalid(field="format", problem=_("没有这种格式。"), remedy=_("可用 csv、xlsx、geojson。"))
    with acting(by.scope):
        wanted, words = _sought(by, what)
    exporting.words_wanted(words)
    exporting.begin(by, wanted, form=form, words=words)
    kind, write = FORMS[form]
    columns = {name: str(said) for name, said in exporting.COLUMNS.items()}
    response = StreamingHttpResponse(
        write(columns, exporting.rows(by, wanted, words=words)), content_type=kind
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{_name(form)}"'
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _sought(by: Actor, what: Asked) -> tuple[CaseFilter, str]:
    """(filter, words) of an address, as the list takes them: a telephone number stands for the cases found under it now,
    for whoever may read it, and is kept nowhere. Needs a scope.
    """
    if what.phone is None:
        return what.filter(), what.words
    return what.filter(ids=searching.cases_by_phone(by, what.phone)), ""


def is_large(by: Actor, what: Asked) -> bool:
    """Whether the file is not written while somebody waits: words are sought, or there are many rows. Needs a scope."""
    if what.words:
        return True
    wanted, most = what.filter(), settings.EXPORT_ROWS
    total = case_counts.count_at_once(by.scope, wanted)
    if total is None:
        total = case_counts.rows_of(by.scope, wanted).order_by()[: most + 1].count()
    return total > most


def ask(by: Actor, what: Asked, form: str) -> Export:
    """Line up an export of what the list shows for this address. Needs a scope. Raises Denied, Invalid, Conflict."""
    query = what.query.copy()
    if what.words and text.normalise_phone(what.words) is not None:
        query.pop("q", None)
    wanted, words = _sought(by, what)
    return exporting_later.ask(by, wanted, form=form, words=words, query=query.urlencode())


def file_of(export: Export, path: Path) -> FileResponse:
    """The file that was written."""
    kind = FORMS[export.form][0]
    content = path.open("rb")  # the response closes it
    response = FileResponse(content, as_attachment=True, filename=_name(export.form), content_type=kind)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _name(form: str) -> str:
    return f"requests-{clock.today():%Y%m%d}.{form}"
