"""One declaration for everything that a program may do: from it come the address, the checks and the schema.

A declared function gets a `Call` (who, what was asked, what was sent) and gives back what is to be answered. What is the
same for all - leave, limits, versions, repeated keys, refusals - is done here, once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from baiying.org.rules import Actor

# What stands in addresses: (name in the schema, its JSON schema, what it is).
PARAMETERS: Final[Mapping[str, tuple[str, dict[str, Any], str]]] = {
    "reference_text": ("reference", {"type": "string", "examples": ["5002-104673-5"]}, "Reference of a request, with or without dashes"),
    "photo_id": ("photo_id", {"type": "string", "format": "uuid"}, "Id of a photo"),
    "public_photo_id": ("public_photo_id", {"type": "string", "format": "uuid"}, "Id of a copy of a photo for others"),
    "order_id": ("order_id", {"type": "string", "format": "uuid"}, "Id of an order"),
    "call_id": ("call_id", {"type": "string", "format": "uuid"}, "Id of a call"),
    "summons_id": ("summons_id", {"type": "string", "format": "uuid"}, "Id of a summons"),
    "task_id": ("task_id", {"type": "string", "format": "uuid"}, "Id of a task of a call"),
    "meeting_id": ("meeting_id", {"type": "string", "format": "uuid"}, "Id of a meeting on site"),
    "export_id": ("export_id", {"type": "string", "format": "uuid"}, "Id of an export"),
    "call_back_id": ("call_back_id", {"type": "string", "format": "uuid"}, "Id of a call-back"),
    "draw_id": ("inspection_id", {"type": "string", "format": "uuid"}, "Id of a check on site"),
    "exclusion_id": ("exclusion_id", {"type": "string", "format": "uuid"}, "Id of a proposal not to count a request"),
    "link_id": ("outside_link_id", {"type": "string", "format": "uuid"}, "Id of a link to somebody outside"),
    "escalation_id": ("escalation_id", {"type": "string", "format": "uuid"}, "Id of an escalation"),
    "topic_id": ("topic_id", {"type": "string", "format": "uuid"}, "Id of a topic"),
    "holder_id": ("holder_id", {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}, "Id of a holder of the chain"),
    "link_of_chain_id": ("link_id", {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}, "Id of a link of the chain"),
    "step": ("step", {"type": "string"}, "Name of the step"),
    "call_step": ("step", {"type": "string"}, "Name of the step"),
    "summons_step": ("step", {"type": "string"}, "Name of the step"),
    "topic_step": ("step", {"type": "string"}, "Name of the step"),
    "link_step": ("step", {"type": "string", "enum": ["sent", "renew", "withdraw"]}, "Name of the step"),
    "task_step": ("step", {"type": "string", "enum": ["acknowledge", "finish", "give_back", "recall"]}, "Name of the step"),
    "order_step": ("step", {"type": "string", "enum": ["acknowledge", "return", "report", "cancel"]}, "Name of the step"),
}  # fmt: skip
_CONVERTER = re.compile(r"<(\w+):(\w+)>")


@dataclass(slots=True)
class Call:
    """One request of a program, checked: who asks, with which version in mind, with which words."""

    request: HttpRequest
    by: Actor
    path: Mapping[str, Any]
    query: Any = None
    body: Any = None
    version: int | None = None


@dataclass(slots=True)
class Answer:
    """What is answered, where more is to be said than the body."""

    body: Any
    version: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    status: int | None = None


View = Callable[[Call], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A declaration. `permission` "": open to everybody; `version` change: If-Match is asked, read: an ETag is given."""

    name: str
    method: Literal["GET", "POST"]
    path: str  # as Django writes it, below /api/
    tag: str
    summary: str
    view: View | None = None
    plain: Callable[..., HttpResponseBase] | None = None  # does everything itself: the hot path
    answer: Any = None
    status: int = 200
    query: type[msgspec.Struct] | None = None
    filters: bool = False  # takes the filters of the desk's list
    body: Any = None
    permission: str = ""
    media: str = "application/json"
    other_media: tuple[str, ...] = ()  # kinds of files that are given as well
    version: Literal["", "read", "change"] = ""
    files: tuple[str, ...] = ()
    note: Callable[[], str] | str = ""
    more: Mapping[str, Any] = field(default_factory=dict)  # members of its own in the schema
    takes_no_scope: bool = False  # opens its own transactions

    @property
    def address(self) -> str:
        """The address as OpenAPI writes it."""
        return "/api/" + _CONVERTER.sub(lambda found: "{" + PARAMETERS[found[2]][0] + "}", self.path)

    @property
    def parameters(self) -> list[str]:
        """The names of what stands in the address, as the code knows them."""
        return [found[1] for found in _CONVERTER.findall(self.path)]

    @property
    def repeats(self) -> bool:
        """Whether an Idempotency-Key is taken: by intake itself, and wherever somebody with a token writes."""
        writes = bool(self.permission) and not self.takes_no_scope
        return self.method == "POST" and (writes or self.plain is not None)


OPERATIONS: dict[str, Operation] = {}


def operation(
    name: str, method: Literal["GET", "POST"], path: str, *, tag: str, summary: str, **more: Any
) -> Callable[[View], View]:
    """Declare what a function does for programs."""

    def declared(view: View) -> View:
        declare(Operation(name=name, method=method, path=path, tag=tag, summary=summary, view=view, **more))
        return view

    return declared


def declare(one: Operation) -> None:
    """Put a declaration on the list. Raises ValueError for a name that is taken."""
    if one.name in OPERATIONS:
        raise ValueError(f"{one.name} is declared twice")
    OPERATIONS[one.name] = one
