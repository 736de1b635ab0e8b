"""A complete six-level chain for the demonstration street: invented persons, the same at each founding."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import cycle, groupby
from typing import TypeVar

from django.db import connection
from pypinyin import lazy_pinyin

from baiying.chain.models import Holder, Link
from baiying.kit import clock
from baiying.org.models import Post, Tenant, Unit
from baiying.registry.models import Courtyard, Home
from baiying.street.founding import DAYS_SINCE

T = TypeVar("T")
SEED = 370305002
HOMES_OF_A_CONTACT, CONTACTS_OF_A_CENTRE, YARDS_OF_A_MEMBER = 12, 4, 2
DAYS_SINCE_CHANGE = 60
SUPERVISION = "15400100000"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = (
    "建国", "秀英", "桂兰", "志强", "玉梅", "海燕", "永刚", "晓东", "丽华", "文静", "德福", "春梅", "国庆", "凤霞",
    "光明", "素云", "立新", "红梅", "长顺", "淑珍", "永康", "爱民", "雪琴", "振华", "玉兰", "保田", "月娥", "学文",
    "兆林", "秋实", "守信", "彩霞", "宝山", "翠萍", "敬民", "雅芳",
)  # fmt: skip
DUTIES = {
    "sponsor": ("包社区干部", "Community sponsor"),
    "head": ("社区党委书记、居委会主任", "Community head"),
    "clerk": ("社区党委委员", "Community committee member"),
    "worker": ("网格员", "Grid worker"),
    "member": ("网格支部委员", "Grid branch member"),
    "lead": ("楼院小组长", "Courtyard lead"),
    "centre": ("中心户", "Centre household"),
    "contact": ("联户员", "Contact"),
}
OF_ROLE = {"community_sponsor": "sponsor", "community_head": "head", "community_clerk": "clerk",
           "dispatch_clerk": "clerk", "grid_worker": "worker"}  # fmt: skip


@dataclass
class Story:
    """What is being made for one street."""

    tenant: Tenant
    today: date
    dice: random.Random
    units: dict[int, Unit]
    is_complete: bool
    doors: dict[int, list[int]]  # courtyard -> its homes, door by door
    holders: list[Holder] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    homes: list[tuple[Holder, int]] = field(default_factory=list)
    phones: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))
    codes: dict[str, int] = field(default_factory=dict)
    of_account: dict[int, Holder] = field(default_factory=dict)

    def holder(self, duty: str, unit: Unit, post: Post | None = None, *, is_public: bool = True) -> Holder:
        """A person of this duty at a unit: the post's own (once, whatever else they hold), or an invented one."""
        if post is not None and post.account_id in self.of_account:
            return self.of_account[post.account_id]
        said, said_en = DUTIES[duty]
        name = post.account.name if post else self.dice.choice(SURNAMES) + self.dice.choice(GIVEN)
        name_en = post.account.name_en if post else " ".join(lazy_pinyin(name)).title() if is_public else ""
        self.codes[unit.code] = number = self.codes.get(unit.code, 0) + 1
        is_street = unit.level == Unit.Level.SUBDISTRICT
        is_grid = unit.level == Unit.Level.GRID
        found = Holder(
            tenant_id=self.tenant.id, code=f"{unit.code}-{number:03d}", name=name, name_en=name_en, duty=said,
            duty_en=said_en, phone=f"1540010{next(self.phones):04d}" if is_public else "",
            account=post.account if post else None, unit=unit, is_public=is_public,
            community_id=None if is_street else unit.parent_id if is_grid else unit.id,
            grid_id=unit.id if is_grid else None,
        )  # fmt: skip
        self.holders.append(found)
        if post is not None:
            self.of_account[post.account_id] = found
        return found

    def link(self, level: int, holder: Holder, at: Unit, **child: object) -> Link:
        """The holder answers for the child since the beginning of the story."""
        is_grid = at.level == Unit.Level.GRID
        made = Link(
            tenant_id=self.tenant.id, level=level, holder=holder, from_date=self.today - timedelta(days=DAYS_SINCE),
            community_id=(at.parent_id or 0) if is_grid else at.id, grid_id=at.id if is_grid else None, **child,
        )  # fmt: skip
        self.links.append(made)
        return made


def found_chain(tenant: Tenant, *, is_complete: bool) -> None:
    """Once. An incomplete chain has its first two levels in every other community, so that gaps can be seen."""
    if Holder.objects.filter(tenant_id=tenant.id).exists():
        return
    units = {u.id: u for u in Unit.objects.filter(tenant=tenant).defer("polygon")}
    dice = random.Random(SEED + tenant.id)  # noqa: S311  (a story, not a secret)
    story = Story(tenant, clock.today(), dice, units, is_complete, _doors(tenant))
    posts = Post.objects.filter(tenant=tenant, to_date=None, role_id__in=OF_ROLE).select_related("account")
    by_unit: dict[int, list[Post]] = {}
    for post in posts.order_by("id"):
        by_unit.setdefault(post.unit_id, []).append(post)
    yards = _by_grid(list(Courtyard.objects.filter(tenant_id=tenant.id).order_by("code")))
    root = next(u for u in units.values() if u.level == Unit.Level.SUBDISTRICT)
    communities = sorted((u for u in units.values() if u.level == Unit.Level.COMMUNITY), key=lambda u: u.code)
    for number, community in enumerate(communities):
        if is_complete or number % 2 == 0:
            _community(story, root, community, by_unit, yards)
    _write(story)
    tenant.supervision_phone = SUPERVISION
    tenant.save(update_fields=["supervision_phone"])


def _by_grid(yards: Sequence[Courtyard]) -> dict[int, list[Courtyard]]:
    return {grid: list(group) for grid, group in groupby(yards, key=lambda y: y.grid_id)}


def _doors(tenant: Tenant) -> dict[int, list[int]]:
    rows = Home.objects.filter(tenant_id=tenant.id, building__courtyard__isnull=False)
    found: dict[int, list[int]] = {}
    for yard, home in rows.order_by("building_id", "entrance", "floor", "number").values_list(
        "building__courtyard", "id"
    ):
        found.setdefault(yard, []).append(home)
    return found


def _community(
    story: Story, root: Unit, community: Unit, posts: dict[int, list[Post]], yards: dict[int, list[Courtyard]]
) -> None:
    staff: dict[str, list[Post]] = {}
    for post in posts.get(community.id, []):
        staff.setdefault(OF_ROLE[post.role_id], []).append(post)
    sponsor = staff.get("sponsor", [])
    story.link(1, story.holder("sponsor", root, sponsor[0] if sponsor else None), community, unit=community)
    committee = [story.holder("head", community, next(iter(staff.get("head", [])), None))]
    committee += [story.holder("clerk", community, post) for post in _one_each(staff.get("clerk", []))]
    grids = sorted((u for u in story.units.values() if u.parent_id == community.id), key=lambda u: u.code)
    for number, (grid, member) in enumerate(zip(grids, cycle(committee), strict=False)):
        link = story.link(2, member, grid, unit=grid)
        if number == 0 and len(committee) > 1:
            _had_another_before(story, link, committee[1], grid)
        for post in _one_each([p for p in posts.get(grid.id, []) if OF_ROLE[p.role_id] == "worker"]):
            story.holder("worker", grid, post)
        if story.is_complete:
            _grid(story, grid, yards.get(grid.id, []))


def _one_each(posts: Sequence[Post]) -> list[Post]:
    """The first post of each account."""
    return list({post.account_id: post for post in reversed(posts)}.values())[::-1]


def _had_another_before(story: Story, link: Link, former: Holder, grid: Unit) -> None:
    change = story.today - timedelta(days=DAYS_SINCE_CHANGE)
    before = story.link(2, former, grid, unit=grid)
    before.until_date, before.why_ended = change, "changed"
    link.from_date = change


def _grid(story: Story, grid: Unit, yards: Sequence[Courtyard]) -> None:
    for group in _chunks(yards, YARDS_OF_A_MEMBER):
        member = story.holder("member", grid)
        for yard in group:
            story.link(3, member, grid, courtyard=yard)
            _yard(story, grid, yard)


def _yard(story: Story, grid: Unit, yard: Courtyard) -> None:
    lead = story.holder("lead", grid, is_public=False)
    contacts = list(_chunks(story.doors.get(yard.pk, []), HOMES_OF_A_CONTACT))
    for group in _chunks(contacts, CONTACTS_OF_A_CENTRE):
        centre = story.holder("centre", grid, is_public=False)
        story.link(4, lead, grid, person=centre)
        for homes in group:
            contact = story.holder("contact", grid, is_public=False)
            story.link(5, centre, grid, person=contact)
            story.homes += [(contact, home) for home in homes]


def _chunks(rows: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """Near-equal parts of at most `most`."""
    count = -(-len(rows) // most)
    for number in range(count):
        yield rows[len(rows) * number // count : len(rows) * (number + 1) // count]


def _write(story: Story) -> None:
    Holder.objects.bulk_create(story.holders)
    Link.objects.bulk_create(story.links)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO chain_link (tenant_id, level, holder_id, home_id, community_id, grid_id, from_date, why_ended)"
            " SELECT h.tenant_id, 6, x.holder, h.id, h.community_id, h.grid_id, %s, ''"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS x (holder, home) JOIN registry_home h ON h.id = x.home",
            [
                story.today - timedelta(days=DAYS_SINCE),
                [c.pk for c, _ in story.homes],
                [h for _, h in story.homes],
            ],
        )
