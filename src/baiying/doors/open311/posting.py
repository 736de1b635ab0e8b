"""POST requests: a form becomes words for the one intake. Nothing foreign is opened: an address of a picture stays text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from baiying.cases import questions, services, wording
from baiying.cases.models import Category
from baiying.cases.questions import Answer as Answered
from baiying.cases.services import Receipt, Words
from baiying.doors.open311.answering import Answer
from baiying.doors.open311.asking import PLAIN_FORM, Call
from baiying.doors.open311.discovery import base
from baiying.doors.open311.keys import sender
from baiying.doors.open311.service_list import category_with
from baiying.kit.photos import Photo, read_photo
from baiying.kit.refusals import Gathered, Invalid, TooLarge, Unsupported, worded
from baiying.org.rules import Actor
from baiying.registry.queries import place_with_code

MOST_DESCRIPTION: Final = 4_000
MOST_PHOTOS: Final = 6  # as the intake has it; said here before any is opened
MOST_BYTES: Final = 128 * 2**20  # six photos of 20 MB and the form around them
PICTURE: Final = _("来件所附照片的网址（系统没有打开过）：%(said)s")
OTHER: Final = _("来件的其他字段：%(said)s")
FORMS: Final = (PLAIN_FORM, "multipart/form-data")
_ATTRIBUTE: Final = re.compile(r"attribute\[([^\]]{1,100})\](\[\d*\])?\Z")
_WEB_ADDRESS: Final = re.compile(r"https?://[^\s<>\"']{3,1990}\Z")
_MAIL: Final = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,190}\Z")


def create(call: Call) -> Answer:
    """A request is received; the same form again with the same nonce gives the same answer and makes nothing new."""
    demand_form(call.request)
    by = sender(call)
    if not (code := call.text("service_code")):
        raise Invalid(
            field="service_code", problem=_("没有给 service_code。"), remedy=_("可用的见 GET services。")
        )
    words = _words(call, by, category_with(code))
    receipt = _rehearsed(by, words) if call.is_test else services.receive(by, words=words)
    if receipt.is_repeat:
        call.headers["Idempotency-Replayed"] = "true"
    return Answer("service_requests", [_created(call, receipt)])


def demand_form(request: HttpRequest) -> None:
    """Raises Unsupported for anything but a form - XML and JSON are never parsed here -, TooLarge, Invalid."""
    if request.content_type not in FORMS:
        raise Unsupported(
            field="Content-Type", problem=_("这个接口只收表单，不收 XML 或 JSON。"),
            remedy=_("用 application/x-www-form-urlencoded；带照片用 multipart/form-data。"),
        )  # fmt: skip
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > MOST_BYTES:
        raise TooLarge(problem=_("内容太大。"), remedy=_("最多 6 张照片，每张 20 MB。"))
    if (request.encoding or "utf-8").lower().replace("-", "") != "utf8":
        raise Invalid(
            status=400, field="Content-Type", problem=_("内容不是 UTF-8 编码。"), remedy=_("请用 UTF-8。")
        )


def _rehearsed(by: Actor, words: Words) -> Receipt:
    """All of it, and taken back again: only a number of the references is used up."""
    with transaction.atomic():
        receipt = services.receive(by, words=words)
        transaction.set_rollback(True)
    return receipt


def _created(call: Call, receipt: Receipt) -> dict[str, Any]:
    said: dict[str, Any] = {
        "service_request_id": receipt.reference,
        "service_notice": _notice(receipt),
        "account_id": None,
    }
    if call.is_asked("extensions"):
        address = f"{base(call.request)}/t/{receipt.reference}?k={receipt.secret}"
        said["extended_attributes"] = {"tracking_url": address, "promised_by": receipt.answer["promised_by"]}
    return said


def _notice(receipt: Receipt) -> str:
    when = wording.say_moment(receipt.answer["promised_by"])
    if receipt.answer.get("is_estimated"):
        return now("已登记，预计 %(when)s 前办结。") % {"when": when}
    return now("已登记，承诺 %(when)s 前办结。") % {"when": when}


# -- the form in words ------------------------------------------------------------------------------------------------


def _words(call: Call, by: Actor, category: Category) -> Words:
    gathered = Gathered()
    answers: list[Answered] = []
    given = attributes(call)
    with gathered.one():
        answers = questions.answers_in(category.code, given)
    for part in gathered.parts:
        part.field = f"attribute[{part.field}]"
    fields: dict[str, Any] = {}
    for read in (_place, _contact, _description):
        with gathered.one():
            fields |= read(call)
    addresses: list[str] = []
    with gathered.one():
        addresses = media_addresses(call)
    gathered.settle()
    photos = _photos(call.files("media", "media[]"))
    fields["text"] = "\n".join([fields["text"] or category.name, *(answer.line for answer in answers)])
    known = {question.code for question in questions.questions_of(category.code)}
    return Words(
        **fields,
        category=category.code,
        channel="api",
        photos=() if call.is_test else photos,
        key=nonce(call),
        key_owner=f"post:{by.post_id}" if by.post_id else "open311",
        body=canonical(call, photos),
        aside=_aside(answers, addresses, {k: v for k, v in given.items() if k not in known}),
    )


def kept(words: Promise, **values: str) -> str:
    """Words that stay with the case: in the street's own language, whatever the program speaks."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(words) % values


def attributes(call: Call) -> dict[str, list[str]]:
    """`attribute[code]=v` and `attribute[code][]=v` of the form, by code."""
    found: dict[str, list[str]] = {}
    for name, values in call.form.items():
        match = _ATTRIBUTE.match(name) if name.startswith("attribute[") else None
        if match:
            found.setdefault(match[1], []).extend(value[:4_000] for value in values)
    return found


def _place(call: Call) -> dict[str, Any]:
    """Longitude and latitude, else an address in words or its code: one of them is needed."""
    lon, lat = call.degrees("long"), call.degrees("lat")
    address, code = call.text("address_string", 300), call.text("address_id", 100)
    found: dict[str, Any] = {"place": address}
    if (lon is None) != (lat is None):
        missing = "long" if lon is None else "lat"
        raise Invalid(field=missing, problem=_("坐标缺了一半。"), remedy=_("lat 和 long 要一起给。"))
    if lon is None and not address and not code:
        raise Invalid(
            field="lat",
            problem=_("没有给地点。"),
            remedy=_("请给 lat 和 long，或 address_string，或 address_id。"),
        )
    if lon is not None:
        found |= {"lon": lon, "lat": lat}
    if code:
        place = place_with_code(call.street.id, code)
        if place is None:
            raise Invalid(
                field="address_id", problem=_("没有这个地点代码。"), remedy=_("请改用 address_string。")
            )
        found |= {"living_area_id": place[0], "building_id": place[1]}
    return found


def _contact(call: Call) -> dict[str, Any]:
    names = [call.text("last_name", 60), call.text("first_name", 60)]
    is_chinese = any(0x4E00 <= ord(letter) <= 0x9FFF for name in names for letter in name)
    name = "".join(names) if is_chinese else " ".join(n for n in reversed(names) if n)
    mail = call.text("email", 254)
    if mail and not _MAIL.match(mail):
        raise Invalid(field="email", problem=_("这不像一个电子邮箱。"), remedy=_("请核对，或不填。"))
    # A contact has a name and a telephone number; an address fits beside the name, if both are short enough.
    told = f"{name} <{mail}>" if name and mail else name or mail
    return {"name": told if len(told) <= 60 else name or mail[:60], "phone": call.text("phone", 60)}


def _description(call: Call) -> dict[str, Any]:
    return {"text": call.text("description", MOST_DESCRIPTION)}


def media_addresses(call: Call) -> list[str]:
    """Addresses of pictures elsewhere. They are noted for colleagues and never opened by us. Raises Invalid."""
    found = [v.strip() for said in call.said for v in said.get("media_url", ()) if v.strip()]
    if len(found) > 10 or not all(_WEB_ADDRESS.match(one) for one in found):
        raise Invalid(
            field="media_url", problem=_("media_url 不是网址，或者太多、太长。"),
            remedy=_("最多 10 个 http 或 https 网址；照片也可以用 media 直接上传。"),
        )  # fmt: skip
    return list(dict.fromkeys(found))


def _photos(files: Sequence[UploadedFile[Any]]) -> list[Photo]:
    if len(files) > MOST_PHOTOS:
        raise Invalid(
            field="media", problem=worded(_("照片超过 %(most)s 张。"), most=MOST_PHOTOS),
            remedy=_("请留下最能说明问题的几张。"),
        )  # fmt: skip
    return [read_photo(file.read(), field="media") for file in files]


def _aside(
    answers: Sequence[Answered], addresses: Sequence[str], unknown: dict[str, list[str]]
) -> dict[str, object]:
    """What stands beside the words: answers by code, and for colleagues what came along and fits nowhere."""
    inner = [kept(PICTURE, said=one) for one in addresses]
    others = [f"{code}={', '.join(values)}"[:500] for code, values in list(unknown.items())[:20]]
    inner += [kept(OTHER, said=one) for one in others]
    aside: dict[str, object] = {}
    if answers:
        aside["answers"] = {answer.question.code: list(answer.values) for answer in answers}
    if inner:
        aside["inner"] = "\n".join(inner).replace("\0", "")
    return aside


# -- the same form twice ----------------------------------------------------------------------------------------------


def nonce(call: Call) -> str | None:
    """What marks a repetition: the header Idempotency-Key, or the field `nonce`. Raises Invalid."""
    key = call.request.META.get("HTTP_IDEMPOTENCY_KEY") or call.text("nonce") or None
    if key is not None and not (len(key) <= 200 and key.isprintable()):
        raise Invalid(
            field="nonce", problem=_("nonce 要有 1 到 200 个可见字符。"), remedy=_("例如用一个 UUID。")
        )
    return key


def canonical(call: Call, photos: Sequence[Photo] = ()) -> bytes:
    """The form without its key and however it was packed: multipart draws a new border each time it is sent."""
    said = sorted((name, values) for name, values in call.form.items() if name != "api_key")
    digest = hashlib.sha256(repr(said).encode("utf-8", "surrogatepass"))
    for photo in photos:
        digest.update(photo.sha256.encode())
    return digest.digest()
