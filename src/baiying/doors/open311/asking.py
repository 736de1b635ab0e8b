"""What a program asks for, read from address and form: null and empty are missing, and nothing is believed."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final, Literal
from urllib.parse import parse_qs

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from baiying.doors.shared.streets import streets
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.kit.geometry import BBox
from baiying.kit.refusals import Invalid, NotFound, Unavailable, Words, worded
from baiying.org.models import Tenant

Format = Literal["xml", "json"]
PLAIN_FORM: Final = "application/x-www-form-urlencoded"
SPAN: Final = timedelta(days=90)
MOST_ROWS: Final = 1_000
MOST_SKIPPED: Final = 50_000
_MOST_VALUE: Final = 2_000
_MOST_LIST: Final = 20_000  # characters: a thousand references
# A plus that nobody encoded arrives as a space: 2026-11-01T00:00:00 08:00.
_LOST_PLUS: Final = re.compile(r"(\d) (\d\d:?\d\d)$")


@dataclass
class Call:
    """One request of a program."""

    request: HttpRequest
    fmt: Format
    is_test: bool  # the test endpoint: everything is checked, nothing is kept
    headers: dict[str, str] = field(default_factory=dict)  # of the answer

    @cached_property
    def form(self) -> dict[str, list[str]]:
        """The fields of the form, in the order in which they were sent. Raises TooManyFieldsSent."""
        request = self.request
        if request.method != "POST":
            return {}
        if request.content_type != PLAIN_FORM:
            return dict(request.POST.lists())
        # Read as Django reads it, but for the dictionary that it builds: that takes as long again.
        try:
            said = request.body.decode()
        except UnicodeDecodeError:
            said = request.body.decode("latin-1")
        try:
            return parse_qs(
                said, keep_blank_values=True, max_num_fields=settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
            )
        except ValueError as error:
            raise TooManyFieldsSent(str(error)) from error

    def files(self, *names: str) -> list[UploadedFile[Any]]:
        """What was sent under these names."""
        if self.request.content_type == PLAIN_FORM:
            return []
        return [file for name in names for file in self.request.FILES.getlist(name)]

    @cached_property
    def said(self) -> list[dict[str, list[str]]]:
        """Where parameters stand: in the form first, then in the address."""
        # Taking an empty address apart costs as much as a tenth of a form.
        return (
            [self.form, dict(self.request.GET.lists())]
            if self.request.META.get("QUERY_STRING")
            else [self.form]
        )

    def text(self, name: str, most: int = _MOST_VALUE) -> str:
        """One parameter; "" when it is missing, empty or "null". Raises Invalid when it is too long."""
        value = ""
        for said in self.said:
            if (given := said.get(name)) and (value := given[-1]):
                break
        value = value.replace("\0", "").strip()
        if len(value) > most:
            raise Invalid(
                field=name, problem=worded(_("“%(name)s”太长。"), name=name),
                remedy=worded(_("最多 %(most)s 个字。"), most=most),
            )  # fmt: skip
        return "" if value == "null" else value

    def several(self, name: str) -> list[str]:
        """A parameter that may be given several times, or once with commas."""
        given = [v for said in self.said for v in said.get(name, ())]
        if sum(map(len, given)) > _MOST_LIST:
            raise Invalid(
                field=name, problem=worded(_("“%(name)s”太长。"), name=name), remedy=_("请分几次查。")
            )
        found = [one.strip() for value in given for one in value.split(",")]
        return [one for one in found if one and one != "null"]

    @cached_property
    def street(self) -> Tenant:
        """The jurisdiction. Raises Invalid when it is missing where there are several, NotFound when unknown."""
        code, known = self.text("jurisdiction_id"), streets()
        if not known:
            raise Unavailable(problem=_("这里还没有建立街道。"))
        if not code and len(known) == 1:
            return known[0]
        if not code:
            codes = ", ".join(street.code for street in known[:20])
            raise Invalid(
                field="jurisdiction_id", problem=_("没有给 jurisdiction_id，这里有几个街道。"),
                remedy=worded(_("可用：%(codes)s。"), codes=codes),
            )  # fmt: skip
        found = next((street for street in known if street.code == code), None)
        if found is None:
            raise NotFound(
                field="jurisdiction_id", problem=_("没有这个 jurisdiction_id。"), remedy=_("请核对街道代码。")
            )
        return found

    def number(self, name: str, *, default: int, least: int, most: int) -> int:
        """A whole number within bounds. Raises Invalid."""
        value = self.text(name)
        if not value:
            return default
        if not re.fullmatch(r"\d{1,9}", value) or not least <= int(value) <= most:
            raise _wrong(name, worded(_("请写 %(least)s 到 %(most)s 之间的整数。"), least=least, most=most))
        return int(value)

    def degrees(self, name: str) -> float | None:
        """A decimal number, None when it is missing. Raises Invalid."""
        value = self.text(name, 40)
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise _wrong(name, _("请用十进制的度表示，例如 118.31 和 36.82。"))
        return number

    def moment(self, name: str) -> datetime | None:
        """A W3C date or date and time; without a zone it is the street's own time. Raises Invalid."""
        value = self.text(name, 60)
        return None if not value else moment_in(name, value)

    def is_asked(self, name: str) -> bool:
        """Whether a switch like `extensions=true` is on."""
        return self.text(name, 10).lower() in ("true", "1", "yes")

    def box(self) -> BBox | None:
        """`bbox=west,south,east,north` in degrees, as in GeoJSON. Raises Invalid."""
        parts = self.several("bbox")
        if not parts:
            return None
        try:
            numbers = [float(part) for part in parts]
        except ValueError:
            numbers = []
        if len(numbers) != 4 or not all(map(math.isfinite, numbers)):
            raise _wrong("bbox", _("请写成 西,南,东,北，例如 118.30,36.80,118.32,36.83。"))
        box = BBox(*numbers)
        if box.west > box.east or box.south > box.north:
            raise _wrong("bbox", _("西要小于东，南要小于北。"))
        return box


def moment_in(name: str, value: str) -> datetime:
    """A W3C date and time; fractions of a second, a missing zone and a plus turned into a space are taken."""
    value = _LOST_PLUS.sub(r"\1+\2", value)
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise _wrong(name, _("请写成 2026-11-23T14:05:00+08:00 或 2026-11-23T06:05:00Z。")) from None
    try:
        return (at if at.tzinfo else at.replace(tzinfo=ZONE)).astimezone(ZONE)
    except OverflowError:
        raise _wrong(name, _("请写成 2026-11-23T14:05:00+08:00 或 2026-11-23T06:05:00Z。")) from None


def span(call: Call, first: str, last: str) -> tuple[datetime | None, datetime | None]:
    """Two moments, both None when neither is given; one alone reaches 90 days. Raises Invalid for a longer span."""
    since, until = call.moment(first), call.moment(last)
    if since is None and until is None:
        return None, None
    try:
        if since is None and until is not None:
            since = until - SPAN
        if until is None and since is not None:
            until = min(since + SPAN, max(clock.now(), since))
    except OverflowError:
        raise _wrong(first, _("请换一个近一些的日期。")) from None
    assert since is not None and until is not None
    if until < since:
        raise _wrong(last, worded(_("%(last)s 不能早于 %(first)s。"), first=first, last=last))
    if until - since > SPAN:
        raise _wrong(first, worded(_("%(first)s 到 %(last)s 最多 90 天，请分段查。"), first=first, last=last))
    return since, until


def _wrong(name: str, remedy: Words) -> Invalid:
    return Invalid(field=name, problem=worded(_("“%(name)s”的值用不了。"), name=name), remedy=remedy)
