"""A street's messages of half a year with known truth: what is scattered by chance, and what was put in on purpose."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from baiying.kit.recurring import Item

BEGINS = datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
DAYS, BUILDINGS, AREAS = 180, 240, 24
# What people write about, by category; said with a different beginning and end each time.
MATTERS = {
    "lamp": ("楼道感应灯坏了晚上看不清台阶", "路灯连着几盏都不亮走路害怕", "院里的灯杆歪了线露在外面"),
    "rubbish": ("垃圾桶满了好几天没来清运", "装修垃圾堆在单元门口没有拉走", "有人乱扔厨余袋子招苍蝇"),
    "water": ("自来水压力太小洗澡打不着火", "水管冻裂了往外冒水", "停水没有提前通知孩子没法做饭"),
    "parking": ("消防通道被汽车堵住", "外来车辆占了固定车位", "电动车推进楼道充电不安全"),
    "noise": ("楼下饭店排风机半夜还在响", "广场舞音响开得太大", "工地夜里还在打混凝土"),
    "heating": ("暖气不热室内只有十四度", "暖气片漏水把地板泡了", "供热站说排气可是一直没人来"),
}
BEGINNINGS = ("您好，", "反映一个事，", "麻烦看看，", "", "昨天发现", "又来说一声，", "早上出门看到")
ENDS = ("，希望尽快处理", "，老人孩子多", "，已经好几天了", "，谢谢", "，物业电话打不通", "")


class Street:
    """Scattered messages, and a list of the ids of each thing that was put in."""

    def __init__(self, seed: int, scattered: int = 1_500) -> None:
        self.random = random.Random(seed)
        self.items: list[Item] = []
        self.truth: dict[str, set[str]] = {}
        for _n in range(scattered):
            category = self.random.choice(list(MATTERS))
            self.write(category, self.random.choice(MATTERS[category]), self.random.randrange(BUILDINGS),
                       self.random.uniform(0, DAYS))  # fmt: skip

    def write(self, category: str, words: str, building: int, day: float) -> str:
        said = self.random.choice(BEGINNINGS) + words + self.random.choice(ENDS)
        area = building // (BUILDINGS // AREAS)
        places = {"building": f"b{building}", "living_area": f"a{area}", "grid": f"g{area // 2}"}
        item = Item(
            f"m{len(self.items)}", BEGINS + timedelta(days=day), said, category, places, f"w{len(self.items)}"
        )
        self.items.append(item)
        return item.id

    def put(self, name: str, category: str, words: str, where: list[int], days: list[float]) -> None:
        self.truth[name] = {self.write(category, words, self.random.choice(where), day) for day in days}

    def put_all(self) -> None:
        """A lamp that breaks again and again at one building, an estate without heating, a burst in one estate."""
        self.put(
            "lamp", "lamp", "三单元门口的感应灯修好又坏", [17], [12.0, 31.5, 55.0, 80.2, 111.0, 140.9, 168.0]
        )
        self.put(
            "estate",
            "heating",
            "整个小区供暖温度不达标",
            list(range(60, 70)),
            [20 + 6.5 * n for n in range(24)],
        )
        self.put("burst", "noise", "新开的烧烤店露天音响吵到后半夜", list(range(150, 160)), [170 + n * 0.6 for n in range(14)])  # fmt: skip

    def found_as(self, ids: tuple[str, ...]) -> str | None:
        """Which of what was put in a finding speaks of: most of its cases are of it. None: a false alarm."""
        for name, put in self.truth.items():
            if 2 * len(put & set(ids)) >= len(ids):
                return name
        return None
