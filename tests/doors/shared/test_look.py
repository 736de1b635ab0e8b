"""What holds for every page: contrast, no inline style or script, the icons that are asked for exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import RequestFactory

from baiying.cases.reference import rows
from baiying.doors.resident.report import GROUP_ICONS
from baiying.doors.shared.templatetags.look import STYLES
from baiying.doors.shared.views import KITS, kit_page
from baiying.doors.shared.words import STATES

SHARED = Path(__file__).resolve().parents[3] / "src/baiying/doors/shared"
CSS = SHARED / "static/shared"
TEXT_ON = [
    *[(ink, paper) for ink in ("ink-1", "ink-2", "ink-3", "accent", "accent-strong") for paper in ("paper-0", "paper-1")],
    ("ink-3", "paper-2"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("accent-strong", "accent-soft"),
    *[(f"{tone}-ink", f"{tone}-soft") for tone in ("late", "soon", "done", "wait")],
    *[(f"{tone}-ink", "paper-0") for tone in ("late", "soon", "done", "wait")],
]  # fmt: skip
EDGE_ON = [("line-strong", "paper-0"), ("line-strong", "paper-1"), ("focus", "paper-0"), ("focus", "paper-1")]


def tokens(selector: str) -> dict[str, str]:
    block = re.search(re.escape(selector) + r" \{(.*?)\n  \}", (CSS / "tokens.css").read_text(), re.DOTALL)
    assert block
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[1]))


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [":root", ".dark"])
def test_contrast_of_text_and_edges(scheme: str) -> None:
    colour = tokens(scheme)
    weak = {f"{a} on {b}": round(contrast(colour[a], colour[b]), 2) for a, b in TEXT_ON
            if contrast(colour[a], colour[b]) < 4.5}  # fmt: skip
    weak |= {f"{a} on {b}": round(contrast(colour[a], colour[b]), 2) for a, b in EDGE_ON
             if contrast(colour[a], colour[b]) < 3}  # fmt: skip
    assert weak == {}


@pytest.mark.parametrize("door", KITS)
def test_kit_page_has_nothing_inline(door: str, rf: RequestFactory) -> None:
    page = kit_page(rf.get("/"), door).content.decode()
    assert re.findall(r"<script(?![^>]*\ssrc=)|\sstyle=|<style|\son\w+=|\{[#%]", page) == []


def test_icons_asked_for_exist() -> None:
    known = set(re.findall(r'<symbol id="([\w-]+)"', (CSS / "icons.svg").read_text()))
    asked = {badge.icon for badge in STATES.values()}
    for template in SHARED.parent.rglob("*.html"):
        asked |= set(re.findall(r'{% icon "([\w-]+)"', template.read_text()))
    assert asked - known == set()


def test_everyday_categories_have_icons_of_their_own_or_their_groups() -> None:
    sprite = (CSS / "icons.svg").read_text()
    drawn = dict(re.findall(r'<symbol id="([\w-]+)" viewBox="0 0 24 24">(.*)</symbol>', sprite))
    asked = [(row["icon"], row["group_code"]) for row in rows("everyday")]
    assert [icon for icon, _group in asked if icon not in drawn] == []
    own = {icon for icon, group in asked if icon != GROUP_ICONS[group]}
    assert len({drawn[icon] for icon in own}) == len(own) == 50


def test_resident_styles_stay_light() -> None:
    assert sum((CSS / f"{name}.css").stat().st_size for name in STYLES["resident"]) < 40_000


def test_colours_live_in_tokens_only() -> None:
    loose = {
        file.name: found
        for file in CSS.glob("*.css")
        if file.name not in ("tokens.css", "print.css")
        and (found := re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", file.read_text()))
    }
    assert loose == {}
