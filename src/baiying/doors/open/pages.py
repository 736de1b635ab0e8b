"""The description itself: as JSON for programs, as a page for people."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from baiying.doors.open.openapi import document
from baiying.kit.refusals import Refusal


def schema(request: HttpRequest) -> HttpResponse:
    """GET /api/openapi.json"""
    if request.method not in ("GET", "HEAD"):
        raise Refusal(
            code="method_not_allowed", status=405, problem=_("这个地址只供查询。"), remedy=_("用 GET。")
        )
    response = HttpResponse(_packed(), content_type="application/json; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@cache
def _packed() -> bytes:
    return msgspec.json.encode(document())


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """GET /developers/: every operation, with its parameters, bodies and answers."""
    context = {
        "api": document(),
        "groups": _groups(),
        "me_url": reverse("desk_me"),
        "open311_url": reverse("open311:discovery", kwargs={"edition": "v2", "fmt": "xml"}),
    }
    return render(request, "open/reference.html", context)


@cache
def _groups() -> list[dict[str, Any]]:
    whole = document()
    schemas = whole["components"]["schemas"]
    groups: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in whole["tags"]}
    for address, methods in whole["paths"].items():
        for method, one in methods.items():
            answers = [
                {"status": status, **answer, "shape": _shape(answer)}
                for status, answer in one["responses"].items()
            ]
            groups[one["tags"][0]].append(
                one | {
                    "method": method.upper(), "address": address, "answers": answers, "steps": one.get("x-steps", []),
                    "words": one["description"].split("\n\n|")[0], "body": _fields(_shape(one.get("requestBody", {})), schemas),
                    "gives": _fields(next((a["shape"] for a in answers if a["shape"]), ""), schemas),
                    "has_files": "multipart/form-data" in one.get("requestBody", {}).get("content", {}),
                }
            )  # fmt: skip
    groups.setdefault("Webhooks", []).extend(
        _sent(one["post"], schemas) for one in whole["webhooks"].values()
    )
    return [{"name": name, "operations": found} for name, found in groups.items()]


def _sent(one: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """A message that we send, as the page shows an operation."""
    [content] = one["requestBody"]["content"].values()
    kind = content["schema"]["properties"]["type"]
    return one | {
        "method": "POST", "address": "(your own address)", "words": one["description"], "steps": [], "gives": [],
        "answers": [{"status": status, **answer} for status, answer in one["responses"].items()],
        "body": _fields("Event", schemas), "types": kind.get("enum", [kind.get("const")]),
    }  # fmt: skip


def _shape(part: dict[str, Any]) -> str:
    content = part.get("content", {}).get("application/json", {})
    return str(content.get("schema", {}).get("$ref", "")).rpartition("/")[2]


def _fields(shape: str, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    schema = schemas.get(shape, {})
    needed = schema.get("required", [])
    return [
        {"name": name, "kind": _kind(prop), "is_needed": name in needed}
        for name, prop in schema.get("properties", {}).items()
    ]


def _kind(prop: dict[str, Any]) -> str:
    if "$ref" in prop:
        return str(prop["$ref"]).rpartition("/")[2]
    if "anyOf" in prop:
        return " | ".join(_kind(one) for one in prop["anyOf"])
    if prop.get("type") == "array":
        return f"[{_kind(prop.get('items', {}))}]"
    if "enum" in prop:
        return " | ".join(f'"{one}"' for one in prop["enum"])
    return str(prop.get("format") or prop.get("type") or "object")
