from __future__ import annotations

import json
import logging
import sys

from baiying.config.logs import JsonFormatter
from baiying.kit.trace import request_id


def logged(formatter: JsonFormatter, **extra: object) -> dict[str, object]:
    try:
        raise ValueError("张三 13800000000")
    except ValueError:
        record = logging.LogRecord("baiying", logging.ERROR, __file__, 1, "it %s", ("broke",), sys.exc_info())
    record.__dict__.update(extra)
    line: dict[str, object] = json.loads(formatter.format(record))
    return line


def test_line_names_the_request_and_only_known_fields() -> None:
    token = request_id.set("abc12345")
    try:
        line = logged(JsonFormatter(), status=500, phone="13800000000")
    finally:
        request_id.reset(token)
    assert (line["message"], line["request"], line["status"]) == ("it broke", "abc12345", 500)
    assert "phone" not in line


def test_text_of_errors_stays_out_unless_asked_for() -> None:
    assert "13800000000" not in json.dumps(logged(JsonFormatter()), ensure_ascii=False)
    assert "13800000000" in json.dumps(logged(JsonFormatter(detail=True)), ensure_ascii=False)
