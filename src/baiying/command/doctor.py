"""`baiying doctor`: looks at this machine, line by line, and says what to do about what is missing."""

from __future__ import annotations

import argparse
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from baiying.command import browser, environment, external, islands
from baiying.command.cluster import Cluster
from baiying.command.paths import CHECKOUT, PACKAGE, DataFolder, data_folder
from baiying.command.postgres_programs import find_programs
from baiying.command.trouble import Trouble
from baiying.command.up import is_taken
from baiying.config import options
from baiying.config.gateways import read_gateways
from baiying.config.options import WrongSetting
from baiying.kit.calendar import is_published
from baiying.notify.probing import trouble_with

LEAST_FREE = 2 * 2**30
NOTICE_MONTH = 11


@dataclass(frozen=True, slots=True)
class Finding:
    subject: str
    is_ok: bool
    text: str
    remedy: str = ""
    # What only the suite or the build needs; its absence does not keep the service from running.
    is_needed: bool = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", help="data folder of the street")
    parser.add_argument("--port", type=int, help="port of the web server")
    parser.add_argument(
        "--try-gateways", action="store_true", help="knock at the gateways of letters; nothing is sent"
    )


def run(arguments: argparse.Namespace) -> int:
    data = data_folder(arguments.data)
    findings = list(look_around(data, arguments.port))
    if arguments.try_gateways:
        findings += look_at_gateways()
    for finding in findings:
        mark = "ok     " if finding.is_ok else ("MISSING" if finding.is_needed else "absent ")
        print(
            f"{mark}  {finding.subject:<14} {finding.text}"
            + (f" -> {finding.remedy}" if finding.remedy else "")
        )
    return 1 if any(finding.is_needed and not finding.is_ok for finding in findings) else 0


def look_around(data: DataFolder, port: int | None) -> Iterator[Finding]:
    yield look_at_python()
    yield from guarded("settings", look_at_settings)
    yield from guarded("database", lambda: look_at_database(data))
    yield look_at_node()
    yield look_at_browser()
    yield look_at_fonts()
    yield look_at_translations()
    yield look_at_disk(data)
    yield look_at_folder(data)
    yield from guarded("port", lambda: look_at_port(data, port))
    yield from guarded("calendar", lambda: look_at_calendar(data))


def guarded(subject: str, look: Callable[[], Finding]) -> Iterator[Finding]:
    try:
        yield look()
    except Trouble as trouble:
        yield Finding(subject, False, trouble.problem, trouble.remedy)
    except WrongSetting as wrong:
        yield Finding(subject, False, str(wrong), "docs/settings.md lists what is allowed")


def look_at_python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("python", sys.version_info >= (3, 11), f"{version} ({sys.executable})")


def look_at_settings() -> Finding:
    readers: dict[str, Callable[[str], object]] = {
        "flag": options.flag,
        "count": options.count,
        "words": options.words,
        "networks": options.networks,
        "path": options.path,
    }
    for option in options.OPTIONS:
        readers.get(option.kind, options.text)(option.name)
    read_gateways()
    if unknown := options.unknown_names():
        return Finding(
            "settings", False, f"unknown: {', '.join(unknown)}", "docs/settings.md lists all names"
        )
    given = [option.name for option in options.OPTIONS if os.environ.get(option.name)]
    return Finding("settings", True, ", ".join(given) or "all at their defaults")


def look_at_gateways() -> Iterator[Finding]:
    """Each gateway of letters that is set: whether it answers. Addresses carry passwords and are not shown."""
    try:
        gateways = read_gateways()
    except WrongSetting:
        return  # said by the line about the settings
    if not gateways:
        yield Finding("gateways", True, "none set; letters lie in the inbox")
    for channel, gateway in gateways.items():
        trouble = trouble_with(gateway)
        remedy = "letters wait and are tried again; see docs/operating.md" if trouble else ""
        yield Finding(
            channel, not trouble, f"{gateway.host_said} {trouble or 'answers'}", remedy, is_needed=False
        )


def look_at_database(data: DataFolder) -> Finding:
    if given := external.given_database():
        return Finding("database", True, f"PostgreSQL at {external.without_password(given.owner)}")
    programs = find_programs(Cluster(data.postgres, log=data.log / "postgresql.log").major_on_disk())
    return Finding("database", True, f"PostgreSQL {programs.version} ({programs.source}, {programs.folder})")


def look_at_node() -> Finding:
    if CHECKOUT is None or not any(CHECKOUT.glob("vite.config.*")):
        return Finding("node", True, "not needed here")
    node = islands.find_node()
    if node is None:
        return Finding(
            "node", True, "none of 20.19 or newer; `up` fetches one when the browser parts must be built"
        )
    return Finding("node", True, str(node.node))


def look_at_browser() -> Finding:
    found = browser.find_browser()
    remedy = "" if found else "`baiying test` installs one, or: apt-get install chromium"
    return Finding(
        "browser", found is not None, str(found or "only the test suite needs it"), remedy, is_needed=False
    )


def look_at_fonts() -> Finding:
    found = browser.has_chinese_font()
    text = "Chinese can be shown" if found else "no Chinese font for the browser tests"
    return Finding("fonts", found, text, "" if found else "apt-get install fonts-noto-cjk", is_needed=False)


def look_at_translations() -> Finding:
    """Pages are Chinese first; what is looked at here is the English beside it."""
    sources = list((PACKAGE / "locale").glob("*/LC_MESSAGES/*.po"))
    stale = [source for source in sources if not source.with_suffix(".mo").exists()]
    text = f"{len(sources)} translated" if not stale else f"not compiled yet: {stale[0].parts[-3]}"
    return Finding("locale", not stale, text, "`baiying up` compiles them" if stale else "", is_needed=False)


def look_at_disk(data: DataFolder) -> Finding:
    folder = next(path for path in [data.root, *data.root.parents] if path.exists())
    free = shutil.disk_usage(folder).free
    text = f"{free / 2**30:.1f} GB free at {folder}"
    return Finding(
        "disk", free >= LEAST_FREE, text, "" if free >= LEAST_FREE else "make room: 2 GB are little enough"
    )


def look_at_folder(data: DataFolder) -> Finding:
    if not data.root.exists():
        parent = next(path for path in data.root.parents if path.exists())
        usable = os.access(parent, os.W_OK | os.X_OK)
        text = f"{data.root} will be made" if usable else f"{data.root} cannot be made"
        return Finding("data folder", usable, text, "" if usable else "choose a folder of yours with --data")
    status = data.root.stat()
    if status.st_uid != os.geteuid() and os.geteuid() != 0:
        return Finding(
            "data folder", False, f"{data.root} belongs to another account", "choose one with --data"
        )
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Finding("data folder", False, f"{data.root} is open to others", f"chmod 700 {data.root}")
    return Finding("data folder", True, str(data.root))


def look_at_port(data: DataFolder, port: int | None) -> Finding:
    number = port or options.count("BAIYING_PORT")
    state = environment.read_state(data)
    if state and environment.is_running(data):
        return Finding("port", True, f"a street is running at {state.address}")
    if is_taken(options.text("BAIYING_BIND"), number):
        return Finding("port", False, f"{number} is in use", f"baiying up --port {number + 1}")
    return Finding("port", True, f"{number} is free")


def look_at_calendar(data: DataFolder, today: date | None = None) -> Finding:
    """Holidays of this and the next year; the notice for a year comes out the November before."""
    today = today or date.today()  # noqa: DTZ011  (the machine's own day is good enough to look ahead by a year)
    years = [today.year, *([today.year + 1] if today.month >= NOTICE_MONTH else [])]
    missing = [year for year in years if not is_published(year)]
    if missing and environment.is_running(data):
        missing = [year for year in missing if _streets_without(data, year)]
    said = ", ".join(str(year) for year in years)
    if not missing:
        return Finding("calendar", True, f"holidays known for {said}")
    text = f"no holidays yet for {', '.join(str(year) for year in missing)}: limits that reach there are estimated"
    remedy = "system administrator: /desk/calendar/import, once the State Council's notice is out"
    return Finding("calendar", False, text, remedy, is_needed=False)


def _streets_without(data: DataFolder, year: int) -> list[str]:
    """Streets that have not entered this year themselves."""
    environment.enter(data)
    import django

    django.setup()
    from baiying.org.calendars import unknown_years
    from baiying.org.queries import tenants

    return [tenant.code for tenant in tenants() if unknown_years(tenant.id, [year])]
