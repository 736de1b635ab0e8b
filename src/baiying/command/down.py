"""`baiying down`: stops the street of a data folder."""

from __future__ import annotations

import argparse

from baiying.command import detached
from baiying.command.paths import data_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", help="data folder of the street")


def run(arguments: argparse.Namespace) -> int:
    print(detached.stop(data_folder(arguments.data)))
    return 0
