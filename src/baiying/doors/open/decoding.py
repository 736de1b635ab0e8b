"""JSON into a request; what does not fit is told in the reader's own words, with the field and the remedy."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Final, TypeVar

import msgspec
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from baiying.kit.refusals import Invalid, Words, worded

T = TypeVar("T")


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
_hand_out_decoder = msgspec.json.Decoder(HandOut)

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


def hand_out_in(body: bytes) -> HandOut:
    """The same for the body of a hand-out."""
    return _decoded(body, _hand_out_decoder)


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
    if field.endswith(("occurred_at", "due_at")):
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
