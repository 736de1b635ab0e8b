"""Reading requests: the list with the desk's filters, one with what hangs on it, its timeline and photos."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as _

from baiying.cases import parts, photos, queries, rules, services, together
from baiying.cases.models import Case
from baiying.doors.open import listing
from baiying.doors.open.declaring import Answer, Call, operation
from baiying.doors.open.shapes import (
    Photos,
    RequestOne,
    RequestPage,
    Timeline,
    line_of,
    one_of,
    photo_of,
    row_of,
)
from baiying.doors.shared.case_filters import Asked, asked
from baiying.doors.shared.pictures import picture
from baiying.kit.ids import check_reference
from baiying.kit.refusals import Invalid, NotFound, Refusal, Refusals
from baiying.org.rules import Actor

TAG: Final = "Requests"
MOST_ROWS: Final = 200
USUAL_ROWS: Final = 40
# Of the list's address, what is no filter: where, how much, and whether to count.
PLACE: Final[Mapping[str, tuple[dict[str, Any], str]]] = {
    "cursor": ({"type": "string"}, "`next` or `previous` of a page that was read"),
    "limit": ({"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": USUAL_ROWS}, "How many a page has"),
    "count": ({"type": "boolean", "default": False}, "Count all of them, however long that takes"),
}  # fmt: skip


@operation(
    "list_requests", "GET", "v1/requests", tag=TAG, summary="List requests, the latest first",
    answer=RequestPage, permission=rules.READ, filters=True,
)  # fmt: skip
def list_requests(call: Call) -> RequestPage:
    """The filters are those of the desk's list; words and telephone numbers are sought with `q`."""
    what = filter_of(call)
    query = call.request.GET
    place = listing.Place(
        cursor=query.get("cursor") or None,
        rows=_limit(query.get("limit")),
        is_text=query.get("in") == "text",
        is_counted=_is_yes(query.get("count")),
    )
    found = listing.find(call.by, what, place)
    if found.is_too_short:
        raise Invalid(
            field="q",
            problem=_("要找的字太少。"),
            remedy=_("请至少输入两个连在一起的字，例如“路灯”。"),
        )
    return RequestPage(
        requests=[row_of(case) for case in found.page.rows],
        total=found.total,
        next=found.page.next_cursor,
        previous=found.page.previous_cursor,
    )


def filter_of(call: Call, *, and_apart: Collection[str] = ()) -> Asked:
    """The filters of an address. Raises Refusals, one for each that does not fit."""
    query = QueryDict(mutable=True)
    for name, values in call.request.GET.lists():
        if name not in PLACE and name not in and_apart:
            query.setlist(name, values)
    return checked(query, call.by)


def checked(query: QueryDict, by: Actor) -> Asked:
    """What filters ask for. Raises Refusals, one for each that does not fit."""
    if any("\0" in value for values in query.lists() for value in values[1]):
        raise Invalid(field="q", problem=_("文字里有不能用的字符。"), remedy=_("请去掉 NUL 字符。"))
    what = asked(query, by)
    if not what.is_valid:
        wrong: list[Refusal] = [
            Invalid(field=None if name == "__all__" else name, problem=" ".join(map(str, said)))
            for name, said in what.form.errors.items()
        ]
        raise Refusals(wrong)
    return what


def _limit(said: str | None) -> int:
    if said is None:
        return USUAL_ROWS
    if not (said.isascii() and said.isdecimal() and len(said) < 5 and 1 <= int(said) <= MOST_ROWS):
        raise Invalid(
            field="limit", problem=_("limit 要在 1 到 200 之间。"), remedy=_("再多的请用 next 翻页。")
        )
    return int(said)


def _is_yes(said: str | None) -> bool:
    return said in ("true", "yes", "1")


@operation(
    "read_request", "GET", "v1/requests/<str:reference_text>", tag=TAG, summary="Read one request",
    answer=RequestOne, permission=rules.READ, version="read",
)  # fmt: skip
def read_request(call: Call) -> Answer:
    """Its orders, its parts, and the steps that this token could take on it now."""
    return shown(call.by, case_for(call))


@operation(
    "read_timeline", "GET", "v1/requests/<str:reference_text>/timeline", tag=TAG, summary="What happened to a request",
    answer=Timeline, permission=rules.READ,
)  # fmt: skip
def read_timeline(call: Call) -> Timeline:
    """Public lines and internal ones, as staff read them."""
    return Timeline([line_of(line) for line in queries.lines_of(case_for(call), public_only=False)])


@operation(
    "list_photos", "GET", "v1/requests/<str:reference_text>/photos", tag=TAG, summary="List the photos of a request",
    answer=Photos, permission=rules.READ,
)  # fmt: skip
def list_photos(call: Call) -> Photos:
    """Each with the address of its picture."""
    case = case_for(call)
    return Photos([photo_of(case, photo) for photo in queries.photos_of(case)])


@operation(
    "read_photo", "GET", "v1/requests/<str:reference_text>/photos/<uuid:photo_id>", tag=TAG, summary="Read a photo",
    permission=rules.READ, media="image/jpeg",
    more={"query": {"size": ({"type": "string", "enum": ["thumb"]}, "`thumb`: a small picture")}},
)  # fmt: skip
def read_photo(call: Call) -> HttpResponse:
    """The picture itself; it never changes."""
    case = case_for(call)
    found = next((p for p in queries.photos_of(case) if p.id == call.path["photo_id"]), None)
    if found is None:
        raise NotFound(field="photo_id")
    content = photos.content_of(found, is_small=call.request.GET.get("size") == "thumb")
    return picture(content, name=found.id.hex, keep_seconds=365 * 86400)


def case_for(call: Call) -> Case:
    """The case of the address, in the scope that is in force. Raises NotFound, Invalid."""
    rows = Case.objects.within(call.by.scope).select_related("category").defer("search")
    case: Case | None = rows.filter(reference=check_reference(call.path["reference_text"])).first()
    if case is None:
        raise NotFound(field="reference")
    return case


def shown(by: Actor, case: Case) -> Answer:
    """The case with its orders and its parts, in the scope that is in force."""
    body = one_of(
        case,
        orders=queries.orders_of(by.scope, case),
        parts=parts.parts_of(case),
        whole=parts.whole_of(by.scope, case),
        merge=together.in_force(case),
        merged=together.parts_of(case),
        steps=[step.name for step in services.may_take(by, case)],
    )
    return Answer(body, version=case.version)


def no_such_address(request: HttpRequest, rest: str) -> HttpResponse:
    """Anything else under /api/."""
    raise NotFound(problem=_("没有这个接口地址。"), remedy=_("接口说明见 /developers/。"))
