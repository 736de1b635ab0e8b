"""One SQL call as a prepared statement, by the driver's lowest level: for the hottest path only.

psycopg's cursor looks each parameter's type up, waits in Python and takes the interpreter's lock several times a
call; at 32 clients that was a third of a receipt. Here values go as text, PostgreSQL reads them by the function's
own types, and the interpreter is free from sending to answer.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import pq

Value = str | int | float | bool | UUID | datetime | list[str] | None


class PreparedCall:
    """`SELECT * FROM function(...)` of one row. For connections in autocommit: each call is one transaction."""

    def __init__(self, name: str, arguments: int) -> None:
        marks = ", ".join(f"${n}" for n in range(1, arguments + 1))
        self._statement = f"baiying_{name}".encode()
        self._sql = f"SELECT * FROM {name}({marks})".encode()  # noqa: S608 - a name of ours
        self._known: weakref.WeakSet[psycopg.Connection[object]] = weakref.WeakSet()

    def row(self, connection: psycopg.Connection[object], values: Iterable[Value]) -> list[str | None]:
        """The row's columns as text. Raises what psycopg would: OperationalError when the server is gone."""
        server = connection.pgconn
        if connection not in self._known:
            _checked(server, server.prepare(self._statement, self._sql), pq.ExecStatus.COMMAND_OK)
            self._known.add(connection)
        written: list[Any] = [_written(value) for value in values]  # None is NULL; psycopg's types forget it
        result = server.exec_prepared(self._statement, written)
        _checked(server, result, pq.ExecStatus.TUPLES_OK)
        columns = (result.get_value(0, n) for n in range(result.nfields))
        return [None if column is None else column.decode() for column in columns]


def _list(value: Sequence[str]) -> bytes:
    quoted = (item.replace("\\", "\\\\").replace('"', '\\"') for item in value)
    return ('{"' + '","'.join(quoted) + '"}').encode() if value else b"{}"


# Looked up by exact type: forty chains of isinstance() a call would show.
_WRITERS: dict[type, Callable[[Any], bytes]] = {
    str: str.encode,
    bool: lambda value: b"t" if value else b"f",
    int: lambda value: b"%d" % value,
    float: lambda value: repr(value).encode(),
    UUID: lambda value: value.hex.encode(),
    datetime: lambda value: value.isoformat().encode(),
    list: _list,
}


def _written(value: Value) -> bytes | None:
    """As PostgreSQL reads it from text."""
    if value is None:
        return None
    writer = _WRITERS.get(type(value))
    if writer is None:  # a subclass, such as a choice of a model
        writer = next(writer for kind, writer in _WRITERS.items() if isinstance(value, kind))
    return writer(value)


def _checked(server: pq.abc.PGconn, result: pq.abc.PGresult, wanted: pq.ExecStatus) -> None:
    if result.status == wanted:
        return
    # An error without SQLSTATE is not PostgreSQL's: the library wrote it, because the server fell silent.
    if server.status != pq.ConnStatus.OK or not result.error_field(pq.DiagnosticField.SQLSTATE):
        raise psycopg.OperationalError("the server closed the connection")
    raise psycopg.errors.error_from_result(result)
