"""分类学习 at the desk: versions side by side, why nothing changed, going back with a reason."""

import pytest

from baiying.cases import learnt
from baiying.cases.models import LearningLook, LearntVersion
from baiying.kit import clock
from baiying.org.rules import acting
from tests.cast import Cast

pytestmark = pytest.mark.django_db

ADDRESS = "/desk/learning/"


def a_version(cast: Cast, number: int, state: str, right: float, predicts: str = "category") -> None:
    now = clock.now()
    figures = {
        "messages": 50,
        "macro_f1": right,
        "accuracy": right,
        "among_three": 0.98,
        "calibration_error": 0.04,
    }
    judged = {"street-light-out": {"count": 9, "precision": 1.0, "recall": 1.0, "f1": 0.87}}
    with acting(cast.system.scope):
        LearntVersion.objects.create(
            tenant_id=cast.tenant.id, number=number, predicts=predicts, state=state, trained_at=now,
            first_at=now, last_at=now, judged_until=now, learnt_count=200, beside_number=0, model=b"",
            classes={"street-light-out": 30, "water-supply": 12}, figures=figures | {"labels": judged},
            beside=figures | {"accuracy": 0.613, "labels": {}}, put_at=now,
        )  # fmt: skip


def text_of(cast: Cast, person: str, status: int = 200) -> str:
    page = cast.client(person).get(ADDRESS)
    assert page.status_code == status
    return page.content.decode()


def test_before_anything_was_learnt(cast: Cast) -> None:
    page = text_of(cast, "dispatch_clerk_zhang")
    assert ("还没有学到过" in page, "夜间学习还没有运行过" in page, "换一版" in page) == (True, True, False)
    text_of(cast, "system_administrator_tang", status=403)


def test_versions_stand_side_by_side(cast: Cast) -> None:
    a_version(cast, 1, learnt.RETIRED, 0.71)
    a_version(cast, 2, learnt.LIVE, 0.843)
    with acting(cast.system.scope):
        LearningLook.objects.create(
            tenant_id=cast.tenant.id, predicts="category", at=clock.now(), result="few_new",
            data={"cases": 3, "least": 20},
        )  # fmt: skip
    page = text_of(cast, "leader_zhou")
    assert [said in page for said in ("84.3 %", "71.0 %", "61.3 %", "第 2 版", "0.87")] == [True] * 5
    assert "没有学：上一版以后只新结了 3 件，至少要 20 件。" in page
    assert "路灯" in page


def test_the_leader_goes_back_with_a_reason_and_nobody_else(cast: Cast) -> None:
    a_version(cast, 1, learnt.RETIRED, 0.71)
    a_version(cast, 2, learnt.LIVE, 0.843)
    leader = cast.client("leader_zhou")
    empty = leader.post(ADDRESS, {"number": 1, "reason": ""})
    assert (empty.status_code, "没有写为什么换" in empty.content.decode()) == (422, True)
    assert cast.client("dispatch_clerk_zhang").post(ADDRESS, {"number": 1, "reason": "x"}).status_code == 403
    assert leader.post(ADDRESS, {"number": 1, "reason": "新版老把停水认成停电"}).status_code == 302
    page = text_of(cast, "dispatch_clerk_zhang")
    assert ("新版老把停水认成停电" in page, "周明" in page, "换一版" in page) == (True, True, False)
    live = [row.number for row in learnt.versions(cast.leader_zhou.scope) if row.state == learnt.LIVE]
    assert live == [1]


def test_urgency_stands_on_a_page_of_its_own(cast: Cast) -> None:
    with acting(cast.system.scope):
        LearningLook.objects.create(
            tenant_id=cast.tenant.id, predicts="urgency", at=clock.now(), result="few_urgent",
            data={"cases": 12, "least": 30, "later": 3, "least_later": 10},
        )  # fmt: skip
    page = cast.client("leader_zhou").get(f"{ADDRESS}?of=urgency").content.decode()
    assert "较早的诉求里确认为紧急的有 12 件，至少要 30 件；用来检验的有 3 件，至少要 10 件。" in page
    a_version(cast, 1, learnt.LIVE, 0.843, predicts="urgency")
    page = cast.client("leader_zhou").get(f"{ADDRESS}?of=urgency").content.decode()
    assert ("84.3 %" in page, "在用的这一版怎么分紧急程度" in page) == (True, True)
    assert ("紧急的认出" in page, "三个里有" in page) == (True, False)


def test_kinds_stand_on_a_page_of_their_own(cast: Cast) -> None:
    a_version(cast, 1, learnt.LIVE, 0.843)
    a_version(cast, 1, learnt.RETIRED, 0.71, predicts="kind")
    leader = cast.client("leader_zhou")
    page = leader.get(f"{ADDRESS}?of=kind").content.decode()
    assert ("71.0 %" in page, "84.3 %" in page, "第一天的词表" in page) == (True, False, True)
    gone = leader.post(f"{ADDRESS}?of=kind", {"number": 1, "reason": "再试试"})
    assert (gone.status_code, gone.headers["Location"]) == (302, f"{ADDRESS}?of=kind")
    rows = [row for one in learnt.PREDICTS for row in learnt.versions(cast.leader_zhou.scope, one)]
    assert [(row.predicts, row.state) for row in rows] == [("category", "live"), ("kind", "live")]
    assert "再试试" in leader.get(f"{ADDRESS}?of=kind").content.decode()
