"""Programs of other systems: /api/. The addresses are those of the declarations."""

from __future__ import annotations

from collections import defaultdict

from django.urls import URLPattern, URLResolver, path
from django.views.decorators.csrf import csrf_exempt

from baiying.doors.open import every, pages, reading
from baiying.doors.open.carrying_out import view_of
from baiying.doors.open.declaring import OPERATIONS, Operation


def _declared() -> list[URLPattern | URLResolver]:
    assert every.DECLARING
    by_path: dict[str, dict[str, Operation]] = defaultdict(dict)
    for one in OPERATIONS.values():
        by_path[one.path][one.method] = one
    return [
        path(address, view_of(found), name=next(iter(found.values())).name)
        for address, found in by_path.items()
    ]


app_name = "open"
urlpatterns: list[URLPattern | URLResolver] = [
    *_declared(),
    path("openapi.json", csrf_exempt(pages.schema), name="schema"),
    path("<path:rest>", csrf_exempt(reading.no_such_address), name="nothing"),
]
