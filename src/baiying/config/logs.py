"""One JSON line for each log record, with the request's id and without what people wrote."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from baiying.kit.trace import request_id

# Set with `extra=`; anything else in a record stays out, so that a form field cannot slip into the log.
EXTRA_FIELDS = ("method", "route", "status", "milliseconds", "count", "event", "job")


class JsonFormatter(logging.Formatter):
    """`detail` adds the text of exceptions. Without it only type, SQLSTATE and stack: a database error
    quotes the row.
    """

    def __init__(self, detail: bool = False) -> None:
        super().__init__()
        self.detail = detail

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if identifier := request_id.get():
            line["request"] = identifier
        for name in EXTRA_FIELDS:
            if (value := getattr(record, name, None)) is not None and isinstance(value, str | int | float):
                line[name] = value
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = self.describe(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)

    def describe(self, error: BaseException) -> dict[str, Any]:
        described: dict[str, Any] = {
            "type": f"{type(error).__module__}.{type(error).__qualname__}",
            "stack": [
                f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)[-12:]
            ],
        }
        if sqlstate := getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None):
            described["sqlstate"] = sqlstate
        if self.detail:
            described["text"] = str(error)
        return described


def logging_settings(level: str, detail: bool) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "baiying.config.logs.JsonFormatter", "detail": detail}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"level": level},
            # Its lines hold user names and addresses; the journal keeps what must be known.
            "axes": {"level": "CRITICAL"},
            # "Not Found: /path" for every wandering robot.
            "django.request": {"level": "ERROR"},
        },
    }
