"""JSON into a request; what does not fit is told in the reader's own words, with the field and the remedy."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Final, TypeVar, get_origin

import msgspec
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from baiying.kit.refusals import Invalid, Words, worded

T = TypeVar("T")
EARLIEST: Final = 2000
LATEST: Final = 2099


class Contact(msgspec.Struct, forbid_unknown_fields=True):
    """Who may be called back."""

    name: str = ""
    phone: str = ""


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request, as JSON."""

    text: str
    category: str | None = None
    kind: str | None = None
    lon: float | None = None
    lat: float | None = None
    crs: str = "wgs84"
    place: str | None = None
    contact: Contact | None = None
    channel: str = "api"
    occurred_at: datetime | None = None
    street: str | None = None


Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Support(msgspec.Struct, forbid_unknown_fields=True):
    """A unit that shall support; what is left out is as for the one in charge."""

    unit: str
    text: str = ""
    due_at: Moment | None = None


class HandOut(msgspec.Struct, forbid_unknown_fields=True):
    """To whom a case goes; units by code."""

    unit: str
    text: str = ""
    person: str = ""
    due_at: Moment | None = None
    supports: Annotated[list[Support], msgspec.Meta(max_length=20)] = []
    version: int | None = None


_decoder = msgspec.json.Decoder(Request)

# What msgspec calls the kinds of JSON values, in words.
_KINDS: Final[dict[str, Words]] = {
    "str": pgettext_lazy("json", "文字"),
    "int": pgettext_lazy("json", "数字"),
    "float": pgettext_lazy("json", "数字"),
    "bool": pgettext_lazy("json", "是或否"),
    "null": pgettext_lazy("json", "空值"),
    "object": pgettext_lazy("json", "对象"),
    "array": pgettext_lazy("json", "列表"),
    "datetime": pgettext_lazy("json", "时间"),
}
_TYPES = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")


def decoded(body: bytes) -> Request:
    """The request in a body. Raises Invalid: 400 when it is no JSON, 422 when a field does not fit."""
    return _decoded(body, _decoder)


class StepSaid(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a step may need; which of it, the table of the steps says. Units by code."""

    text: str = ""
    inner: str = ""
    reason: str = ""
    unit: str = ""
    person: str = ""
    supports: Annotated[list[str], msgspec.Meta(max_length=20)] = []
    due_at: Moment | None = None
    until: date | None = None
    outcome: str = ""
    result: str = ""
    no_photo_reason: str = ""
    without_supports: str = ""
    without_parts: str = ""
    reuse: str = ""
    rating: str = ""
    contacted: bool | None = None
    solved: bool | None = None
    method: str = ""
    category: str | None = None
    kind: str | None = None
    is_urgent: bool | None = None
    urgency_reason: str = ""


class NoteSaid(msgspec.Struct, forbid_unknown_fields=True):
    """A note; `is_public`: a word to the reporter."""

    text: str
    is_public: bool = False


class NothingSaid(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing is to be said."""


class CorrectionSaid(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is to be set right; what is left out stays. `is_urgent` as it stands confirms it; taking it away needs
    `urgency_reason`. Degrees in WGS-84; community and grid by code."""

    category: str | None = None
    kind: str | None = None
    is_urgent: bool | None = None
    urgency_reason: str = ""
    place: str | None = None
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    community: str | None = None
    grid: str | None = None


class ExtensionSaid(msgspec.Struct, forbid_unknown_fields=True):
    """More time, in working days; the reporter reads why."""

    days: Annotated[int, msgspec.Meta(ge=1, le=366)]
    reason: str
    text: str


class HardSaid(msgspec.Struct, forbid_unknown_fields=True):
    """Why a request is hard: a reason of the list for the step `mark_hard`, and words that the reporter reads."""

    reason: str
    text: str


class PartSaid(msgspec.Struct, forbid_unknown_fields=True):
    """What a part is about; unit and area by code."""

    text: str
    category: str = ""
    unit: str = ""
    area: str = ""
    place: str = ""


class SupportSaid(msgspec.Struct, forbid_unknown_fields=True):
    """Which unit shall support, and what it shall do."""

    unit: str
    text: str
    due_at: Moment | None = None
    person: str = ""


class OrderStepSaid(msgspec.Struct, forbid_unknown_fields=True):
    """What a step of a supporting order may need."""

    text: str = ""
    reason: str = ""
    result: str = ""
    no_photo_reason: str = ""


@cache
def _decoder_of(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def body_as(kind: type[T], body: bytes) -> T:
    """What a body says, of any declared kind. Raises Invalid."""
    wanted: Any = kind
    decoder: msgspec.json.Decoder[T] = _decoder_of(wanted)
    said = _decoded(body, decoder)
    _check(said, "")
    return said


def query_as(kind: type[T], query: QueryDict) -> T:
    """What stands behind the question mark; `lang` is for the middleware. Raises Invalid."""
    lists = {f.name for f in msgspec.structs.fields(kind) if get_origin(f.type) is tuple}  # type: ignore[arg-type]
    said: dict[str, Any] = {}
    for name, values in query.lists():
        if name != "lang":
            said[name] = values if name in lists else values[-1]
    try:
        asked = msgspec.convert(said, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _wrong_field(str(error)) from None
    _check(asked, "")
    return asked


def _check(said: Any, field: str) -> None:
    """No NUL in words (the database takes none), no moment outside the time that calendars know."""
    if isinstance(said, str) and "\0" in said:
        raise Invalid(
            field=field or "body", problem=_("文字里有不能用的字符。"), remedy=_("请去掉 NUL 字符。")
        )
    if isinstance(said, date) and not EARLIEST <= said.year <= LATEST:
        raise Invalid(
            field=field or "body", problem=_("日期超出了范围。"), remedy=_("请写 2000 到 2099 年。")
        )
    if isinstance(said, msgspec.Struct):
        for name in said.__struct_fields__:
            _check(getattr(said, name), f"{field}.{name}" if field else name)
    elif isinstance(said, list | tuple):
        for number, one in enumerate(said):
            _check(one, f"{field}[{number}]")
    elif isinstance(said, dict):
        for name, one in said.items():
            _check(one, f"{field}.{name}" if field else str(name))


def _decoded(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _wrong_field(str(error)) from None
    except UnicodeDecodeError:
        raise _not_json(_("内容不是 UTF-8 编码。")) from None
    except msgspec.DecodeError as error:
        place = re.search(r"\(byte (\d+)\)", str(error))
        problem: Words = _("不是完整的 JSON。")
        if place:
            problem = worded(_("不是正确的 JSON：第 %(n)d 个字节起读不下去。"), n=int(place[1]) + 1)
        raise _not_json(problem) from None


def _not_json(problem: Words) -> Invalid:
    return Invalid(
        code="not_json", status=400, field="body", problem=problem, remedy=_("请用 UTF-8 编码的 JSON 对象。")
    )


def _wrong_field(error: str) -> Invalid:
    """msgspec says "Expected `float | null`, got `str` - at `$.lon`"; we say the field."""
    what, _at, where = error.partition(" - at `")
    field = where.removesuffix("`").removeprefix("$").removeprefix(".")
    if "required field" in what or "unknown field" in what:
        name = what.rsplit("`", 2)[1]
        field = f"{field}.{name}" if field else name
        if "unknown field" in what:
            return Invalid(
                field=field,
                problem=worded(_("没有“%(name)s”这一项。"), name=name[:40]),
                remedy=_("请对照接口文档，去掉或改正这一项。"),
            )
        return Invalid(
            field=field, problem=worded(_("缺少“%(name)s”。"), name=name), remedy=_("请补上这一项。")
        )
    if field.endswith("_at"):
        problem, remedy = _("这不是一个时间。"), _("请写成 2026-11-23T14:05:00+08:00。")
        return Invalid(field=field, problem=problem, remedy=remedy)
    types = _TYPES.match(what)
    if types is None:
        return Invalid(
            field=field or "body", problem=_("这一项的值用不了。"), remedy=_("请对照接口文档，改正这一项。")
        )
    wanted, got = _in_words(types[1]), _in_words(types[2])
    return Invalid(
        field=field or "body",
        problem=worded(_("要的是%(wanted)s，收到的是%(got)s。"), wanted=wanted, got=got),
        remedy=worded(_("请改成%(wanted)s。"), wanted=wanted),
    )


def _in_words(types: str) -> Words:
    """The first kind of `float | null`: leaving a field out is always possible, so null is not offered."""
    return _KINDS.get(types.split(" | ")[0], types)
