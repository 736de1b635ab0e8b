#!/usr/bin/env python
"""Writes clients/python/baiying_client.py from the API's own description; tests/doors/test_client.py compares.

    python tools/make_client.py

The client is one file without dependencies: copy it, or put its folder on the path.
"""

from __future__ import annotations

import keyword
import os
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "clients" / "python" / "baiying_client.py"
PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}

HEAD = '''"""A client of Baiying's API, made by tools/make_client.py from /api/openapi.json. Change that, not this file.

    from baiying_client import Client, Problem

    client = Client("http://127.0.0.1:8000", token="by_...")
    for row in client.list_requests(state=["received"])["requests"]:
        client.read_request(row["reference"])
        client.take_step(row["reference"], "accept", {}, if_match=client.etag)
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, NotRequired, TypedDict, cast
from urllib.parse import quote, urlencode


class Problem(Exception):
    """A refusal (RFC 9457): `status`, `code`, and the whole answer as `said`."""

    def __init__(self, status: int, said: Mapping[str, Any]) -> None:
        self.status, self.said = status, said
        self.code = str(said.get("code", ""))
        super().__init__(f"{status} {self.code}: {said.get('detail', '')}")


class _Http:
    """Sends and reads. `etag` is that of the last answer, `replayed` whether it repeats an earlier one."""

    def __init__(self, address: str, token: str = "", *, language: str = "en", timeout: float = 30.0) -> None:
        self.address, self.token, self.language, self.timeout = address.rstrip("/"), token, language, timeout
        self.etag = ""
        self.replayed = False

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        said: Any = None,
        files: Mapping[str, Sequence[bytes]] | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> bytes:
        asked = {name: _plain(value) for name, value in (query or {}).items() if value is not None}
        address = self.address + path + (f"?{urlencode(asked, doseq=True)}" if asked else "")
        sent = {"Accept-Language": self.language} | {n: v for n, v in (headers or {}).items() if v is not None}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        body: bytes | None = None
        if files and any(files.values()):
            body, sent["Content-Type"] = _parts(said, files)
        elif said is not None:
            body, sent["Content-Type"] = json.dumps(said, default=_plain).encode(), "application/json"
        request = urllib.request.Request(address, body, sent, method=method)  # noqa: S310  # address is the caller's
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:  # noqa: S310
                self.etag = answer.headers.get("ETag", "")
                self.replayed = answer.headers.get("Idempotency-Replayed") == "true"
                return cast(bytes, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                raw = error.read()
            try:
                said = json.loads(raw)
            except ValueError:
                said = {"detail": raw.decode(errors="replace")}
            raise Problem(error.code, said) from None

    def _json(self, method: str, path: str, **more: Any) -> Any:
        return json.loads(self._send(method, path, **more))


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _parts(said: Any, files: Mapping[str, Sequence[bytes]]) -> tuple[bytes, str]:
    """(body, content type) of multipart/form-data: the words as JSON in `said`, then the pictures."""
    line = uuid.uuid4().hex
    rows = [f'--{line}\\r\\nContent-Disposition: form-data; name="said"\\r\\n\\r\\n'.encode()]
    rows += [json.dumps(said or {}, default=_plain).encode(), b"\\r\\n"]
    for name, pictures in files.items():
        for number, picture in enumerate(pictures):
            where = f'form-data; name="{name}"; filename="{number}.jpg"'
            head = f"--{line}\\r\\nContent-Disposition: {where}\\r\\nContent-Type: image/jpeg\\r\\n\\r\\n"
            rows += [head.encode(), picture, b"\\r\\n"]
    return b"".join([*rows, f"--{line}--\\r\\n".encode()]), f"multipart/form-data; boundary={line}"

'''


def whole(document: dict[str, Any]) -> str:
    """The client's source."""
    schemas = document["components"]["schemas"]
    shapes = [_shape(name, schema) for name, schema in sorted(schemas.items()) if name != "Problem"]
    methods = [
        _method(method.upper(), address, one)
        for address, ways in document["paths"].items()
        for method, one in ways.items()
    ]
    head = '\n\nclass Client(_Http):\n    """Every operation, by its name."""\n\n'
    return HEAD + "\n" + "\n\n".join(shapes) + "\n" + head + "\n".join(methods)


def _shape(name: str, schema: dict[str, Any]) -> str:
    needed = set(schema.get("required", []))
    lines = [f"class {name}(TypedDict):", f'    """{_one_line(schema.get("description", name))}"""', ""]
    for field, prop in schema.get("properties", {}).items():
        kind = _kind(prop)
        lines.append(f"    {field}: {kind if field in needed else f'NotRequired[{kind}]'}")
    return "\n".join(lines if len(lines) > 3 else lines[:2]) + "\n"


def _one_line(words: str) -> str:
    return " ".join(words.split()).replace('"', "'")


def _kind(prop: dict[str, Any]) -> str:
    if "$ref" in prop:
        return str(prop["$ref"]).rpartition("/")[2]
    if "anyOf" in prop:
        return " | ".join(_kind(one) for one in prop["anyOf"])
    if "enum" in prop:
        return f"Literal[{', '.join(repr(one) for one in prop['enum'])}]".replace("'", '"')
    kind = prop.get("type")
    if kind == "array":
        return f"list[{_kind(prop.get('items', {}))}]"
    if kind == "object":
        return "dict[str, Any]"
    return PLAIN.get(str(kind), "Any")


def _method(method: str, address: str, one: dict[str, Any]) -> str:
    parameters = one["parameters"]
    in_path = [p for p in parameters if p["in"] == "path"]
    in_query = [p for p in parameters if p["in"] == "query"]
    in_headers = [p for p in parameters if p["in"] == "header" and p["name"] != "If-None-Match"]
    content = one.get("requestBody", {}).get("content", {})
    body = content.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
    parts = content.get("multipart/form-data", {}).get("schema", {}).get("properties", {})
    files = [name for name in parts if name != "said"]
    needed = [
        "self",
        *(f"{p['name']}: {_kind(p['schema'])}" for p in in_path),
        *([f"said: {body}"] if body else []),
    ]
    named = [f"{_name(p['name'])}: {_query_kind(p['schema'])} | None = None" for p in in_query]
    named += [f"{_name(p['name'])}: str" + ("" if p["required"] else " | None = None") for p in in_headers]
    named += [f"{name}: Sequence[bytes] = ()" for name in files]
    answer = next(
        (r["content"] for status, r in one["responses"].items() if status[0] == "2" and "content" in r), {}
    )
    shape = answer.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
    signature = ", ".join([*needed, *(["*", *named] if named else [])])
    path = re.sub(r"\{(\w+)\}", r"{quote(str(\1), safe='')}", address)
    said = [f'"{method}"', f'f"{path}"' if in_path else f'"{path}"']
    if in_query:
        said.append("query={" + ", ".join(f'"{p["name"]}": {_name(p["name"])}' for p in in_query) + "}")
    said += ["said=said"] if body else []
    said += ["files={" + ", ".join(f'"{name}": {name}' for name in files) + "}"] if files else []
    if in_headers:
        said.append("headers={" + ", ".join(f'"{p["name"]}": {_name(p["name"])}' for p in in_headers) + "}")
    call = f"self._{'json' if shape else 'send'}({', '.join(said)})"
    result = f"cast({shape}, {call})" if shape else call
    return (
        f"    def {one['operationId']}({signature}) -> {shape or 'bytes'}:\n"
        f'        """{_one_line(one["summary"])}."""\n        return {result}\n'
    )


def _query_kind(schema: dict[str, Any]) -> str:
    return _kind(schema).replace("list[", "Sequence[")


def _name(name: str) -> str:
    plain = name.lower().replace("-", "_")
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def formatted(source: str) -> str:
    """As the rest of the house is formatted."""
    import subprocess

    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(TARGET), "-"]
    return subprocess.run(command, input=source, text=True, capture_output=True, check=True, cwd=ROOT).stdout


def main() -> int:
    sys.path.insert(0, str(ROOT / "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baiying.config.settings")
    import django

    django.setup()
    from baiying.doors.open.openapi import document

    TARGET.write_text(formatted(whole(document())), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
