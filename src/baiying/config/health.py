"""Is the process alive, and can it serve? For the launcher, proxies and watchers; says nothing about
anybody.
"""

from __future__ import annotations

from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers, whatever the database does: a restart would not bring the database
    back.
    """
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when requests can be served, 503 with the missing part otherwise."""
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
        current = tables_are_current()
    except DatabaseError:
        return JsonResponse({"database": "unreachable"}, status=503, headers={"Cache-Control": "no-store"})
    state = {"database": "ok", "tables": "ok" if current else "older than this version"}
    return JsonResponse(state, status=200 if current else 503, headers={"Cache-Control": "no-store"})


_current = False


def tables_are_current() -> bool:
    """Whether every migration of this version has been applied; once they have, nobody takes them back."""
    global _current
    if not _current:
        executor = MigrationExecutor(connections["default"])
        _current = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _current
