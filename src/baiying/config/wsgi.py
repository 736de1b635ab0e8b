"""The web application, for granian: `baiying.config.wsgi:application`."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from baiying.config.options import WrongSetting
from baiying.kit.stack_room import with_room

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baiying.config.settings")


OF_PROGRAMS = ("/api/", "/open311/")


class Doors:
    """The one WSGI application: programs to their handler, everybody else to Django's full one."""

    def __init__(self) -> None:
        django.setup(set_prefix=False)
        from baiying.config.programs import ProgramsHandler  # reads the settings

        # What is drawn by templates gains by room; what is answered to programs lies less deep and would pay for it.
        self.pages = with_room(WSGIHandler())
        self.programs = ProgramsHandler()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        handler = self.programs if environ.get("PATH_INFO", "").startswith(OF_PROGRAMS) else self.pages
        return handler(environ, start_response)


def guarded_application() -> Doors:
    """Several web processes with keys of their own would log everybody out at every second click."""
    if settings.SECRETS_ARE_TEMPORARY:
        raise WrongSetting(
            "BAIYING_DATA names no folder with secrets.json: start the service with `baiying up`"
        )
    return Doors()


def end_with_parent() -> None:
    """For the web server's own children: when the process above them is killed, they must not keep the
    port.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


application = guarded_application()
end_with_parent()
