"""Names of persons: told by surname and by the words around. Some are missed (docs/privacy.md says how many)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from baiying.kit.privacy.folding import Folded, Found, Taken
from baiying.kit.privacy.surnames import (
    COMPOUND,
    FOLLOWS,
    FREQUENT,
    GIVEN,
    NEVER_IN_NAMES,
    NOT_GIVEN,
    RARE,
    WORDS,
)

_TITLE: Final = re.compile(
    "(?:副|大|二|三|老)?(?:先生|女士|小姐|师傅|师父|书记|主任|老师|阿姨|大爷|大妈|大娘|大叔|大姐|大哥|大嫂|大伯|叔叔|伯伯|奶奶|爷爷|婆婆|太太|夫人"
    "|经理|站长|所长|队长|医生|大夫|护士|校长|局长|科长|处长|股长|会长|镇长|区长|乡长|村长|组长|班长|楼长|网格员|厅长|行长|董事长|市长|县长|部长|矿长|司长|总监|总工|片长|助理|民警|警察|法官|检察官|辅警|护士长|警官|律师|院长|主席|支书|老板|教授|教练|同志|同学|司机|主管|店长|园长|委员|老汉|老太|[姐哥叔婶伯姨嫂爷奶娘](?![妹弟们姐哥叔婶伯姨嫂爷奶娘]))"
)
_LABEL: Final = re.compile(
    r"(?:我叫|名叫|名为|叫做|叫作|姓名|联系人|联络人|收件人|收货人|户主|业主|当事人|申请人|投诉人|举报人|反映人|来电人|来访人|报修人|求助人|负责人|经办人|承办人|法定代表人|法人代表|法人"
    r"|被投诉人|被举报人|承租人|出租人|租客|租户|房东|本人|患者|死者|伤者|病人|邻居|老板|司机|居民|村民|市民|住户|网格员|楼长|保安|保洁|经理|医生|老师|工长|队长|主任|书记|师傅|警察|民警|辅警|律师|校长|院长|护士|同楼的|楼上的|楼下的|隔壁的|包工头|中介|同事|朋友|工友|亲戚"
    r"|爸爸|妈妈|父亲|母亲|丈夫|妻子|老公|老婆|爱人|儿子|女儿|孩子|孙子|孙女|奶奶|爷爷|姥姥|姥爷|外婆|外公|哥哥|姐姐|弟弟|妹妹|我爸|我妈|我哥|我姐|我弟|我妹|岳父|岳母|公公|婆婆|儿媳|女婿|学生)"
    r"(?P<said>(?:是|为|叫|的名字叫|名叫|名字是|名字叫)?[ :,“\"「(]{0,3})"
)
# After these words a name comes for certain; after the others only when what follows looks like its end.
_CERTAIN: Final = frozenset(
    ["我叫", "名叫", "名为", "叫做", "叫作", "姓名", "联系人", "联络人", "收件人", "收货人"]
)
_SURNAMED: Final = re.compile(
    r"(?<!百)(?<!同)姓(?P<name>[\u4e00-\u9fff]{1,2})(?:[ ,、]?名(?:叫|字是)?(?P<given>[\u4e00-\u9fff]{1,2}))?"
)
_CALLED: Final = re.compile(
    r"(?<=[个位人男女])叫(?=[\u4e00-\u9fff])|(?:自称|网名|冒充)(?=[\u4e00-\u9fff])|(?<=[,。;!?\n ])我是(?=[\u4e00-\u9fff])|^我是(?=[\u4e00-\u9fff])"
)
_BEFORE_PHONE: Final = re.compile(
    r"[ :,、(;/]{0,3}(?:的?(?:本人|联系)?(?:电话|手机|方式|微信|号码)(?:号码?)?(?:是|为)?[ :,]{0,3})?\Z"
)
_AFTER_PHONE: Final = re.compile(r" ?[ ,、(/]? ?(?=[\u4e00-\u9fff])")
_END: Final = re.compile(
    r"[^\u4e00-\u9fff]|[的在是于和与跟及说称住家电手联今已将把被对向因患男女从去来有等给要又还也都曾等让带昨前不没很每占拖欠]|\Z"
)
# No person: 张庄村, 王府大街, 李宁店.
_PLACE_AFTER: Final = re.compile(
    r"[路街村庄镇乡县市区巷桥河湖山苑园城府湾里屯寨店厂院校庙寺塔站港岛洲沟坡岭井池塘堡集铺营坊阁楼厦]|大道|大街|小区|花园|公司|集团|学校|医院|广场|大厦|家园|社区|中学|小学|大学|超市|酒店|商城|市场|物业|公寓|新村|银行|牌|工程|学院|国际|世纪|中心"
)
_BREAKS: Final = frozenset(
    ["感谢", "多谢", "谢谢", "由于", "关于", "对于", "属于", "位于", "处于", "至于", "等于", "在于", "基于", "终于", "鉴于", "敢于", "过于", "便于", "善于", "低于", "高于", "不安", "公安", "保安", "治安", "平安", "西安", "延安", "一万", "万万", "十万", "百万", "千万", "几万", "多万", "公路", "马路", "道路", "小路", "电路", "线路", "一路", "铁路", "网管", "物管", "城管", "主管", "分管", "高管", "交管", "监管", "保管", "托管", "双方", "对方", "警方", "官方", "地方", "双全", "保全", "健康", "附近", "司法", "公司", "上司", "白金", "黄金", "奖金", "现金", "资金", "基金", "租金", "押金", "罚金", "本金", "元钱", "块钱", "多钱", "费钱", "收钱", "价钱", "付钱", "多时", "小时", "当时", "平时", "及时", "临时", "同时", "按时", "暂时", "随时", "有时", "此时", "长时", "定时", "实时", "这时", "那时", "超时", "准时", "老龙", "水龙", "尾龙", "边边", "旁边", "路边", "周边", "身边", "东边", "西边", "南边", "北边", "左边", "右边", "里边", "外边", "前边", "后边", "那边", "这边", "一边", "河边", "解决", "了解", "理解", "误解", "商品", "产品", "药品", "食品", "用品", "房单", "名单", "账单", "清单", "保单", "订单", "工单", "简单", "派单", "菜单", "罚单", "开单", "电车", "汽车", "停车", "开车", "货车", "火车", "公车", "堵车", "客车", "洗车", "骑车", "坐车", "倒车", "校车", "打车", "轿车", "挖车", "存车", "乘车", "住房", "租房", "购房", "买房", "危房", "楼房", "平房", "公房", "库房", "药房", "厨房", "卖房", "看房", "交房", "新房", "建房", "厂房", "机房", "二手房", "客房", "收房", "门房", "自费", "收费", "缴费", "交费", "水费", "电费", "免费", "消费", "物业费", "房费", "话费", "学费", "暖费", "浪费", "乱收费", "花费", "邮费", "路费", "退费", "补费", "加油", "出席", "主席", "缺席", "支付", "交付", "已付", "垫付", "首付", "预付", "未付", "应付", "偿付", "给付", "拨付", "纯净", "干净", "方华", "中华", "才华", "年华", "精华", "繁华", "豪华", "升华", "昆明", "证明", "说明", "声明", "文明", "发明", "聪明", "透明", "标明", "写明", "注明", "表明", "照明", "查明", "黎明", "石阳", "沈阳", "洛阳", "朝阳", "太阳", "贵阳", "南阳", "信阳", "安阳", "夕阳", "组成", "造成", "形成", "建成", "变成", "完成", "达成", "养成", "收成", "现成", "落成", "换成", "改成", "合成", "酿成", "修成", "做成", "当成", "弄成", "三成", "五成", "附加"]
)  # fmt: skip


def find(folded: Folded, taken: Taken, names: Iterable[str]) -> None:
    """Take the given names wherever they stand, and what looks like one."""
    text = folded.plain
    for name in names:
        if len(name) >= 2:
            for match in re.finditer(re.escape(name), folded.text):
                taken.take_rest(*match.span(), "name")
    for finder in (_labelled, _surnamed, _titled, _called, _beside_phones, _bare):
        finder(text, taken)


def _labelled(text: str, taken: Taken) -> None:
    for label in _LABEL.finditer(text):
        word = text[label.start() : label.start("said")]
        is_certain = word in _CERTAIN or any(c in label["said"] for c in ':叫“「"')
        _take_full(text, label.end(), taken, is_certain=is_certain, is_said=bool(label["said"]))


def _called(text: str, taken: Taken) -> None:
    for call in _CALLED.finditer(text):
        _take_full(text, call.end(), taken, is_certain=False, is_said=True)


def _take_full(text: str, at: int, taken: Taken, *, is_certain: bool, is_said: bool) -> None:
    """Take the full name that begins here, if one does."""
    surname = _surname_at(text, at, RARE if is_certain else FREQUENT)
    given = at + surname
    if not surname or (surname == 1 and text[at : at + 2] in WORDS):
        return
    is_short = _END.match(text, given + 1) is not None or text[given + 1 : given + 3] in FOLLOWS
    for end in (given + 1,) if is_short else (given + 2, given + 1):
        if end > len(text) or not _may_be_given(text[given:end], is_certain=is_certain):
            continue
        ends_well = is_short or _END.match(text, end) is not None
        is_likely = end == given + 2 and text[given:end] not in WORDS and text[given:end] not in NOT_GIVEN
        if (ends_well or is_certain or (is_said and is_likely)) and not _PLACE_AFTER.match(text, end):
            taken.take(at, end, "name")
            return


def _surname_at(text: str, at: int, surnames: frozenset[str]) -> int:
    """How many characters of surname stand here."""
    if text.startswith(COMPOUND, at):
        return 2
    return 1 if text[at : at + 1] in surnames else 0


def _may_be_given(given: str, *, is_certain: bool) -> bool:
    if not given or not all("\u4e00" <= c <= "\u9fff" for c in given):
        return False
    return is_certain or all(c not in NEVER_IN_NAMES for c in given)


def _is_word(text: str, start: int, end: int) -> bool:
    name = text[start:end]
    return name in WORDS or name[:2] in WORDS or name[1:3] in WORDS


def _surnamed(text: str, taken: Taken) -> None:
    for match in _SURNAMED.finditer(text):
        start = match.start("name")
        length = _surname_at(text, start, RARE)
        if length and text[start : start + 2] not in WORDS:
            taken.take(start, start + length, "name")
            if match["given"]:
                taken.take(*match.span("given"), "name")


def _titled(text: str, taken: Taken) -> None:
    for title in _TITLE.finditer(text):
        at = title.start()
        is_short = len(title.group()) == 1  # 姐, 哥, ...: behind a surname or a given name alone
        for length in (4, 3, 2, 1):
            start = at - length
            if start < 0 or not taken.is_free(start, at):
                continue
            surname = _surname_at(text, start, FREQUENT)
            if not surname or (length == 4 and surname == 1) or length - surname > 2:
                continue
            whole = text[start : title.end()]
            if whole in WORDS or whole == "毛主席" or (is_short and length > 2):
                continue
            if _is_name_before(text, start, at, surname):
                taken.take(start, at, "name")
                break


def _is_name_before(text: str, start: int, end: int, surname: int) -> bool:
    given = text[start + surname : end]
    if given and not _may_be_given(given, is_certain=False) and not all(c in GIVEN for c in given):
        return False
    if surname == 1 and (_is_word(text, start, end) or (text[start : start + 2] in WORDS and given)):
        return False
    return text[max(0, start - 1) : start + 1] not in _BREAKS


def _beside_phones(text: str, taken: Taken) -> None:
    for phone in [found for found in taken.found if found.kind == "phone"]:
        _before_phone(text, phone, taken)
        gap = _AFTER_PHONE.match(text, phone.end)
        if gap:
            _take_full(text, gap.end(), taken, is_certain=False, is_said=False)


def _before_phone(text: str, phone: Found, taken: Taken) -> None:
    said = _BEFORE_PHONE.search(text, max(0, phone.start - 20), phone.start)
    end = said.start() if said else phone.start
    for length in (4, 3, 2):
        start = end - length
        if start < 0 or not taken.is_free(start, end):
            continue
        surname = _surname_at(text, start, FREQUENT)
        if not surname or (length == 4) != (surname == 2 and length == 4):
            continue
        if not _may_be_given(text[start + surname : end], is_certain=False) or _is_word(text, start, end):
            continue
        if text[max(0, start - 1) : start + 1] not in _BREAKS:
            taken.take(start, end, "name")
            return


# As surnames these are rarer than as words, and without further words around one cannot tell.
_RATHER_WORDS: Final = frozenset("位项车代时查包强解单任向成曲费盛边净路常段")
_BARE: Final = re.compile(
    rf"(?:{'|'.join(COMPOUND)}|[{''.join(sorted(FREQUENT - _RATHER_WORDS))}])[{''.join(sorted(GIVEN))}]{{2}}"
    r"(?!.?(?:路|街|小区|花园|广场|大厦|公司|苑|园|城|村|里|湾|府|湖|学校|小学|中学|医院|超市))"
)


def _bare(text: str, taken: Taken) -> None:
    for match in _BARE.finditer(text):
        start, end = match.span()
        if _is_word(text, start, end) or text[max(0, start - 1) : start + 1] in _BREAKS:
            continue
        if (
            text[end - 2 : end] in NOT_GIVEN
            or text[end - 1 : end + 1] in WORDS
            or _PLACE_AFTER.match(text, end)
        ):
            continue
        taken.take(start, end, "name")
