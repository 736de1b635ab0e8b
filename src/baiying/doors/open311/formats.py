"""The same content as XML and as JSON, by the convention of the standard: what contains several is an array in JSON
and an element with children in XML, also when there is only one; nothing wraps the root of the JSON.
"""

from __future__ import annotations

import re
from typing import Any, Final
from xml.sax.saxutils import escape

import msgspec

DECLARATION: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
TYPES: Final = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
# What the children of a container are called.
CHILD: Final = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "endpoints": "endpoint",
    "formats": "format",
    "errors": "error",
    "notes": "note",
}
# Characters that no XML document may hold, however they are written.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def written(root: str, content: Any, fmt: str) -> bytes:
    """The document. root: name of the outermost element of the XML."""
    if fmt == "json":
        return msgspec.json.encode(content)
    return (DECLARATION + element(root, content)).encode()


def element(name: str, value: Any) -> str:
    """One element with everything in it. None and "" become an empty one."""
    if value is None or value == "":
        return f"<{name}/>"
    if isinstance(value, bool):
        return f"<{name}>{'true' if value else 'false'}</{name}>"
    if isinstance(value, dict):
        return f"<{name}>{''.join([element(key, one) for key, one in value.items()])}</{name}>"
    if isinstance(value, list | tuple):
        child = CHILD[name]
        return (
            f"<{name}>{''.join([element(child, one) for one in value])}</{name}>" if value else f"<{name}/>"
        )
    if isinstance(value, int | float):
        return f"<{name}>{value!r}</{name}>"
    return f"<{name}>{escape(_FORBIDDEN.sub('', value))}</{name}>"
