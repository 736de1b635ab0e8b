"""Surnames, and the words around names. Own list after general knowledge of frequent surnames; no register was used."""

from __future__ import annotations

from pathlib import Path
from typing import Final


def words_in(file: str) -> frozenset[str]:
    """The words of a file of this room's data."""
    return frozenset((Path(__file__).parent / "data" / file).read_text("utf-8").split())


def any_of(file: str) -> str:
    """A pattern for one of the words of a file, the longer ones first."""
    return "|".join(sorted(words_in(file), key=len, reverse=True))


# The hundred and some that nine in ten people bear.
FREQUENT: Final = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖"
    "邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂焦向柳邢骆岳齐梅"
    "莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边净闫肖付代仝綦吉戚岑穆褚喻奚窦湛禹狄郎臧丛仇苟冼屠逯郗阚滕栾冉邸佟宫巩桑廉匡蔺荀芮"
)
# Besides, where the words around say that a name comes.
RARE: Final = FREQUENT | frozenset(
    "贝仇仉佟佘佴俎储全冀农冷冼凤刁匡印厉古召台叱向吾呼哈商喻堵娄宓宗官宫宿尚居屠展山岑巩巫巴师帅干平庾廉弓弘应怀惠慎戈戎戚扈揭敖明晁晏景晋暴木朴权来松桑梁"
    "楚楼樊步殳水池汝沃沙沧泉流浦海涂淡渠滑满滕漆潘濮火燕牛牧狄狐璩璩瞿申甯瘳皮盖相矫石禄禹秘稽窦竺符简籍米糜糟糜红经练缪羊羿翁耿胥胶臧良艾芮苍苑苟英茅茹荀荆荣莘莱菅萨葛蒙蒯蓝蔚蔺薄蘧虎虞裘西言訾"
    "诸谈谌豆贡贲赏赫越车辜连逄逯邝邬邰郁郎郗郜都鄂酆釜钮铁银门闫问阙阚雍靖鞠韶须麦黑鹿麻乌乐么乜云井亓仰但佘修元党光兆公典养刀别初利勾化千升卓占危友双吐后吴和咸员商善图国"
    "花党应井厉茅农冷池武宿危敬糜鲜佴逄沙晏鹿訾屠终祝牧蒲祖乐佟郎衣展由寿闪母步邴经益桓缑亢况厍晁勾融訾阚那简饶空曾毋沙乜养丰荤侴仵粟昝虢斛"
) - frozenset("黑千双图问但公光后别典化升友占空由母经养")  # fmt: skip
# Where a word before it makes a name likely, but no more than that.
LIKELY: Final = FREQUENT | (
    RARE - frozenset("连都全来和应但有后再商员区利从初元终光干乐由步益西及相云化农当冷危宿衣展多")
)
# As surnames these are rarer than as words, and without further words around one cannot tell.
RATHER_WORDS: Final = frozenset("位项车代时查包强解单任向成曲费盛边净路常段")
COMPOUND: Final = (
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "长孙", "宇文", "司徒", "夏侯", "轩辕", "淳于",
    "单于", "申屠", "端木", "南宫", "东郭", "百里", "呼延", "闻人", "澹台", "太史", "钟离", "司空", "独孤", "拓跋", "公冶", "宗政",
)  # fmt: skip

# Characters that given names are made of; two of them behind a frequent surname are a name without further words.
GIVEN: Final = frozenset(
    "伟芳娜敏静秀英丽强磊军洋勇艳杰娟涛超霞刚玲桂兰芬燕辉鹏斌波莉红梅琴云荣华玉珍萍洁鑫宇浩雪倩婷慧欣怡佳琪嘉俊凯博轩梓涵晨皓睿泽诗雨子萱"
    "瑞祥福贵德仁义忠孝廉礼智信庆国建志明文武永春秋生成林森峰海龙虎凤翠菊莲香淑贤爱美凡宁亮光正清彬栋梁维民兴旺发财宝金银锋锐坤乾振东南立业"
    "学礼传继承绍祖耀宗启良善富强胜利平安康健乐喜悦欢然若思彤颖蕾薇璐瑶琳珊晶莹妍媛娇艺璇雅晓晗昊天宏毅恒远航飞翔宪培根树柱全满仓庚双"
    "丹青卫红旗跃进解放援朝抗美胜男亚楠冬夏冰月星辰阳曦昌顺茂盛增延寿连长春芝芹蓉茹莎菲蓓黛彩霞虹霓纹绮锦绣绢"
)
# Besides, where the words around make a name likely.
USUAL: Final = GIVEN | frozenset(
    "凡然可同鸣震飞扬新妮圆多音荷野卓冠炎焱诚谦谨沐沛宸奕弈逸翰哲岩岳峻崇嵘昱昕晟晔曼朵杉柏桐桦楷楚榕樱歌汐汝沁沫洲浦涓淇渊渝湘源滢漫澜炜炫烁烨煜煊熙爽牧玄玮珂珏珠"
    "珺琛琦琰瑜瑾璟璧甜畅皎盈盼真睦砚硕祎祺禾竹筠纯素紫絮绪缨羽翊翎聪芊芙芮芷苒茵菁菡萌葵蓝蔓蕊蝶裕襄诺谊豪贝贞赫轶迎达迅迪逊遥郁郡采钊钧钰铁铃铎铭镇闯阔隽雄雯霁霄霆霏靖韬韵颂颐"
    "风馨驰骁骏骥魁鲲鸿鹤鹭麒麟麦默龄定邦本根才喜田贤厚俭勤敬慎修齐治均尧舜禹汤甲乙丙丁申寅卯辰巳午未酉戌亥松桃杏梨枝叶苗朋友伍仲叔季伯孟元亨利贞乾坤之也糖豆米果朵敏妙姝娥娅婵媚嫣嫦"
    "江河石方白梁丁汪姣姗妤妞妮好孝宝宏容宽宾密富察峥巍川州工左巧帅帆平庆庚序应度延弘彦彪彬影征循心志忆怀恒恩息悟情惠意愿慈慰懿成戈戎"
)
# Grammar that is a part of given names at times.
SOMETIMES_GIVEN: Final = frozenset("一如为来于以里天日月年上中老大小云")
# A surname behind its first character is the end of this word: 新任局长, 保安队长.
BREAKS: Final = words_in("before_names.txt")
# After a name of two characters these go on: 张伟态度不好.
FOLLOWS: Final = words_in("after_names.txt")
# After a surname these begin or are another word.
WORDS: Final = words_in("no_names.txt")
# Two characters of given names that are a word far more often.
NOT_GIVEN: Final = words_in("no_given.txt")
# Grammar: in no given name, however certain it is that one comes.
GRAMMAR: Final = frozenset(
    "的了着过们您你我他她它吗呢吧啊呀嘛么这那哪谁啥很没不被给让使与或把各每些款账费钱电话手机号楼室投诉举报反映问题情况却竟并"
)
# No given name begins with one of these, nor holds one, unless the words around say that a name comes.
NEVER_IN_NAMES: Final = frozenset(
    "的了着过是我在有和与及或把被给让使对从向到往由于为以所这那哪此其每各某些几多少吗呢吧啊呀嘛么不没无非未勿也都就才又再还更最很已曾将要会能可应该需"
    "我你他她它们您咱谁自己啥怎如若则但且而因故虽即既只仅凡等之者个位名家户人男女说道讲问答叫喊打骂吃喝住租买卖用做干搞弄看听找请求帮告诉投举报反映电话手机号码楼栋单元室层院"
    "区街路巷道村镇县市省局所部厅院校厂店铺场站社组队班科处办委会厕车辆机器设施施问题情况时间老新旧年月日天早晚上下左右前后里外中间内旁边十百千万亿两半零第"
    "来去走跑回进出起停开关收发交付欠费钱元块款账单合同法律政策规定标准服务管理物业维修坏漏堵臭脏乱差吵闹噪音污染"
)  # fmt: skip
