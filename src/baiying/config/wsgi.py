"""The web application, for granian: `baiying.config.wsgi:application`."""

from __future__ import annotations

import os
import threading
import time

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest

from baiying.config.options import WrongSetting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baiying.config.settings")


def address_of(request: HttpRequest) -> str:
    """The sender's address, after our own proxies have been seen through (config/middleware.py)."""
    return str(request.META.get("REMOTE_ADDR", ""))


def guarded_application() -> object:
    """Several web processes with keys of their own would log everybody out at every second click."""
    if settings.SECRETS_ARE_TEMPORARY:
        raise WrongSetting(
            "BAIYING_DATA names no folder with secrets.json: start the service with `baiying up`"
        )
    return get_wsgi_application()


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
