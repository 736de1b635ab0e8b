"""Renders the kit pages to files, with all static files beside them, so that they can be looked at without a street.

Run `python tests/doors/shared/render_kit.py OUT`, then serve OUT with any static file server.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import django
from django.conf import settings

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT / "src/baiying/doors/shared"


def configure() -> None:
    """Settings for templates only: no database, no sessions."""
    settings.configure(
        SECRET_KEY="kit",
        USE_TZ=True,
        TIME_ZONE="Asia/Shanghai",
        LANGUAGE_CODE="zh-hans",
        LANGUAGES=[("zh-hans", "中文"), ("en", "English")],
        LOCALE_PATHS=[str(ROOT / "src/baiying/locale")],
        STATIC_URL="/static/",
        SESSION_COOKIE_SECURE=False,
        INSTALLED_APPS=["django.contrib.staticfiles", "baiying.doors.shared"],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.template.context_processors.i18n",
                        "baiying.doors.shared.context.look",
                    ]
                },
            }
        ],
    )
    django.setup()


def render_all(out: Path) -> None:
    from django.template.loader import render_to_string
    from django.test import RequestFactory

    from baiying.doors.shared.views import KITS, kit_page

    shutil.copytree(SHARED / "static", out / "static", dirs_exist_ok=True)
    for door in KITS:
        for size in ("normal", "large"):
            request = RequestFactory().get("/", {"text": size})
            (out / f"{door}-{size}.html").write_bytes(kit_page(request, door).content)
    request = RequestFactory().get("/")
    pages = {
        "login": ("shared/login.html", {"street_name": "雪宫街道"}),
        "error": (
            "shared/error.html",
            {
                "status": 503,
                "title": "现在存不进去",
                "problem": "数据库暂时连不上。",
                "safe": "此前收到回执的诉求都已保存好，不会丢失。",
                "remedy": "请过几分钟再试；急事请打社区值班电话。",
                "request_id": "7f3a9c21",
                "kept": "6 号楼前路灯不亮三天了",
            },
        ),
    }
    for name, (template, context) in pages.items():
        (out / f"{name}.html").write_text(render_to_string(template, context, request=request))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "src"))
    configure()
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    render_all(target)
