"""What the tests of the resident's door share: a browser at the first page, and the way through all pages."""

from __future__ import annotations

import re
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from baiying.cases.models import Case
from baiying.kit import clock
from baiying.org.rules import Scope, acting
from tests.cast import Cast, jpeg
from tests.doors.reader import Browser

WORDS = "东风小区3号楼前的路灯坏了三天，晚上老人看不见路"


def patient_browser(cast: Cast) -> Browser:
    """At the first page, and long enough there to be no machine."""
    browser = Browser()
    begin(browser, f"/report?street={cast.tenant.code}")
    return browser


def begin(browser: Browser, address: str = "/report") -> None:
    """Open the first page two minutes ago: nobody writes as quickly as a machine."""
    with clock.telling(clock.now() - timedelta(minutes=2)):
        browser.get(address)


def picture(name: str = "灯.jpg", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, jpeg() if content is None else content, content_type="image/jpeg")


def to_the_end(browser: Browser, *, text: str = WORDS, phone: str = "13900001234", **where: object) -> None:
    """All pages up to the last one, before sending."""
    browser.send("/report", text=text)
    browser.send("/report")
    browser.send("/report", **(where or {"place": "东风小区3号楼"}))
    if "哪一栋楼" in browser.page.text:
        browser.send("/report")
    browser.send("/report", phone=phone, name="林阿姨")


def reference_in(browser: Browser) -> str:
    found = re.search(r"9001-\d{6}-\d", browser.page.text)
    assert found, browser.page.text
    return found.group()


def case_of(cast: Cast, reference: str) -> Case:
    with acting(Scope(cast.tenant.id, "street")):
        return Case.objects.select_related("category").get(reference=reference)


def count_cases(cast: Cast) -> int:
    with acting(Scope(cast.tenant.id, "street")):
        return Case.objects.filter(tenant_id=cast.tenant.id).count()
