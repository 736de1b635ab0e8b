"""The wall is read from six metres: large figures, and nothing leaves its tile however large it is."""

from __future__ import annotations

import pytest

from tests.browser.conftest import People

# The longest of each kind that a subdistrict comes to.
FILL = """() => document.querySelectorAll('.wall .figure').forEach((tile) => {
  tile.querySelector('.figure-value').firstElementChild.textContent = tile.querySelector('.bar') ? '100.0%' : '12,040';
  tile.querySelector('.figure-foot span').textContent = '齐鲁化学工业区辛店生活服务中心社区居民委员会';
})"""
LEAVES = """() => [...document.querySelectorAll('.wall .figure, .wall .figure-value')]
  .filter((e) => e.scrollWidth > e.clientWidth || (e.matches('.figure') && e.scrollHeight > e.clientHeight))
  .map((e) => e.textContent.trim())"""
SIZES = """() => ({
  page: [document.documentElement.scrollWidth, document.documentElement.scrollHeight],
  tops: new Set([...document.querySelectorAll('.wall .figure-value')].map((e) => e.getBoundingClientRect().top)).size,
  figure: Math.min(...[...document.querySelectorAll('.wall .figure-value')].map((e) => parseFloat(getComputedStyle(e).fontSize))),
})"""


@pytest.mark.parametrize("who", ["street_leader_zhao", "xindian_head_niushan"])
@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160)])
def test_wall_shows_large_figures_in_three_even_rows(
    people: People, who: str, width: int, height: int
) -> None:
    page = people.staff(who)
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/screen/")
    page.locator("[data-island=map][data-ready]").wait_for()
    page.evaluate(FILL)
    assert page.evaluate(LEAVES) == []
    sizes = page.evaluate(SIZES)
    assert sizes["page"] == [width, height]
    assert sizes["tops"] == 3
    assert sizes["figure"] >= width * 0.035
