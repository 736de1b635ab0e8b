"""`baiying COMMAND`: finds the command, runs it, and turns trouble into one line."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
from collections.abc import Sequence
from typing import Protocol, cast

from baiying import __version__
from baiying.command.trouble import Trouble
from baiying.config.options import WrongSetting

# Each module offers add_arguments(parser) and run(arguments) -> exit code, and is imported only when asked
# for.
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("up", "Start everything: database, web server, worker."),
    "down": ("down", "Stop a street that was started with --detach, or in another window."),
    "test": ("test", "Set up what the test suite needs, and run all of it."),
    "cast": ("cast", "The demonstration accounts: name, role, unit, password, API token."),
    "org": ("org", "Import the tree and the outlines of a street."),
    "replay": ("replay", "Send a file of real messages through the public door, and play the office."),
    "bench": ("bench", "Measure, in a scratch database."),
    "text": ("text", "Learn a label from labelled messages, predict it, say how right it is."),
    "verify": ("verify", "Check what must always hold: figures against raw rows, the journal, cases."),
    "doctor": ("doctor", "Look at this machine and say what is missing."),
    "manage": ("manage", "Django's own commands, against the running street."),
}


# Their arguments are another program's (pytest's, Django's), options and all.
PASSED_ON = {"test", "manage"}


class Command(Protocol):
    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, arguments: argparse.Namespace) -> int: ...


def main(argv: Sequence[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return dispatch(arguments)
    except (Trouble, WrongSetting) as trouble:
        print(f"baiying: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # `baiying cast | head`: the reader has seen enough.
        sys.stderr.close()
        return 0


def dispatch(arguments: list[str]) -> int:
    name = arguments[0] if arguments else ""
    if name in available():
        module = load(name)
        if name in PASSED_ON and arguments[1:2] not in (["--help"], ["-h"]):
            return module.run(argparse.Namespace(rest=arguments[1:]))
        parser = argparse.ArgumentParser(prog=f"baiying {name}", description=COMMANDS[name][1])
        module.add_arguments(parser)
        return module.run(parser.parse_args(arguments[1:]))
    if name in {"--version", "version"}:
        print(f"baiying {__version__}")
        return 0
    usage = "\n".join(f"  {name:<8} {COMMANDS[name][1]}" for name in available())
    if name in {"", "-h", "--help", "help"}:
        print(f"baiying {__version__}\n\n{usage}\n\nbaiying COMMAND --help says more.")
        return 0
    print(f"baiying: there is no command {name!r}. There are:\n{usage}", file=sys.stderr)
    return 2


def available() -> list[str]:
    return [
        name
        for name, (module, _) in COMMANDS.items()
        if importlib.util.find_spec(f"baiying.command.{module}")
    ]


def load(name: str) -> Command:
    return cast(Command, importlib.import_module(f"baiying.command.{COMMANDS[name][0]}"))
