"""Number plates, e-mail addresses, and ids of messengers where the text says that they are some."""

from __future__ import annotations

import re
from typing import Final

from baiying.kit.privacy.folding import Folded, Taken

# GA 36: province, letter of the office, five places, six for cars with new energy. I and O are not used, but people write them.
_PROVINCE: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_PLATE: Final = re.compile(
    rf"(?:WJ ?)?[{_PROVINCE}] ?[A-Za-z](?:[ ·.\-]{{0,2}}[A-Za-z0-9]){{4,6}}[学警港澳挂领试超]?(?![A-Za-z0-9])"
)
_SAID_PLATE: Final = re.compile(
    r"(?:车牌号?码?|牌照号?|车号|牌号)[ :是为\"“「]{0,4}((?=[A-Za-z0-9 ·\-]*\d)[A-Za-z](?:[ ·\-]?[A-Za-z0-9]){4,7}|\d[A-Za-z0-9]{3,7})"
    r"(?![A-Za-z0-9])"
)  # fmt: skip
_SIGN: Final = re.compile(r"[A-Za-z0-9]")  # without one there is nothing to be found
_LETTER: Final = re.compile(r"[A-Za-z]")
_LOCAL_PART: Final = re.compile(r"[A-Za-z0-9._%+\-]{1,64}\Z")
_HOST: Final = re.compile(r" ?[A-Za-z0-9\-]{1,63}(?: ?\. ?[A-Za-z0-9\-]{2,24}){1,4}")
_MESSENGER: Final = re.compile(
    r"(微信|薇信|威信|V信|VX|WX|WeChat|weixin|加V|QQ|扣扣|企鹅号|抖音|快手|小红书)(?:号码?|账号|帐号|id)?"
    r"(?:就?是|为|叫)?[ :=\"“「(]{0,4}([A-Za-z0-9][A-Za-z0-9_\-]{4,29})(?![A-Za-z0-9_]|[元块年月万]|多)",
    re.IGNORECASE,
)


def find(folded: Folded, taken: Taken) -> None:
    """Take what is found."""
    text = folded.plain
    if not _SIGN.search(text):
        return
    _mail(text, taken)
    for plate in _PLATE.finditer(text) if _LETTER.search(text) else ():
        if sum(c.isdigit() for c in plate.group()) >= 2 and not taken.take(*plate.span(), "plate"):
            taken.take_rest(*plate.span(), "plate")
    for said in _SAID_PLATE.finditer(text) if "牌" in text or "车号" in text else ():
        taken.take(*said.span(1), "plate")
    for messenger in _MESSENGER.finditer(text):
        kind = "qq" if messenger.group(1).lower() in ("qq", "扣扣", "企鹅号") else "wechat"
        if kind != "qq" or messenger.group(2).isdigit():
            taken.take(*messenger.span(2), kind)


def _mail(text: str, taken: Taken) -> None:
    at = text.find("@")
    while at != -1:
        before = _LOCAL_PART.search(text, max(0, at - 64), at)
        host = _HOST.match(text, at + 1)
        if before and host:
            taken.take_rest(before.start(), host.end(), "email")
        at = text.find("@", at + 1)
