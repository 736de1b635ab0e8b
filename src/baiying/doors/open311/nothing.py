"""Any other address under /open311/: a list with one error, in the format that the address ends with."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from baiying.doors.open311.answering import Answer, resource
from baiying.doors.open311.asking import Call
from baiying.kit.refusals import NotFound


@resource("GET", "POST")
def _no_such_address(call: Call) -> Answer:
    raise NotFound(problem=_("没有这个接口地址。"), remedy=_("可用的见 /open311/v2/discovery.xml。"))


@csrf_exempt
def nothing(request: HttpRequest, rest: str) -> HttpResponseBase:
    """404 as the standard words it."""
    return _no_such_address(request, fmt="json" if rest.endswith("json") else "xml")
