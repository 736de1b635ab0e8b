"""`baiying org import FILE --tenant CODE`: load a street's tree and outlines."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from baiying.command import environment
from baiying.command.paths import data_folder
from baiying.command.trouble import Trouble


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="what", required=True)
    loading = commands.add_parser("import", help="GeoJSON polygons (WGS-84) or a CSV tree")
    loading.add_argument("file", type=Path)
    loading.add_argument(
        "--tenant", required=True, metavar="CODE", help="code of the street, founded when new"
    )
    loading.add_argument("--name", default="", help="name of a new street")
    loading.add_argument("--name-en", default="", help="its English name")
    loading.add_argument("--data", help="data folder of the running street")
    loading.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    environment.enter(data_folder(arguments.data))
    import django

    django.setup()
    from baiying.kit.refusals import Refusal
    from baiying.org.importing import import_file

    try:
        done = import_file(
            arguments.file, code=arguments.tenant, name=arguments.name, name_en=arguments.name_en
        )
    except Refusal as refusal:
        raise Trouble(f"{refusal.field}: {refusal.problem}", str(refusal.remedy)) from None
    if arguments.json:
        print(json.dumps({"tenant": arguments.tenant, "units": done.by_level, "repaired": done.repaired}))
        return 0
    counts = ", ".join(f"{count} {level}" for level, count in sorted(done.by_level.items()))
    print(f"Imported into {arguments.tenant}: {counts}.")
    if done.repaired:
        print(f"Outlines that crossed themselves and were repaired: {', '.join(done.repaired)}")
    return 0
