"""The OpenAPI 3.1 description of everything that is declared: made from the declarations, kept nowhere else."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec
from django import forms
from django.utils import translation

from baiying.doors.open import every, news
from baiying.doors.open.declaring import OPERATIONS, PARAMETERS, Operation
from baiying.doors.open.reading import PLACE
from baiying.doors.open.shapes import Problem
from baiying.doors.open.step_notes import rows_of
from baiying.doors.shared.case_filters import CodeField, FilterForm, ManyField
from baiying.org.rules import PERMISSIONS

VERSION: Final = "1"
_REF: Final = "#/components/schemas/{name}"
ABOUT: Final = """\
For programs of other systems: JSON over HTTP under `/api/v1/`. Version 1 will not change what it accepts or means; fields
may be added to answers. A token acts under one post of one member of staff and sees what that post sees; it may be
narrowed to some permissions and to one branch. Refusals are `application/problem+json`, worded in Chinese, or in English
with `Accept-Language: en`. The guide is docs/api.md.
"""
# What each refusal means; which of them an operation can give follows from what it takes.
MEANINGS: Final = {
    304: "Not modified: `If-None-Match` names what would be answered",
    400: "Not to be read: no JSON, or a cursor that is not ours",
    401: "The token is missing, malformed, unknown, expired or revoked",
    403: "The token's post lacks a permission; `permission` and `unit` say which and where",
    404: "There is no such thing, or not within the token's scope; the two are not told apart",
    405: "Not in this way; `Allow` says how",
    409: "The state of things does not allow it, or the key stood for another body",
    412: "Somebody was quicker: the version is another one; nothing was changed",
    413: "Too large",
    415: "Not a kind of content that is taken",
    422: "A field is wrong; `errors` says which, and what would help",
    428: "If-Match is missing",
    429: "Too often; `Retry-After`",
    503: "The database does not answer; nothing was kept; `Retry-After`",
}


@cache
def document() -> dict[str, Any]:
    """The whole description, as JSON values."""
    assert every.DECLARING
    with translation.override("en"):
        kinds = [kind for one in OPERATIONS.values() for kind in (one.body, one.answer) if kind is not None]
        _schemas, components = msgspec.json.schema_components(
            [*dict.fromkeys(kinds), Problem, news.Event], ref_template=_REF
        )
        components["Problem"]["additionalProperties"] = True
        paths: dict[str, Any] = {}
        for one in OPERATIONS.values():
            paths.setdefault(one.address, {})[one.method.lower()] = _operation(one)
        return {
            "openapi": "3.1.0",
            "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
            "info": {
                "title": "Baiying", "version": VERSION, "description": ABOUT,
                "license": {"name": "Apache-2.0"},
            },
            "servers": [{"url": "/"}],
            "tags": [{"name": tag} for tag in dict.fromkeys(one.tag for one in OPERATIONS.values())],
            "paths": paths,
            "webhooks": news.described(_REF),
            "components": {
                "schemas": components,
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer", "description": "by_…, made at the desk under My account"}
                },
            },
        }  # fmt: skip


def _operation(one: Operation) -> dict[str, Any]:
    view = one.view or one.plain
    words = [" ".join((getattr(view, "__doc__", "") or "").split())]
    if one.permission:
        declared = PERMISSIONS[one.permission]
        words.append(f"Permission: `{declared.code}` ({declared.name}).")
    words.append(one.note() if callable(one.note) else one.note)
    said: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "description": "\n\n".join(word for word in words if word),
        "tags": [one.tag],
        "parameters": [*_of_address(one), *_of_query(one), *_of_headers(one)],
        "responses": _responses(one),
        "security": [{"token": []}] if one.permission else [{}, {"token": []}] if one.plain else [{}],
    }
    if one.body is not None:
        said["requestBody"] = {"required": True, "content": _bodies(one)}
    if callable(one.note) and "step" in one.more:
        said["x-steps"] = _steps(one)
    return said


def _steps(one: Operation) -> list[dict[str, Any]]:
    from baiying.cases import steps
    from baiying.dispatch import calls_steps
    from baiying.topics.steps import TOPIC

    tables = {"take_step": steps.LIFECYCLE, "take_call_step": calls_steps.CALL, "take_topic_step": TOPIC}
    return rows_of(tables.get(one.name, calls_steps.SUMMONS))


def _of_address(one: Operation) -> list[dict[str, Any]]:
    found = []
    for name in one.parameters:
        shown, schema, words = PARAMETERS[name]
        schema = one.more.get("step", schema) if name.endswith("step") else schema
        found.append({"name": shown, "in": "path", "required": True, "schema": schema, "description": words})
    return found


def _of_query(one: Operation) -> list[dict[str, Any]]:
    found = [_parameter(name, schema, words) for name, (schema, words) in one.more.get("query", {}).items()]
    if one.filters:
        found += [_of_field(name, field) for name, field in FilterForm.base_fields.items()]
        found += [_parameter(name, schema, words) for name, (schema, words) in PLACE.items()]
    if one.query is not None:
        schema = msgspec.json.schema_components([one.query], ref_template=_REF)[1][one.query.__name__]
        found += [_parameter(name, prop, "") for name, prop in schema["properties"].items()]
    return found


def _parameter(name: str, schema: dict[str, Any], words: str) -> dict[str, Any]:
    plain = {key: value for key, value in schema.items() if not (key == "default" and value is None)}
    options = [option for option in plain.get("anyOf", []) if option != {"type": "null"}]
    if len(options) == 1:  # left out is null; the word itself is never sent
        plain = {**{k: v for k, v in plain.items() if k != "anyOf"}, **options[0]}
    said = {"name": name, "in": "query", "required": False, "schema": plain}
    return said | ({"description": words} if words else {})


def _of_field(name: str, field: forms.Field) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if isinstance(field, ManyField):
        schema = {"type": "array", "items": {"type": "string"}}
        if field.known:
            schema["items"]["enum"] = list(field.known)
    elif isinstance(field, forms.DateField):
        schema["format"] = "date"
    elif isinstance(field, forms.FloatField):
        schema["type"] = "number"
    elif isinstance(field, forms.UUIDField):
        schema["format"] = "uuid"
    elif isinstance(field, CodeField):
        schema["description"] = "A code of /api/v1/units, or `none`"
    elif isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        schema["enum"] = [str(value) for value, _label in choices if value]
    elif isinstance(field, forms.CharField) and field.max_length:
        schema["maxLength"] = field.max_length
    return _parameter(name, schema, str(field.label or ""))


def _of_headers(one: Operation) -> list[dict[str, Any]]:
    found = []
    if one.version == "change":
        found.append(
            _header(
                "If-Match", "The ETag that was read; `*` where the version does not matter", required=True
            )
        )
    if one.version == "read":
        found.append(_header("If-None-Match", "An ETag that was read before"))
    if one.repeats:
        found.append(_header("Idempotency-Key", "1-200 visible characters; repeat freely with the same body"))
    return found


def _header(name: str, words: str, *, required: bool = False) -> dict[str, Any]:
    return {
        "name": name, "in": "header", "required": required, "schema": {"type": "string"}, "description": words,
    }  # fmt: skip


def _bodies(one: Operation) -> dict[str, Any]:
    schema = {"$ref": _REF.format(name=one.body.__name__)}
    found: dict[str, Any] = {"application/json": {"schema": schema}}
    if one.files:
        files = {
            name: {"type": "array", "items": {"type": "string", "format": "binary"}, "maxItems": 6}
            for name in one.files
        }
        said = {"type": "string", "contentMediaType": "application/json", "contentSchema": schema}
        found["multipart/form-data"] = {"schema": {"type": "object", "properties": {"said": said, **files}}}
    return found


def _responses(one: Operation) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if one.version:
        headers["ETag"] = {
            "schema": {"type": "string"},
            "description": "The version, for If-Match and If-None-Match",
        }
    if one.permission:
        for name in ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"):
            headers[name] = {"schema": {"type": "integer"}}
    content = {one.media: {"schema": {"type": "string", "format": "binary"}}}
    content |= {kind: {"schema": {"type": "string", "format": "binary"}} for kind in one.other_media}
    if one.answer is not None:
        content = {one.media: {"schema": {"$ref": _REF.format(name=one.answer.__name__)}}}
    answered = {"description": one.summary, "headers": headers, "content": content}
    found: dict[str, Any] = {str(one.status): answered}
    for status in sorted(_refusals(one)):
        found[str(status)] = {"description": MEANINGS[status]}
        if status != 304:
            problem = {"application/problem+json": {"schema": {"$ref": _REF.format(name="Problem")}}}
            found[str(status)]["content"] = problem
    return found


def _refusals(one: Operation) -> set[int]:
    found = {503, *one.more.get("refusals", ())}
    if one.permission:
        found |= {401, 403, 429}
    if one.parameters or "query" in one.more or one.plain:
        found.add(404)
    if one.parameters or one.query is not None or one.filters:
        found |= {400, 404, 422}
    if one.version == "read":
        found.add(304)
    if one.version == "change":
        found |= {412, 428}
    if one.body is not None:
        found |= {400, 404, 409, 413, 415, 422}
    if one.plain:
        found |= {401, 403, 429}
    return found
