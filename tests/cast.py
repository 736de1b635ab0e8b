"""A tiny street with named people, made by calling services. Their names tell their rights.

Use the fixture `cast` (inside the test's own transaction), or `found_cast()` in a database that really commits.

    def test_something(cast):
        case = cast.case(text="路灯不亮", at=cast.in_grid("e1"))
        case = cast.lead(case, "handled")
        take_step(cast.checker_qian, case_id=case.id, step="check")
        page = cast.client("dispatch_clerk_zhang").get("/desk/")
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from PIL import Image

from baiying.cases import catalogue, learnt, services, steps
from baiying.cases.closure import set_rules
from baiying.cases.models import Case
from baiying.cases.said import Correction
from baiying.cases.services import StepData, Words
from baiying.kit import clock
from baiying.kit.photos import Photo, read_photo
from baiying.org import queries as org
from baiying.org import services as org_services
from baiying.org.models import Account, Post, Role, Tenant, Unit
from baiying.org.rules import Actor, Scope, acting
from baiying.registry import queries as places
from baiying.registry.models import Building, LivingArea

PASSWORD = "yi-hu-bai-ying-2026"
WEST, SOUTH, SIDE = 118.300, 36.820, 0.005  # squares of some 450 by 550 metres, side by side

# name of the person: (name, role, code of the unit)
PEOPLE = {
    "leader_zhou": ("周明", "street_leader", "street"),
    "dispatch_clerk_zhang": ("张敏", "dispatch_clerk", "street"),
    "dispatch_clerk_bai": ("白洁", "dispatch_clerk", "street"),
    "community_head_wang": ("王芳", "community_head", "east"),
    "community_clerk_liu": ("刘洋", "community_clerk", "east"),
    "grid_worker_li": ("李强", "grid_worker", "e1"),
    "grid_worker_lu": ("陆平", "grid_worker", "e2"),
    "community_head_chen": ("陈红", "community_head", "west"),
    "department_handler_sun": ("孙涛", "department_handler", "dept-enforcement"),
    "department_handler_he": ("何静", "department_handler", "dept-municipal"),
    "checker_qian": ("钱进", "checker", "street"),
    "system_administrator_tang": ("唐宁", "system_administrator", "street"),
    "security_administrator_wu": ("吴刚", "security_administrator", "street"),
    "audit_administrator_zheng": ("郑重", "audit_administrator", "street"),
}
OUTSIDERS = {
    "outsider_zhao": ("赵越", "dispatch_clerk", "street"),
    "outsider_handler_jin": ("金山", "department_handler", "dept-enforcement"),
}


@dataclass
class Cast:
    """The street, its units by short name, and everybody's accounts and posts."""

    tenant: Tenant
    other_tenant: Tenant
    units: dict[str, Unit] = field(default_factory=dict)
    other_units: dict[str, Unit] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    living_area: LivingArea | None = None
    building: Building | None = None

    def __getattr__(self, name: str) -> Actor:
        """`cast.grid_worker_li` is the actor of that person's post."""
        posts = self.__dict__.get("posts", {})
        if name not in posts:
            raise AttributeError(name)
        return org.actor_for(posts[name], self.accounts[name])

    @property
    def reporter(self) -> Actor:
        """A resident who has no case yet."""
        return Actor(kind="reporter", name="居民", scope=Scope(self.tenant.id, "public"))

    def reporter_of(self, case: Case) -> Actor:
        """The resident who follows this case by its secret."""
        return Actor(kind="reporter", name="居民", scope=Scope(self.tenant.id, "case", case=case.id))

    @property
    def system(self) -> Actor:
        """The clock's own hand."""
        return org.system_actor(self.tenant.id)

    def in_grid(self, code: str) -> tuple[float, float]:
        """(lon, lat) of the middle of a grid."""
        return middle_of(("e1", "e2", "w1", "w2").index(code))

    def client(self, person: str, **more: Any) -> Client:
        """A browser in which this person has signed in."""
        client = Client(**more)
        client.force_login(self.accounts[person], backend="django.contrib.auth.backends.ModelBackend")
        return client

    def case(
        self,
        *,
        text: str = "小区东门的路灯坏了三天，晚上看不见路",
        at: tuple[float, float] | None = None,
        by: Actor | None = None,
        **more: Any,
    ) -> Case:
        """A case received a moment ago, in grid e1 unless `at` says otherwise; more: fields of Words."""
        lon, lat = at or self.in_grid("e1")
        words = Words(**({"text": text, "lon": lon, "lat": lat} | more))
        return self.read(services.receive(by or self.reporter, words=words).case_id)

    def read(self, case_id: UUID) -> Case:
        """The case as it stands in the database, whoever may see it."""
        with acting(Scope(self.tenant.id, "street")):
            return Case.objects.select_related("category").get(id=case_id)

    def lead(self, case: Case, state: str) -> Case:
        """Take a received case to a state, by the hands that would do it; the unit is dept-enforcement."""
        for person, step, data in self._way_to(state):
            services.take_step(getattr(self, person), case_id=case.id, step=step, data=data)
        return self.read(case.id)

    def draw_all(self) -> None:
        """From now on every handled case is drawn for a check on site; of grid e1 the worker of e2 goes."""
        numbers = {"sample_base": 100, "sample_most": 100}
        set_rules(self.leader_zhou, values=numbers, profile="shandong", reason="试验：件件都查")

    def draw_none(self) -> None:
        """From now on chance sends nobody to look."""
        set_rules(
            self.leader_zhou,
            values={"sample_base": 0, "sample_most": 0},
            profile="shandong",
            reason="试验：都不查",
        )

    def inspector_of(self, case: Case) -> Actor:
        """The grid worker of e2, let at this one case by a draw."""
        return replace(self.grid_worker_lu, scope=Scope(self.tenant.id, "case", case=case.id))

    def seen_after_moving(self, case: Case, row: Any) -> list[bool]:
        """The case is corrected from the east to the west; whether the heads of (east, west) see the row then."""
        changes = Correction(grid_id=self.units["w1"].id)
        version = self.read(case.id).version
        services.correct(self.dispatch_clerk_zhang, case_id=case.id, version=version, changes=changes)
        seen = []
        for head in (self.community_head_wang, self.community_head_chen):
            with acting(head.scope):
                seen.append(type(row).objects.within(head.scope).filter(pk=row.pk).exists())
        return seen

    def data_for(self, step: str) -> StepData:
        """What the step needs, filled in properly."""
        return StepData(**_FILLED.get(step, {}) | self._placed(step))

    def _placed(self, step: str) -> dict[str, Any]:
        if step == "hand_out":
            return {"unit_id": self.units["dept-enforcement"].id}
        if step == "park":
            return {"until": clock.today() + timedelta(days=30)}
        return {}

    def _way_to(self, state: str) -> list[tuple[str, str, StepData]]:
        return [(person, step, self.data_for(step)) for person, step in WAYS[state]]


_OFFICE, _UNIT, _CHECK = "dispatch_clerk_zhang", "department_handler_sun", "checker_qian"
_OUT = [(_OFFICE, "accept"), (_OFFICE, "hand_out")]
_DONE = [*_OUT, (_UNIT, "acknowledge"), (_UNIT, "handle")]
_RATED = [*_DONE, (_CHECK, "check"), (_OFFICE, "rate")]
# state: who does which steps, from receipt on
WAYS: dict[str, list[tuple[str, str]]] = {
    steps.RECEIVED: [],
    steps.ACCEPTED: [(_OFFICE, "accept")],
    steps.DECLINED: [(_OFFICE, "decline")],
    steps.HANDED_OUT: _OUT,
    steps.ACKNOWLEDGED: [*_OUT, (_UNIT, "acknowledge")],
    steps.RETURNED: [*_OUT, (_UNIT, "return")],
    steps.IN_PROGRESS: [*_OUT, (_UNIT, "acknowledge"), (_UNIT, "start")],
    steps.WAITING: [*_OUT, (_UNIT, "acknowledge"), (_UNIT, "ask")],
    steps.PARKED: [*_OUT, (_UNIT, "acknowledge"), (_UNIT, "park")],
    steps.HANDLED: _DONE,
    steps.CHECKED: [*_DONE, (_CHECK, "check")],
    steps.RATED: _RATED,
    steps.CLOSED: [*_RATED, (_OFFICE, "close")],
    steps.REOPENED: [*_RATED, (_OFFICE, "close"), (_OFFICE, "reopen")],
}
_FILLED: dict[str, dict[str, Any]] = {
    "decline": {"reason": "decline-elsewhere", "text": "这里归邻街道管，请拨打 12345 转办。"},
    "recall": {"text": "派错单位，收回重派。"},
    "return": {"reason": "return-not-ours", "text": "不属于我单位职责。"},
    "ask": {"text": "请问是哪一栋楼？"},
    "answer": {"text": "是 3 号楼东头。"},
    "park": {"reason": "park-material", "text": "灯头缺货，到货就换。"},
    "handle": {"text": "灯头已换，当晚已亮。", "outcome": "solved", "no_photo_reason": "夜间拍不清楚"},
    "send_back": {"text": "到现场看，还有一盏不亮。"},
    "find_unsolved": {"text": "到场看，灯还是不亮。"},
    "rate": {"rating": "satisfied", "contacted": True, "solved": True},
    "close_with_whole": {"text": "随原件一起结案"},
    "handle_with_lead": {"text": "一起修好了。", "outcome": "solved"},
    "decline_with_lead": {"text": "一起答复：归邻街道管。"},
    "close": {"outcome": "solved"},
    "reopen": {"text": "昨晚又灭了。"},
}


def a_photo(colour: str = "teal") -> Photo:
    """A small photo as `read_photo` gives it."""
    return read_photo(jpeg(colour))


def jpeg(colour: str = "teal", size: tuple[int, int] = (64, 48)) -> bytes:
    """The bytes of a small picture, for uploads."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def middle_of(number: int) -> tuple[float, float]:
    """(lon, lat) of the middle of the n-th square."""
    return WEST + SIDE * (number + 0.5), SOUTH + SIDE / 2


def square(number: int, count: int = 1) -> dict[str, Any]:
    """`count` squares from the n-th on, as a GeoJSON polygon."""
    west, east, north = WEST + SIDE * number, WEST + SIDE * (number + count), SOUTH + SIDE
    ring = [[west, SOUTH], [east, SOUTH], [east, north], [west, north], [west, SOUTH]]
    return {"type": "Polygon", "coordinates": [ring]}


def found_cast() -> Cast:
    """Found both streets with everybody in them."""
    org.forget()
    places.forget()
    catalogue.forget()
    learnt.forget()
    tenant = org_services.put_tenant(
        code="370399001", short_code="9001", name="试验街道", name_en="Trial Subdistrict",
        district=("370399", "试验区"), city="试验市", schematic=True,
    )  # fmt: skip
    other = org_services.put_tenant(
        code="370399002", short_code="9002", name="邻街道", name_en="Next Subdistrict"
    )
    cast = Cast(tenant, other)
    with acting(Scope(tenant.id, "street")):
        cast.units = _found_units(tenant)
        cast.living_area, cast.building = _found_places(cast)
        _appoint(cast, tenant, cast.units, PEOPLE)
    with acting(Scope(other.id, "street")):
        cast.other_units = _found_units(other)
        _appoint(cast, other, cast.other_units, OUTSIDERS)
    org.forget()
    return cast


def _found_units(tenant: Tenant) -> dict[str, Unit]:
    units: dict[str, Unit] = {}

    def put(key: str, level: str, name: str, parent: str | None, **facts: object) -> None:
        units[key] = org_services.put_unit(
            tenant=tenant, level=level, code=f"{tenant.code}-{key}" if level in _TREE else key, name=name,
            parent=units.get(parent or ""), sort_key=key, **facts,
        )  # fmt: skip

    put("street", "subdistrict", tenant.name, None, polygon=square(0, 4))
    put("east", "community", "东风社区", "street", name_en="Dongfeng", polygon=square(0, 2))
    put("west", "community", "西园社区", "street", name_en="Xiyuan", polygon=square(2, 2))
    for number, (key, parent) in enumerate([("e1", "east"), ("e2", "east"), ("w1", "west"), ("w2", "west")]):
        name = f"{units[parent].name}第{number % 2 + 1}网格"
        put(key, "grid", name, parent, polygon=square(number), households=120, people=340)
    put(
        "dept-enforcement",
        "department",
        "综合行政执法中队",
        "street",
        kind="街道职能部门",
        name_en="Enforcement Team",
    )
    put(
        "dept-municipal",
        "department",
        "市政园林服务中心",
        "street",
        kind="区职能部门",
        name_en="Municipal Works",
    )
    return units


_TREE = ("subdistrict", "community", "grid")


def _found_places(cast: Cast) -> tuple[LivingArea, Building]:
    lon, lat = cast.in_grid("e1")
    area = LivingArea.objects.create(
        tenant_id=cast.tenant.id, community=cast.units["east"], code="LA1", name="东风小区", sort_key="dong feng",
        lon=lon, lat=lat, polygon=square(0),
    )  # fmt: skip
    building = Building.objects.create(
        tenant_id=cast.tenant.id, living_area=area, grid=cast.units["e1"], code="LA1-03", name="东风小区3号楼",
        lon=lon, lat=lat,
    )  # fmt: skip
    return area, building


def _appoint(
    cast: Cast, tenant: Tenant, units: dict[str, Unit], people: dict[str, tuple[str, str, str]]
) -> None:
    founder = org.system_actor(tenant.id)
    for person, (name, role, unit) in people.items():
        account = org_services.open_account(
            founder, tenant=tenant, username=person, name=name, password=PASSWORD, must_change=False
        )
        post = org_services.appoint(
            founder, account=account, unit=units[unit], role=Role.objects.get(code=role)
        )
        account.refresh_from_db()
        cast.accounts[person], cast.posts[person] = account, post


@pytest.fixture
def cast(db: None) -> Cast:
    """The tiny street, inside the test's own transaction."""
    return found_cast()
