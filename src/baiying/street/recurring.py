"""What recurs in the demonstration: the same stair light at one building, mended each time and out again; and the look that finds it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction

from baiying.cases import services
from baiying.cases.services import Words
from baiying.kit import clock
from baiying.org.rules import Actor, Scope, acting
from baiying.topics import jobs
from baiying.topics.models import Topic

if TYPE_CHECKING:
    from baiying.street.office import Office

WHERE: Final = "单家新村 3号楼"
CATEGORY: Final = "street-light-out"
# (days ago, hour, words); each from another neighbour.
SAID: Final = (
    (33, 19, "二单元楼道的感应灯不亮了，晚上上楼看不见台阶，请来修一下。"),
    (27, 20, "二单元楼道感应灯修好没几天，又不亮了，老人上楼不敢迈步。"),
    (21, 18, "反映二单元楼道感应灯的事，又灭了，是不是线路有毛病？"),
    (15, 21, "二单元楼道的感应灯换了灯泡还是不亮，上楼只能打手电。"),
    (9, 19, "楼道感应灯又坏了，还是二单元，上个礼拜刚修过。"),
    (4, 20, "二单元楼道感应灯又不亮了，能不能把线路彻底查一查？"),
)


def show_topic(office: Office, place: tuple[float, float]) -> None:
    """Write these cases into the last weeks and look at what recurs, once."""
    with acting(Scope(office.tenant_id, "street")):
        if Topic.objects.filter(tenant_id=office.tenant_id).exists():
            return
    lon, lat = place
    with transaction.atomic():
        for days, hour, text in SAID:
            moment = (clock.now() - timedelta(days=days)).replace(hour=(hour - 8) % 24, minute=12)
            words = Words(text=text, category=CATEGORY, lon=lon, lat=lat, place=WHERE, channel="web")
            with clock.telling(moment):
                by = Actor(kind="reporter", name="居民", scope=Scope(office.tenant_id, "public"))
                receipt = services.receive(by, words=words)
            office.play(receipt.case_id)
    jobs.look(office.tenant_id)
