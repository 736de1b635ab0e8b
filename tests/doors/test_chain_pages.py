"""The chain's pages at the desk: looking, changing, handing over, importing; and who sees what."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from baiying.chain import services
from baiying.chain.holders import Person, put_holder
from baiying.chain.models import Holder, Import, Link
from baiying.kit import clock
from baiying.org.rules import Scope, acting
from baiying.registry.models import Building, Courtyard, Home
from tests.cast import Cast

pytestmark = pytest.mark.django_db


class Chain:
    """A chain over grid e1: sponsor, head, member, lead, centre, contact, two homes."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        with acting(Scope(cast.tenant.id, "street")):
            units, self.building = cast.units, cast.building
            assert self.building is not None
            self.courtyard = Courtyard.objects.create(
                tenant_id=cast.tenant.id,
                community=units["east"],
                grid=units["e1"],
                code="E1Y01",
                name="一号楼院",
            )
            Building.objects.filter(pk=self.building.pk).update(courtyard=self.courtyard, households=2)
            self.homes = [
                Home.objects.create(
                    tenant_id=cast.tenant.id, community=units["east"], grid=units["e1"], building=self.building,
                    entrance=1, floor=1, number=number, code=f"LA1-03-1-{number}",
                )
                for number in ("101", "102")
            ]  # fmt: skip
            office = cast.system
            said = (("sponsor", "street", "包社区的"), ("head", "east", "班子成员"), ("member", "e1", "支部委员"),
                    ("lead", "e1", "小组长"), ("centre", "e1", "中心户某"), ("contact", "e1", "联户员某"),
                    ("other", "e1", "后来人"), ("worker", "e1", "李强"))  # fmt: skip
            self.people = {
                key: put_holder(
                    office, unit=units[unit], is_public=key == "worker",
                    person=Person(
                        name=name, duty="职务", phone="15400100001" if key in ("sponsor", "head", "member", "worker") else "",
                        code=key, account=cast.accounts["grid_worker_li"] if key == "worker" else None,
                    ),
                )
                for key, unit, name in said
            }  # fmt: skip
            children = [(1, units["east"].id, "sponsor"), (2, units["e1"].id, "head"), (3, self.courtyard.pk, "member"),
                        (4, self.people["centre"].pk, "lead"), (5, self.people["contact"].pk, "centre"),
                        (6, self.homes[0].pk, "contact")]  # fmt: skip
            self.links = {
                level: services.assign(
                    office, level=level, child_id=child, holder_id=self.people[who].pk,
                    from_date=clock.today() - timedelta(days=30),
                )
                for level, child, who in children
            }  # fmt: skip

    def active(self) -> dict[tuple[int, str], str]:
        """(level, child's code or id) -> who holds it, of everything that counts now or later."""
        with acting(Scope(self.cast.tenant.id, "street")):
            rows = Link.objects.filter(until_date=None).select_related("holder")
            return {(link.level, str(link.child_id)): link.holder.code for link in rows}


@pytest.fixture
def chain(cast: Cast) -> Chain:
    return Chain(cast)


def seen(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_tree_is_walked_from_the_street_to_the_home(chain: Chain) -> None:
    head = chain.cast.client("community_head_wang")
    office = chain.cast.client("dispatch_clerk_zhang")
    assert "包社区的" in seen(office, reverse("desk_chain"))
    community = reverse("desk_chain_unit", kwargs={"code": chain.cast.units["east"].code})
    assert head.get(reverse("desk_chain")).headers["Location"] == community
    assert "班子成员" in seen(head, community)
    assert "支部委员" in seen(head, reverse("desk_chain_unit", kwargs={"code": chain.cast.units["e1"].code}))
    yard = seen(head, reverse("desk_chain_courtyard", kwargs={"courtyard_id": chain.courtyard.pk}))
    assert all(name in yard for name in ("联户员某", "中心户某", "小组长"))
    assert chain.building is not None
    assert "联户员某" in seen(head, reverse("desk_chain_building", kwargs={"building_id": chain.building.pk}))
    found = seen(head, reverse("desk_chain_home") + "?q=3号楼 1-101")
    assert all(p.name in found for key, p in chain.people.items() if key != "other")


def test_below_the_courtyard_is_for_the_communitys_own_staff(chain: Chain) -> None:
    office = chain.cast.client("dispatch_clerk_zhang")
    assert chain.building is not None
    pages = [
        reverse("desk_chain_courtyard", kwargs={"courtyard_id": chain.courtyard.pk}),
        reverse("desk_chain_building", kwargs={"building_id": chain.building.pk}),
        reverse("desk_chain_home") + "?q=3号楼 1-101", reverse("desk_chain_holders"), reverse("desk_chain_gaps"),
    ]  # fmt: skip
    for page in pages:
        words = seen(office, page)
        assert not [
            n for n in ("小组长", "中心户某", "联户员某", "后来人") if n in words.replace("楼院小组长", "")
        ], page
    for level in (4, 5, 6):
        link = chain.links[level]
        assert office.get(reverse("desk_chain_child", args=[level, link.child_id])).status_code == 403
    assert office.get(reverse("desk_chain_holder", args=[chain.people["lead"].pk])).status_code == 404


def test_gaps_and_loads_are_listed(chain: Chain) -> None:
    page = seen(chain.cast.client("community_head_wang"), reverse("desk_chain_gaps") + "?most=1")
    assert "东风小区3号楼 1-102" in page and "东风小区3号楼 1-101" not in page
    assert chain.cast.units["e2"].name in page
    outlines = chain.cast.client("community_head_wang").get(reverse("desk_chain_outlines")).json()
    gaps = {f["properties"]["code"]: f["properties"].get("gap") for f in outlines["features"]}
    east, e1, e2 = (chain.cast.units[u].code for u in ("east", "e1", "e2"))
    assert gaps == {east: None, e1: 0.25, e2: 1.0}


def test_gaps_between_centres_and_contacts_are_listed_for_their_own_community(chain: Chain) -> None:
    """Level 4: a centre whom no courtyard lead looks after; level 5: a contact whom no centre looks after."""
    head, office = chain.cast.client("community_head_wang"), chain.cast.client("leader_zhou")
    gaps = reverse("desk_chain_gaps")

    def listed(level: int, person: str) -> tuple[bool, bool]:
        href = reverse("desk_chain_child", args=[level, chain.people[person].pk])
        return tuple(href in client.get(gaps).content.decode() for client in (head, office))  # type: ignore[return-value]

    assert (listed(4, "centre"), listed(5, "contact")) == ((False, False), (False, False))
    for level, person, what in ((4, "centre", "中心户"), (5, "contact", "联户员")):
        services.end_link(
            chain.cast.community_head_wang, link_id=chain.links[level].pk, until_date=clock.today()
        )
        tomorrow = clock.now() + timedelta(days=1)
        with clock.telling(tomorrow):
            assert listed(level, person) == (True, False)
            assert f"没有人负责的{what}：1" in seen(office, gaps)
            assert chain.people[person].name not in seen(office, gaps)


def test_holder_is_changed_on_the_page_and_the_past_stays(chain: Chain) -> None:
    head, link = chain.cast.client("community_head_wang"), chain.links[3]
    page = reverse("desk_chain_child", args=[3, link.child_id])
    told = {"action": "assign", "holder": chain.people["other"].pk, "from_date": str(clock.today())}
    assert head.post(page, told).status_code == 302
    words = seen(head, page)
    assert words.index("后来人") < words.index("支部委员")
    refused = head.post(page, told)
    assert refused.status_code == 422 and "本来就由这位同志挂包" in refused.content.decode()
    assert head.post(page, {"action": "end", "until_date": str(clock.today())}).status_code == 302
    assert (3, str(link.child_id)) not in chain.active()


def test_ring_is_refused_in_words_and_nothing_changes(chain: Chain) -> None:
    before = chain.active()
    page = reverse("desk_chain_child", args=[4, chain.people["lead"].pk])
    told = {"action": "assign", "holder": chain.people["contact"].pk, "from_date": str(clock.today())}
    head = chain.cast.client("community_head_wang")
    with acting(Scope(chain.cast.tenant.id, "street")):
        services.assign(chain.cast.system, level=4, child_id=chain.people["other"].pk,
                        holder_id=chain.people["contact"].pk, from_date=clock.today())  # fmt: skip
    answer = head.post(reverse("desk_chain_child", args=[5, chain.people["centre"].pk]), told)
    assert answer.status_code == 422 and "绕成一圈" in answer.content.decode()
    assert head.post(page, told | {"holder": chain.people["lead"].pk}).status_code == 422
    assert set(chain.active()) - set(before) == {(4, str(chain.people["other"].pk))}


def test_handover_in_one_step(chain: Chain) -> None:
    head, leaver = chain.cast.client("community_head_wang"), chain.people["contact"]
    page = reverse("desk_chain_hand_over", args=[leaver.pk])
    missing = head.post(page, {"from_date": str(clock.today()), "everything": ""})
    assert missing.status_code == 422 and "还有 1 项没有选接手的人" in missing.content.decode()
    done = head.post(page, {"from_date": str(clock.today()), "everything": chain.people["other"].pk})
    assert done.status_code == 302
    assert chain.active()[6, str(chain.homes[0].pk)] == "other"
    assert chain.active()[5, str(chain.people["other"].pk)] == "centre"
    assert (5, str(leaver.pk)) not in chain.active()


def test_person_is_put_in_and_corrected(chain: Chain) -> None:
    head = chain.cast.client("community_head_wang")
    told = {
        "unit": chain.cast.units["e2"].id,
        "name": "新来的",
        "duty": "网格支部委员",
        "phone": "12",
        "account": "",
    }
    assert "不像一个电话号码" in head.post(reverse("desk_chain_holder_new"), told).content.decode()
    made = head.post(reverse("desk_chain_holder_new"), told | {"phone": "15400100002"})
    assert "新来的" in seen(head, made.headers["Location"])
    assert head.post(made.headers["Location"], told | {"name": "改过的"}).status_code == 422
    assert head.post(made.headers["Location"], told | {"name": "改过的", "phone": ""}).status_code == 302
    assert "改过的" in seen(head, reverse("desk_chain_holders") + "?q=改过")


# -- importing -------------------------------------------------------------------------------------------


HEAD = ["级别", "对象编码", "责任人编号", "姓名", "职务", "开始日期", "最后一天"]


def listed(chain: Chain) -> list[list[str]]:
    today, e2 = str(clock.today()), chain.cast.units["e2"].code
    return [
        HEAD,
        ["2", e2, "head", "", "", today, ""],  # added
        ["3", "E1Y01", "other", "", "", today, ""],  # moved
        ["6", "LA1-03-1-101", "contact", "", "", today, today],  # ended
        ["6", "LA1-03-1-102", "brand-new", "新联户员", "联户员", today, ""],  # added, with a new person
        ["5", "brand-new", "centre", "", "", today, ""],  # added
        ["4", "centre", "lead", "", "", today, ""],  # unchanged
        ["7", "x", "lead", "", "", today, ""],
        ["2", "nowhere", "head", "", "", today, ""],
        ["2", chain.cast.units["e1"].code, "head", "别人", "", today, ""],
        ["4", "lead", "contact", "", "", "去年", ""],
        ["2", chain.cast.units["w1"].code, "head", "", "", today, ""],
    ]


def as_csv(rows: list[list[str]], encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(rows: list[list[str]]) -> bytes:
    cells = "".join(
        f'<row r="{n}">'
        + "".join(f'<c r="{chr(65 + i)}{n}" t="inlineStr"><is><t>{c}</t></is></c>' for i, c in enumerate(row))
        + "</row>"
        for n, row in enumerate(rows, 1)
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            f"<sheetData>{cells}</sheetData></worksheet>",
        )
    return out.getvalue()


def send(client: Client, data: bytes, name: str = "名单.csv") -> str:
    answer = client.post(reverse("desk_chain_import"), {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return answer.headers["Location"]


def test_columns_are_named_in_the_readers_language(chain: Chain) -> None:
    head = chain.cast.client("community_head_wang")
    page = send(head, as_csv(listed(chain)))
    assert "<td>责任人编号</td>" not in seen(head, page) and "<td>对象编码</td>" in seen(head, page)
    head.cookies["baiying_language"] = "en"
    words = seen(head, page)
    assert [word in words for word in ("<td>child</td>", "<td>level</td>", "对象编码")] == [True, True, False]
    columns = seen(head, reverse("desk_chain_import"))
    assert [word in columns for word in ("<li>child ", "对象编码")] == [True, False]


@pytest.mark.parametrize("kind", ["utf-8", "gb18030", "xlsx"])
def test_list_is_shown_then_done_then_taken_back(chain: Chain, kind: str) -> None:
    head, before = chain.cast.client("community_head_wang"), chain.active()
    data = as_xlsx(listed(chain)) if kind == "xlsx" else as_csv(listed(chain), kind)
    page = send(head, data)
    words = seen(head, page)
    assert chain.active() == before
    assert all(
        text in words
        for text in ("没有编码为“nowhere”的对象", "请填 1 到 6", "登记的是班子成员", "开始日期看不懂")
    )
    counts = {"count_added": 3, "count_moved": 1, "count_ended": 1, "count_unchanged": 1, "count_refused": 5}
    assert all(f'name="{name}" value="{n}"' in words for name, n in counts.items())
    stale = head.post(page, {"action": "do"} | counts | {"count_added": 9})
    assert stale.status_code == 409 and chain.active() == before
    assert head.post(page, {"action": "do"} | counts).status_code == 302
    after = chain.active()
    assert after[3, str(chain.courtyard.pk)] == "other"
    assert after[6, str(chain.homes[1].pk)] == "brand-new"
    assert (6, str(chain.homes[0].pk)) not in after
    assert head.post(page, {"action": "do"} | counts).status_code == 409
    assert head.post(page, {"action": "undo"}).status_code == 302
    assert chain.active() == before


def test_import_that_was_changed_since_is_not_taken_back(chain: Chain) -> None:
    head = chain.cast.client("community_head_wang")
    today, e2 = str(clock.today()), chain.cast.units["e2"].id
    page = send(head, as_csv([HEAD, ["2", chain.cast.units["e2"].code, "head", "", "", today, ""]]))
    assert head.post(page, {"action": "do", "count_added": 1}).status_code == 302
    with acting(Scope(chain.cast.tenant.id, "street")):
        services.assign(chain.cast.system, level=2, child_id=e2, holder_id=chain.people["other"].pk,
                        from_date=clock.today() + timedelta(days=1))  # fmt: skip
    assert head.post(page, {"action": "undo"}).status_code == 409
    assert chain.active()[2, str(e2)] == "other"


def test_office_cannot_import_below_the_courtyard(chain: Chain) -> None:
    office = chain.cast.client("dispatch_clerk_zhang")
    row = ["6", "LA1-03-1-102", "contact", "", "", str(clock.today()), ""]
    words = seen(office, send(office, as_csv([HEAD, row])))
    assert 'name="count_refused"' not in words and "没有可以导入的变化" in words


@pytest.mark.parametrize("data", [b"\xff\xfe\x00\x01", b"PK\x03\x04nothing", b"", "甲,乙\n1,2\n".encode()])
def test_file_that_is_no_list_is_refused(chain: Chain, data: bytes) -> None:
    client = chain.cast.client("community_head_wang")
    answer = client.post(reverse("desk_chain_import"), {"file": SimpleUploadedFile("x", data)})
    assert answer.status_code == 422
    with acting(Scope(chain.cast.tenant.id, "street")):
        assert Import.objects.within(Scope(chain.cast.tenant.id, "street")).count() == 0
        assert Holder.objects.filter(code="brand-new").count() == 0
