"""What is found in a message and what is left alone; a long hostile text takes no longer than its length."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baiying.kit.privacy import Found, cover, find, mask

ORDINARY = [
    ("我叫张三，电话13805331234", "我叫「姓名已隐去」，电话「电话已隐去」"),
    ("手机138 0533 1234或＋86－13805331234", "手机「电话已隐去」或「电话已隐去」"),
    ("打我电话幺三八零五三三幺二三四", "打我电话「电话已隐去」"),
    ("座机(0533)7180000转801", "座机「电话已隐去」"),
    ("请拨400-123-4567或12345，2026年11月23日8:30", "请拨400-123-4567或12345，2026年11月23日8:30"),
    ("身份证11010519491231002x", "身份证「证件号已隐去」"),
    ("身份证号：１１０１０５ １９４９１２３１ ００２Ｘ。", "身份证号：「证件号已隐去」。"),
    ("老证件110105491231002", "老证件「证件号已隐去」"),
    ("卡号6222 0200 0000 0000 008", "卡号「银行卡号已隐去」"),
    ("车牌鲁C·12345，新能源鲁CD12345", "车牌「车牌已隐去」，新能源「车牌已隐去」"),
    ("写信到zhang.san@example.com", "写信到「邮箱已隐去」"),
    ("加微信zhang_san88，QQ：1234567", "加微信「微信号已隐去」，QQ：「QQ号已隐去」"),
    ("住东风小区3号楼2单元501室", "住东风小区3号楼「门牌已隐去」"),
    ("东风小区5-2-301漏水", "东风小区5-「门牌已隐去」漏水"),
    ("3号楼2单元门口灯不亮", "3号楼2单元门口灯不亮"),
    ("柳泉路12号院门口", "柳泉路12号院门口"),
    ("柳泉路12号家门口", "柳泉路「门牌已隐去」家门口"),
    ("3号楼有300户居民，每户100元", "3号楼有300户居民，每户100元"),
    ("找过王书记和欧阳女士", "找过「姓名已隐去」书记和「姓名已隐去」女士"),
    ("项目经理和高中老师都不管", "项目经理和高中老师都不管"),
    ("老李说小张师傅、陈总都来过", "老「姓名已隐去」说小「姓名已隐去」师傅、「姓名已隐去」总都来过"),
    ("老路不平，小黄车乱停，养老金不够", "老路不平，小黄车乱停，养老金不够"),
    ("张某某和刘**打架，对某些人不公", "「姓名已隐去」和「姓名已隐去」打架，对某些人不公"),
    ("我姓王名建国", "我姓「姓名已隐去」名「姓名已隐去」"),
    (
        "姓欧阳，名字叫修文。我姓张，名下有两套房",
        "姓「姓名已隐去」，名字叫「姓名已隐去」。我姓「姓名已隐去」，名下有两套房",
    ),
    ("买买提·艾力住东风·幸福里", "「姓名已隐去」住东风·幸福里"),
    ("姓名：其木格，报修人：物业", "姓名：「姓名已隐去」，报修人：物业"),
    ("业主王小雪不在，找王小雪的爱人", "业主「姓名已隐去」不在，找「姓名已隐去」的爱人"),
    ("在山水湾小区和梅溪湖街道", "在山水湾小区和梅溪湖街道"),
    ("李建国13805331234", "「姓名已隐去」「电话已隐去」"),
]
LONG = 40_000
HOSTILE = (
    "1", "1-1.1x@张姓", "13805331234 ", "鲁C", "3号楼", "1-2-", "微信", "路1号", "我叫", "先生", "电话1", "(1", "一二", "a@",
    "a.", "3单元", "转1", "1 ", "1-", "1x ", "1(.. ", "张某", "老李", "王总，", "买买提·", "姓名：", "王小雪和", "他把",
)  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), ORDINARY)
def test_an_ordinary_message(text: str, shown: str) -> None:
    masked = mask(text)
    assert masked.text == shown
    assert mask(shown).text == shown
    assert cover(text, masked.found) == shown


def test_what_is_known_is_found_wherever_it_stands() -> None:
    masked = mask("都问阿旺去，打71800", known_names=("阿旺",), known_phones=("71800",))
    assert (masked.text, masked.found) == (
        "都问「姓名已隐去」去，打「电话已隐去」",
        (Found(2, 4, "name"), Found(7, 12, "phone")),
    )


@given(st.text("张王建国先生姓我叫电话12345678901380-. xX@a鲁C号楼单元路室微信，。「」", max_size=60))
@settings(max_examples=120)
def test_passages_are_in_order_and_apart_and_nothing_is_found_twice(text: str) -> None:
    found = find(text)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(0 <= f.start < f.end <= len(text) for f in found)


@pytest.mark.parametrize("part", HOSTILE)
def test_a_hostile_text_is_read_in_time(part: str) -> None:
    # Without a watch: what took more than its length here would not end before the suite's own limit.
    text = (part * (LONG // len(part) + 1))[:LONG]
    assert len(mask(text).text) > 0
