"""Leave (权限) and scope: who may do what, and over which branch of the tree.

An act needs a permission *and* a scope that covers the thing acted on. Permissions are declared by the room
they belong to, each with one sentence; roles are rows that bundle them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from baiying.kit import rls
from baiying.kit.language import is_english
from baiying.kit.refusals import Denied

Level = Literal["street", "community", "grid", "unit", "case", "public", "audit", "none"]


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission's code and the sentence that a denial shows."""

    code: str
    name: str | Promise
    sentence: str | Promise


PERMISSIONS: dict[str, Permission] = {}


def declare(code: str, name: str | Promise, sentence: str | Promise) -> str:
    """Declare a permission at import time of the room that owns it; returns the code."""
    PERMISSIONS[code] = Permission(code, name, sentence)
    return code


MANAGE_ACCOUNTS = declare(
    "org.manage_accounts", _("管理账号"), _("开通、停用工作账号，安排岗位，重置密码，收回接口令牌。")
)
MANAGE_STRUCTURE = declare(
    "org.manage_structure", _("管理系统"), _("维护组织机构和网格边界，查看系统运行状况；看不到居民诉求。")
)
MANAGE_ABSENCES = declare(
    "org.manage_absences",
    _("安排代班"),
    _("登记本辖区同志什么时候不在岗、由谁代班；本人不在岗，自己就能登记。"),
)
MANAGE_CALENDAR = declare(
    "org.manage_calendar", _("维护工作日历"), _("登记节假日、调休上班和工作时间；时限按它计算。")
)
READ_JOURNAL = declare("journal.read", _("查阅审计日志"), _("查阅谁在什么时候做了什么；看不到诉求内容。"))


@dataclass(frozen=True, slots=True)
class Scope:
    """A branch of the tree. `unit` is the community, grid, department or partner; `case` one single case.

    `account`: which member of staff looks, for rows that are one person's alone (letters); 0 = the service or a
    resident. Two scopes of the same branch are the same scope.
    """

    tenant: int
    level: Level
    unit: int = 0
    case: UUID | None = None
    account: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member of staff under a post, the reporter of one case, or the system itself."""

    kind: Literal["staff", "reporter", "system"]
    name: str
    scope: Scope
    account_id: int | None = None
    post_id: int | None = None
    role: str = ""
    unit_id: int | None = None
    unit_name: str = ""
    unit_name_en: str = ""
    permissions: frozenset[str] = field(default_factory=frozenset)

    def has(self, permission: str) -> bool:
        """Whether the actor holds the permission anywhere; the system holds all."""
        return self.kind == "system" or permission in self.permissions

    @property
    def unit_said(self) -> str:
        """The unit's name in the reader's language; `unit_name` is the one that is kept."""
        return self.unit_name_en if is_english() and self.unit_name_en else self.unit_name


class Placed(Protocol):
    """A row that knows its place in the tree."""

    tenant_id: int
    community_id: int | None
    grid_id: int | None
    unit_id: int | None


def covers(scope: Scope, row: Placed) -> bool:
    """Whether the scope's branch contains the row."""
    if scope.tenant != row.tenant_id:
        return False
    if scope.level == "street":
        return True
    if scope.level == "community":
        return row.community_id == scope.unit
    if scope.level == "grid":
        return row.grid_id == scope.unit
    if scope.level == "unit":
        return row.unit_id == scope.unit
    return scope.level == "case" and getattr(row, "pk", None) == scope.case


def demand(actor: Actor, permission: str, row: Placed | None = None) -> None:
    """Refuse unless the actor holds the permission and, when a row is given, over that row.

    Raises Denied, which names the permission and the unit at which it was missing.
    """
    declared = PERMISSIONS[permission]
    if not actor.has(permission) or (row is not None and not covers(actor.scope, row)):
        raise Denied(
            permission=declared.name, sentence=declared.sentence, unit=actor.unit_said or _("本单位")
        )


_current: ContextVar[Scope | None] = ContextVar("baiying_scope", default=None)


def current_scope() -> Scope | None:
    """The scope in force in this context, or None."""
    return _current.get()


@contextmanager
def acting(scope: Scope) -> Iterator[None]:
    """One transaction under a scope: row-level security shows and takes only this branch.

    Scopes nest; the outer one is set again when the inner ends.
    """
    outer, is_inside = _current.get(), connection.in_atomic_block
    with transaction.atomic():
        _set(scope, outer)
        token = _current.set(scope)
        try:
            yield
        finally:
            _current.reset(token)
            # After an error inside a broken transaction nothing can be set; the rollback takes it back anyway.
            if outer is not None and not connection.needs_rollback:
                _set(outer, scope)
            elif scope.account and is_inside and not connection.needs_rollback:
                # A transaction that goes on without a scope must not go on as this person.
                _set(Scope(scope.tenant, scope.level, scope.unit, scope.case), scope)


@contextmanager
def seeing(scope: Scope) -> Iterator[None]:
    """Another branch is looked at within a transaction, without a savepoint of its own: for reading only.

    Costs two statements, or none where that branch is in sight already; the person who looks stays the same.
    Outside a transaction, or from another tenant, the same as `acting`.
    """
    outer = _current.get()
    if outer is None or outer.tenant != scope.tenant or not connection.in_atomic_block:
        with acting(scope):
            yield
        return
    if outer == scope and scope.account in (0, outer.account):
        yield
        return
    inner = replace(scope, account=scope.account or outer.account)
    _set(inner, outer)
    token = _current.set(inner)
    try:
        yield
    except DatabaseError:
        # Nothing more can be said in this transaction, and nothing may be read in it under the wrong scope.
        connection.set_rollback(True)
        raise
    finally:
        _current.reset(token)
        if not connection.needs_rollback:
            _set(outer, inner)


@contextmanager
def somewhere_in(tenant_id: int) -> Iterator[None]:
    """Any branch of a tenant, for rows that every branch of it may read: the one in sight, else the public one."""
    held = _current.get()
    if held is not None and held.tenant == tenant_id and held.level not in ("audit", "none"):
        yield
    else:
        with acting(Scope(tenant_id, "public")):
            yield


def _set(scope: Scope, before: Scope | None) -> None:
    # Said only where an account is or was: residents' requests pay nothing for it.
    account = scope.account if scope.account or (before is not None and before.account) else None
    with connection.cursor() as cursor:
        cursor.execute(rls.scope_sql(scope.tenant, scope.level, scope.unit, scope.case, account))
