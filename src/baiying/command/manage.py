"""`baiying manage ...`: Django's own commands. Without a running street only those work that need no
database.
"""

from __future__ import annotations

import argparse
import os

from baiying.command import environment
from baiying.command.paths import data_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", help="data folder of the running street")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="a Django command and its arguments")


def run(arguments: argparse.Namespace) -> int:
    from django.core.management import execute_from_command_line

    rest: list[str] = arguments.rest
    given = None
    if rest[:1] == ["--data"]:
        given, rest = rest[1], rest[2:]
    data = data_folder(given)
    if environment.is_running(data):
        environment.enter(data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baiying.config.settings")
    execute_from_command_line(["baiying manage", *rest])
    return 0
