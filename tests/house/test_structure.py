"""The walls: which way imports and foreign keys point, how large a file grows, what doors may touch."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

import pytest
from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.house.source import CHECKOUT, File, everything, source

FLOORS = [
    "kit",
    "journal",
    "notify",
    "org",
    "webhooks",
    "registry",
    "chain",
    "dispatch",
    "cases",
    "topics",
    "insight",
    "doors",
]
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 50
# The demonstration of every component in every state is one table.
LONG_FUNCTIONS = {
    "src/baiying/doors/shared/kit_samples.py:kit_context",
    # A story is told in one go.
    "tests/browser/test_story.py:test_one_request_from_the_phone_to_rated_closure_and_once_more",
}
LONG_FILES = {"tests/doors/test_resident.py"}

# What each room shows to others, beyond services, queries, rules and events; each with the reason.
PUBLISHED = {
    "journal": {"models": "type of what listeners are told"},
    "notify": {
        "models": "types of letters and tasks on the desk's pages",
        "letters": "what rooms bring to be posted",
        "listening": "the listener that the wiring names",
        "carrying": "what the worker's carriers do",
        "channels": "which channels there are, and what an address looks like",
        "gateways": "how the settings describe them",
        "jobs": "what time does to letters, for the worker",
        "probing": "whether a gateway is there, for doctor",
        "preferences": "a person's own ways of being told",
        "devices": "a person's own browsers that show messages",
        "sealing": "how the settings read a key for web push",
    },
    "org": {
        "models": "foreign keys and types; written by org.services alone",
        "importing": "commands and the demonstration street load trees",
        "absences": "who is away and who stands in: pages and escalation",
        "people": "reads of accounts for the administrators' pages",
        "second_factor": "reads and writes of authenticators",
        "calendars": "reads and writes of the street's working calendar",
        "repeats": "what a program was answered under a key",
    },
    "registry": {"models": "types of buildings and living areas"},
    "webhooks": {
        "models": "types",
        "listening": "the listener, and what rooms let be announced",
        "sending": "one round for a subscription, for the worker's senders",
        "signing": "secret and signature",
        "jobs": "what is old is deleted",
    },
    "chain": {
        "models": "types and scoped query sets",
        "holders": "persons of the chain: putting in, correcting",
        "places": "what can hang in the chain, by level",
        "importing": "lists: shown, done, taken back",
    },
    "dispatch": {
        "announced": "what other systems may be told of calls",
        "order_clocks": "the clocks of supporting orders and of tasks",
        "reference": "the communities' task list",
        "limit_uses": "what each row of the limits does",
        "order_numbers": "numbers of the protocol around orders, the street's own included",
        "models": "types of orders, clocks and of what belongs to a call",
        "calls": "raising a call, sending it out, ending it",
        "calls_answers": "what becomes of a summons",
        "calls_meetings": "meetings on site and their tasks",
        "calls_rating": "both sides are assessed",
        "calls_reading": "reads of calls",
        "calls_limits": "kinds of call and their response times",
        "calls_steps": "the two step tables",
        "clocks": "starting, stopping and moving clocks; answering an escalation",
        "aside": "orders and clocks of a merged case set aside and brought back",
        "limits": "rule profiles and the street's own limits",
        "ruling": "choosing a profile, setting limits",
        "ringing": "what time does to clocks, for the worker",
        "outside": "orders that somebody without an account answers by a link",
        "matching": "rows of rules, and to whom something goes by them",
        "rulesets": "versions of the rules of dispatch: reading, drafting, releasing",
        "calls_clocks": "what the clock of a summons is called",
        "calls_writing": "limits of words; who acts for whom",
    },
    "cases": {
        "announced": "what other systems may be told of cases",
        "exporting": "cases as rows of a table, in chunks",
        "exporting_later": "exports in the background: asking, seeing, cancelling, fetching",
        "export_writing": "exports in the background, for the worker",
        "models": "types and scoped query sets",
        "steps": "the step table",
        "catalogue": "categories by date",
        "learnt": "what the street learnt: versions, which is in use, going back",
        "learning": "the nightly learning, for the worker",
        "urgency": "whether a person has said how urgent a case is",
        "suggesting": "what the words of a text speak for, and why",
        "reference": "kinds, limits and reference rows; loading them",
        "said": "what doors bring to the services",
        "filters": "the conditions of a list",
        "searching": "finding by words",
        "saved": "saved filters",
        "supporting": "supporting orders: their steps",
        "returning": "why an order cannot be returned",
        "outside": "what somebody outside answers about a case",
        "order_notices": "letters about supporting orders and links outside",
        "splitting": "taking a part out of a case",
        "parts": "the parts of a case and their share of its story",
        "rulebook": "the rules asked about a case, and why in words",
        "backtest": "a draft of the rules replayed on past cases",
        "locating": "what a point, a building or words say about the place",
        "wording": "what a line of the timeline says",
        "calling": "calls about cases",
        "around": "what is open around a point",
        "answered": "cases whose reporter has answered the office",
        "named": "what outcomes and channels are called",
        "tracking": "how a reporter gets to their case",
        "preview": "what a reporter is told before sending",
        "public": "what may be shown of a case to others",
        "guarding": "what staff decide about the public version",
        "photos": "where a kept picture lies",
        "facts": "the buckets under which a case is counted",
        "secrets": "phone hashes for searching by number",
        "jobs": "steps that time takes, for the worker",
        "clocks": "which clocks a case has; a listener for the worker",
        "extending": "more time for a case",
        "case_limits": "which limit holds for a case and a step",
        "hard_cases": "finding that a case is hard",
        "closure": "the numbers that closure goes by, and setting them",
        "inspecting": "checks on site by independent grid workers",
        "call_backs": "tasks of calling back: reading and taking them",
        "call_back_results": "what a call-back comes to",
        "exclusions": "explained, not counted: proposing, deciding, appealing",
        "photo_reuse": "pictures that were used before",
        "merging": "merging cases about the same thing, and undoing it",
        "following": "who follows a case, and what they and neighbours may see of it",
        "together": "what merged cases have in common with their lead",
        "candidates": "open cases that may be about the same",
        "similar_rules": "how near and how alike counts as similar, and setting it",
        "raising": "how often a case came back one level higher",
        "sampling": "which cases are drawn for a check on site",
        "published": "what anybody may read of cases: lists in the public version",
        "history": "what anybody may read of how a case went on",
        "incoming": "what another system tells about a case",
        "questions": "questions that belong to a category, and their answers",
    },
    "topics": {"models": "types", "steps": "the step table", "jobs": "the nightly look, for the worker", "effects": "what became of measures, for the worker"},
    "insight": {"rates": "how a profile counts, intervals", "headline": "a claim computed again", "sample": "what the checks on site say of all handled cases", "list_counts": "numbers of the desk's lists", "checking": "figures against raw rows, for verify"},
}  # fmt: skip
ALWAYS = {"services", "queries", "rules", "events", "notices"}
# Files of a room that somebody above still looks into: the benchmark measures the very statement of intake.
LEANING = {("bench", "cases.intake")}


def test_imports_point_down(monkeypatch: pytest.MonkeyPatch) -> None:
    # The linter's own setting of logs would silence every logger of the tests behind it.
    monkeypatch.setattr("logging.config.dictConfig", lambda config: None)
    config = str(CHECKOUT / ".importlinter")
    assert lint_imports(config_filename=config, cache_dir=None, no_cache=True) == EXIT_STATUS_SUCCESS


def test_other_rooms_import_only_what_a_room_publishes() -> None:
    found = set()
    for file in source():
        for name in file.imports():
            room, _dot, module = name.partition(".")
            if room not in PUBLISHED or file.parts[:1] == (room,) or not module:
                continue
            if module not in ALWAYS | set(PUBLISHED[room]):
                found.add((file.room, name))
    assert found == LEANING, sorted(found ^ LEANING)


def test_published_modules_exist() -> None:
    missing = [
        f"{room}.{module}"
        for room, modules in PUBLISHED.items()
        for module in modules
        if not (CHECKOUT / "src" / "baiying" / room / f"{module}.py").exists()
        and not (CHECKOUT / "src" / "baiying" / room / module / "__init__.py").exists()
    ]
    assert missing == []


def test_foreign_keys_point_down() -> None:
    upwards = []
    for model in apps.get_models():
        here = _floor(model.__module__)
        for field in model._meta.concrete_fields:
            target = field.related_model
            there = _floor(target.__module__) if isinstance(target, type) else None
            if here is not None and there is not None and there > here:
                upwards.append(f"{model.__name__}.{field.name} -> {target.__name__}")
    assert upwards == []


def _floor(module: str) -> int | None:
    parts = module.split(".")
    return FLOORS.index(parts[1]) if parts[0] == "baiying" else None


def test_every_room_is_installed_in_the_order_of_the_floors() -> None:
    rooms = [name.split(".")[1] for name in settings.INSTALLED_APPS if name.startswith("baiying.")]
    assert rooms == sorted(rooms, key=FLOORS.index)


def test_files_and_functions_stay_small() -> None:
    long = [f.name for f in everything() if f.text.count("\n") > MOST_LINES and f.name not in LONG_FILES]
    for file in everything():
        for function in file.functions():
            lines = (function.end_lineno or 0) - function.lineno + 1
            name = f"{file.name}:{function.name}"
            if lines > MOST_LINES_OF_A_FUNCTION and name not in LONG_FUNCTIONS:
                long.append(f"{name} ({lines} lines)")
    assert long == []


def test_names_say_something() -> None:
    empty = {"utils", "util", "common", "base", "helpers", "helper", "core", "misc", "manager"}
    assert [f.name for f in source() if f.path.stem in empty or f.path.parent.name in empty] == []


def test_nobody_listens_to_signals() -> None:
    heard = [
        f.name
        for f in source()
        for node in ast.walk(f.tree)
        if isinstance(node, ast.ImportFrom) and re.search(r"\bsignals$|^django\.dispatch", node.module or "")
    ]
    assert heard == []


@pytest.mark.django_db
def test_migrations_are_linear() -> None:
    graph = MigrationLoader(None).graph
    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("baiying.")}
    for label in ours & {key[0] for key in graph.nodes}:
        assert len(graph.leaf_nodes(label)) == 1, label
        own = [key for key in graph.nodes if key[0] == label]
        for key in own:
            assert len([p for p in graph.node_map[key].parents if p.key[0] == label]) <= 1, key


# -- doors fetch through scope ---------------------------------------------------------------------------

# Tables that hold nothing of a case: outlines and names of places, and who is signing in.
FREE_MODELS = {"Building", "LivingArea", "Account"}
# One row of the case that the page has already fetched through its scope.
KNOWN_LINES = {
    "src/baiying/doors/desk/lists.py": "Contact.objects.filter(tenant_id=request.actor.scope.tenant, phone_hash="
}
GOOD = [
    "rows = Case.objects.within(request.actor.scope).filter(state='received')",
    "rows = Case.objects.within(scope)",
    "place = Building.objects.filter(tenant_id=1)",
]
BAD = [
    "rows = Case.objects.all()",
    "rows = Case.objects.filter(id=case_id)",
    "case = Case.objects.get(reference=reference)",
    "Case.objects.create(text='x')",
    "rows = Contact.objects.filter(phone=phone)",
    "case.save()",
    "case.lines.all().delete()",
    "cursor.execute('SELECT 1')",
]


def unscoped(tree: ast.AST) -> Iterator[str]:
    """Lines of a door that fetch past the scope, write a row, or speak SQL."""
    inside = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr == "within"}
    for node in ast.walk(tree):
        is_free = isinstance(node, ast.Attribute) and ast.unparse(node.value) in FREE_MODELS
        if (
            isinstance(node, ast.Attribute)
            and node.attr == "objects"
            and not is_free
            and id(node) not in inside
        ):
            yield f"{node.lineno}: {ast.unparse(node)} without within(scope)"
        writes = {"save", "delete", "bulk_create", "execute"}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in writes:
            yield f"{node.lineno}: {ast.unparse(node.func)}()"


@pytest.mark.parametrize("line", GOOD)
def test_scope_rule_takes_good_lines(line: str) -> None:
    assert list(unscoped(ast.parse(line))) == []


@pytest.mark.parametrize("line", BAD)
def test_scope_rule_finds_bad_lines(line: str) -> None:
    assert len(list(unscoped(ast.parse(line)))) >= 1


# Not rows of the house: buckets of limits in one unlogged table; the version of the database server.
SPEAKS_SQL = {"src/baiying/doors/shared/limits.py", "src/baiying/doors/desk/system.py"}


def test_doors_fetch_through_scope_and_write_through_services() -> None:
    doors = [f for f in source() if f.parts[:1] == ("doors",) and f.name not in SPEAKS_SQL]
    assert [f"{f.name}:{line}" for f in doors for line in _not_known(f, unscoped(f.tree))] == []


def _not_known(file: File, lines: Iterable[str]) -> Iterator[str]:
    known = KNOWN_LINES.get(file.name)
    for line in lines:
        if known is None or known not in file.text.splitlines()[int(line.split(":")[0]) - 1]:
            yield line
