"""The list of the desk as a file."""

from __future__ import annotations

from django.http import QueryDict, StreamingHttpResponse
from django.views.decorators.http import require_safe

from baiying.cases import rules
from baiying.doors.shared import exports
from baiying.doors.shared.case_filters import asked
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit.refusals import Invalid


@require_safe
@staff_page(rules.READ, rules.EXPORT, in_transaction=False)
def export(request: StaffRequest) -> StreamingHttpResponse:
    """What the list shows, all of it."""
    query = QueryDict(mutable=True)
    for name, values in request.GET.lists():
        if name != "format":
            query.setlist(name, values)
    what = asked(query, request.actor)
    if not what.is_valid:
        raise Invalid()
    return exports.stream(request.actor, what, request.GET.get("format", "csv"))
