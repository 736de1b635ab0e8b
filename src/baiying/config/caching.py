"""How long browsers keep static files; apart from config/static.py, because settings need it before Django
is set up.
"""

from __future__ import annotations

from wsgiref.headers import Headers


def add_headers(headers: Headers, path: str, url: str) -> None:
    """A service worker and module scripts are asked for without a digest now and then; these must not grow
    old.
    """
    if url.endswith((".map", "sw.js")):
        headers["Cache-Control"] = "no-cache"
