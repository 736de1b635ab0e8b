"""The id of the request being served: given at the door, shown to whoever meets a defect, written into every log line."""

from __future__ import annotations

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
