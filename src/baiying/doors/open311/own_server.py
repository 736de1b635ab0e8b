"""How the self-test speaks with the running server: over HTTP, as a stranger would, without cookie or session."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from baiying.kit.refusals import Refusal

SECONDS: Final = 10
FORM: Final = "application/x-www-form-urlencoded"


class NotReached(Refusal):
    """Nobody answered at either address."""


@dataclass(frozen=True, slots=True)
class Got:
    """One answer."""

    status: int
    headers: dict[str, str]  # names in lower case
    body: str

    @property
    def type(self) -> str:
        """The whole Content-Type."""
        return self.headers.get("content-type", "")

    @property
    def root(self) -> str:
        """The name of the outermost element behind the XML declaration with its encoding, else ""."""
        declaration, _break, rest = self.body.partition("\n")
        is_declared = declaration.lower() == '<?xml version="1.0" encoding="utf-8"?>'
        return (
            rest[1:].split(">")[0].split("/")[0].split(" ")[0] if is_declared and rest.startswith("<") else ""
        )

    @property
    def rows(self) -> Any:
        """What the JSON holds; None when it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass
class OwnServer:
    """The server at `base`, asked for one street. `host`: under which name, where the address is another one."""

    base: str
    street: str
    key: str
    host: str = ""
    asked: int = field(default=0)

    def get(self, path: str, *, edition: str = "v2", street: str | None = "", **query: str) -> Got:
        """A page below the edition; street None leaves the jurisdiction out."""
        return self._ask("GET", self._path(path, edition, street, query))

    def post(
        self, path: str, *, edition: str = "test/v2", kind: str = FORM, body: str = "", **form: str
    ) -> Got:
        """A form, by default to the test endpoint."""
        given = {"jurisdiction_id": self.street} | form
        return self._ask(
            "POST", f"/open311/{edition}/{path}", body or urlencode(given), {"Content-Type": kind}
        )

    def options(self, path: str) -> Got:
        """What a browser asks before it lets a foreign page send."""
        return self._ask("OPTIONS", f"/open311/v2/{path}", headers={"Origin": "https://example.org"})

    def strange(self, path: str) -> Got:
        """A method that nothing here knows."""
        return self._ask("DELETE", f"/open311/v2/{path}")

    def _path(self, path: str, edition: str, street: str | None, query: dict[str, str]) -> str:
        given = ({} if street is None else {"jurisdiction_id": street or self.street}) | query
        return f"/open311/{edition}/{path}?{urlencode(given)}"

    def _ask(self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> Got:
        self.asked += 1
        place = urlsplit(self.base)
        kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
        line = kind(place.hostname or "", place.port, timeout=SECONDS)
        said = {"Accept-Language": "zh-hans"} | (headers or {}) | ({"Host": self.host} if self.host else {})
        try:
            line.request(method, path, body.encode() or None, said)
            answer = line.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Got(answer.status, found, answer.read(2**22).decode(errors="replace"))
        except (OSError, http.client.HTTPException) as error:
            raise NotReached(
                code="not_reached", status=503, problem=f"{self.base}: {type(error).__name__}"
            ) from None
        finally:
            line.close()
