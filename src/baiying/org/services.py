"""Writes of the tree, of accounts and posts, and of keys for programs."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from baiying.journal.services import News
from baiying.journal.services import record as record_in_journal
from baiying.kit.refusals import Conflict, Invalid
from baiying.org import queries
from baiying.org.models import Account, ApiToken, Post, Role, Tenant, Unit
from baiying.org.rules import MANAGE_ACCOUNTS, Actor, Scope, acting, demand

TOKEN_PREFIX = "by_"  # noqa: S105


def _note(by: Actor, tenant_id: int, event: str, kind: str, subject: object, **data: object) -> None:
    record_in_journal(
        News(
            tenant_id=tenant_id,
            event=event,
            subject_kind=kind,
            subject_id=str(subject),
            actor_kind=by.kind,
            actor_id=by.account_id,
            actor_name=by.name,
            data=data,
        )
    )


def note_account(by: Actor, account: Account, event: str) -> None:
    """The journal remembers that something about an account changed."""
    _note(by, account.tenant_id, event, "account", account.id)


def record_sign_in(account: Account, event: str) -> None:
    """The journal remembers when somebody came and went (`org.signed_in`, `org.signed_out`); nothing else changes."""
    with acting(Scope(account.tenant_id, "none")):
        who = Actor("staff", account.name, Scope(account.tenant_id, "none"), account_id=account.id)
        _note(who, account.tenant_id, event, "account", account.id)


@transaction.atomic
def open_account(
    by: Actor,
    *,
    tenant: Tenant,
    username: str,
    name: str,
    password: str,
    name_en: str = "",
    must_change: bool = True,
    hashed: str = "",
) -> Account:
    """A security administrator opens an account; it can do nothing until it is appointed to a post.

    `hashed`: the same password, checked and hashed before; the demonstration cast shares one, and hashing is slow
    on purpose.
    """
    demand(by, MANAGE_ACCOUNTS)
    _same_street(by, tenant.id)
    username = username.strip().lower()
    if not username or len(username) > 60 or not username.isascii():
        raise Invalid(
            field="username",
            problem=_("用户名要用英文字母、数字和下划线，不超过 60 个字。"),
            remedy=_("换一个用户名。"),
        )
    if Account.objects.filter(username=username).exists():
        raise Conflict(field="username", problem=_("这个用户名已经有人用了。"), remedy=_("换一个用户名。"))
    if not name.strip():
        raise Invalid(field="name", problem=_("没有填写姓名。"), remedy=_("请填写这位同志的姓名。"))
    account = Account(
        tenant=tenant,
        username=username,
        name=name.strip()[:60],
        name_en=name_en[:120],
        must_change_password=must_change,
    )
    if hashed:
        account.password = hashed
    else:
        _set_checked_password(account, password)
    account.save()
    _note(by, tenant.id, "org.account_opened", "account", account.id, username=username)
    return account


@transaction.atomic
def set_password(by: Actor, *, account: Account, password: str, must_change: bool) -> Account:
    """Somebody changes their own password, or a security administrator resets a forgotten one."""
    if by.account_id != account.id:
        demand(by, MANAGE_ACCOUNTS)
        _same_street(by, account.tenant_id)
    _set_checked_password(account, password)
    account.must_change_password = must_change
    account.save(update_fields=["password", "must_change_password"])
    _note(by, account.tenant_id, "org.password_set", "account", account.id)
    return account


def _set_checked_password(account: Account, password: str) -> None:
    try:
        validate_password(password, account)
    except ValidationError as refused:
        raise Invalid(
            field="password", problem=" ".join(refused.messages), remedy=_("换一个更难猜的密码。")
        ) from None
    account.set_password(password)


@transaction.atomic
def set_account_active(by: Actor, *, account: Account, active: bool) -> Account:
    """A security administrator closes an account (nothing it did is lost) or opens it again."""
    demand(by, MANAGE_ACCOUNTS)
    _same_street(by, account.tenant_id)
    if account.id == by.account_id:
        raise Conflict(
            field="account", problem=_("不能停用自己的账号。"), remedy=_("请另一位安全管理员来办。")
        )
    account.is_active = active
    account.save(update_fields=["is_active"])
    _note(
        by,
        account.tenant_id,
        "org.account_activated" if active else "org.account_closed",
        "account",
        account.id,
    )
    return account


@transaction.atomic
def appoint(by: Actor, *, account: Account, unit: Unit, role: Role, since: date | None = None) -> Post:
    """A security administrator gives an account a post, from today or as held `since`. Administrators hold no other
    post, nor each other's.
    """
    demand(by, MANAGE_ACCOUNTS)
    _same_street(by, account.tenant_id)
    locked = Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
    if unit.tenant_id != locked.tenant_id:
        raise Invalid(field="unit", problem=_("这个单位不属于本街道。"), remedy=_("请选本街道的单位。"))
    if unit.level not in role.levels:
        raise Invalid(
            field="role",
            problem=_("“%(role)s”不能设在“%(unit)s”这一级。") % {"role": role.name, "unit": unit.name},
            remedy=_("换一个角色，或换一个单位。"),
        )
    held = Post.objects.filter(tenant_id=locked.tenant_id, account=locked, to_date__isnull=True)
    if held.exists() and locked.admin_kind != role.admin_kind:
        raise Conflict(
            field="role",
            problem=_("系统管理员、安全管理员、审计管理员和业务岗位互相排斥，一个账号只能占一种。"),
            remedy=_("请另开一个账号。"),
        )
    if held.filter(unit=unit, role=role).exists():
        raise Conflict(field="role", problem=_("这个账号已经有这个岗位。"), remedy=_("不用再安排。"))
    if locked.admin_kind != role.admin_kind:
        locked.admin_kind = role.admin_kind
        locked.save(update_fields=["admin_kind"])
    post = Post.objects.create(
        tenant_id=locked.tenant_id,
        account=locked,
        unit=unit,
        role=role,
        admin_kind=role.admin_kind,
        from_date=since or timezone.localdate(),
    )
    _note(
        by,
        locked.tenant_id,
        "org.appointed",
        "post",
        post.id,
        account=locked.id,
        unit=unit.code,
        role=role.code,
    )
    return post


@transaction.atomic
def end_post(by: Actor, *, post: Post) -> Post:
    """A security administrator ends a post from today; its keys for programs end with it."""
    demand(by, MANAGE_ACCOUNTS)
    _same_street(by, post.tenant_id)
    post.to_date = timezone.localdate() - timedelta(days=1)
    post.save(update_fields=["to_date"])
    ApiToken.objects.filter(tenant_id=post.tenant_id, post=post, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    _note(by, post.tenant_id, "org.post_ended", "post", post.id)
    return post


def _same_street(by: Actor, tenant_id: int) -> None:
    if by.scope.tenant != tenant_id:
        demand(Actor(kind="staff", name=by.name, scope=by.scope, unit_name=by.unit_name), MANAGE_ACCOUNTS)


@transaction.atomic
def issue_token(
    by: Actor, *, post: Post, label: str, permissions: Iterable[str] = (), expires_at: datetime | None = None,
    unit: Unit | None = None,
) -> tuple[ApiToken, str]:  # fmt: skip
    """A key for a program under a post; returned in clear this once and never again.

    permissions and unit narrow it: what the post itself may not do or see, the key never may. Raises Invalid.
    """
    if by.account_id != post.account_id:
        demand(by, MANAGE_ACCOUNTS)
        _same_street(by, post.tenant_id)
    wanted = sorted(set(permissions))
    if not set(wanted) <= set(post.role.permissions):
        raise Invalid(
            field="permissions", problem=_("令牌的权限不能超出岗位的权限。"), remedy=_("请从列表里选。")
        )
    if unit is not None and queries.narrowed(queries.scope_of(post), unit) is None:
        raise Invalid(
            field="unit", problem=_("令牌的范围不能超出岗位的范围。"), remedy=_("请选本辖区里的单位。")
        )
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid(field="expires_at", problem=_("有效期已经过了。"), remedy=_("请选以后的一天。"))
    clear = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        tenant_id=post.tenant_id,
        post=post,
        label=label.strip()[:80] or "API",
        hash=hash_token(clear),
        permissions=wanted,
        expires_at=expires_at,
        unit=unit,
    )
    _note(by, post.tenant_id, "org.token_issued", "token", token.id, post=post.id)
    return token, clear


@transaction.atomic
def revoke_token(by: Actor, *, token: ApiToken) -> ApiToken:
    """The holder or a security administrator takes a key back."""
    if by.account_id != token.post.account_id:
        demand(by, MANAGE_ACCOUNTS)
        _same_street(by, token.tenant_id)
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    _note(by, token.tenant_id, "org.token_revoked", "token", token.id)
    return token


def hash_token(clear: str) -> str:
    """SHA-256 in hex: a key has 256 bits of chance, so a slow hash would protect nothing and cost every call."""
    return hashlib.sha256(clear.encode()).hexdigest()


def actor_of_token(clear: str) -> Actor | None:
    """The actor behind a key, or None when it is unknown, revoked, expired or its account is closed."""
    rows = ApiToken.objects.select_related("post__account", "post__role").filter(
        hash=hash_token(clear), revoked_at__isnull=True, post__account__is_active=True
    )
    token = rows.first()
    now = timezone.now()
    if token is None or (token.expires_at is not None and token.expires_at <= now):
        return None
    post = token.post
    if post.from_date > timezone.localdate() or (
        post.to_date is not None and post.to_date < timezone.localdate()
    ):
        return None
    units = queries.street_map(token.tenant_id).units
    post.unit = units[post.unit_id]
    within = units[token.unit_id] if token.unit_id else None
    return queries.actor_for(post, post.account, only=token.permissions, within=within)


@transaction.atomic
def put_tenant(
    *, code: str, short_code: str, name: str, name_en: str = "", district: tuple[str, str] = ("", ""), city: str = "",
    schematic: bool = False,
) -> Tenant:  # fmt: skip
    """Found a street, or correct its names; used by imports. The short code stays once it is given."""
    tenant = Tenant.objects.filter(code=code).first()
    if tenant is None:
        last = Tenant.objects.order_by("-id").values_list("id", flat=True).first() or 0
        tenant = Tenant(id=last + 1, code=code, short_code=short_code)
    tenant.name, tenant.name_en = name, name_en
    tenant.district_code, tenant.district_name, tenant.city_name = district[0], district[1], city
    tenant.is_schematic = schematic
    tenant.save()
    return tenant


def put_unit(
    *, tenant: Tenant, level: str, code: str, name: str, parent: Unit | None, **facts: object
) -> Unit:
    """Found a unit or correct it (by code); used by imports, under the street's scope."""
    unit = Unit.objects.filter(tenant=tenant, code=code).first() or Unit(tenant=tenant, code=code)
    unit.level, unit.name, unit.parent = level, name, parent
    for field, value in facts.items():
        setattr(unit, field, value)
    unit.save()
    return unit


def raise_map_version(tenant: Tenant) -> None:
    """Tell every process to read the outlines again."""
    tenant.map_version += 1
    tenant.save(update_fields=["map_version"])


def in_street(tenant: Tenant) -> object:
    """The whole street's scope, for imports and jobs."""
    return acting(Scope(tenant.id, "street"))
