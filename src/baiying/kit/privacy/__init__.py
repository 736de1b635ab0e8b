"""What others must not read in what people write: found, and covered with words that say what it was.

`mask("我叫张建国，电话13800001234")` -> "我叫「姓名已隐去」，电话「电话已隐去」". Measured in tests/kit/privacy; docs/privacy.md.
"""

from baiying.kit.privacy.folding import Found
from baiying.kit.privacy.masking import SHOWN, Masked, cover, find, has_home, mask

__all__ = ["SHOWN", "Found", "Masked", "cover", "find", "has_home", "mask"]
