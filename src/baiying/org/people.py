"""Reads about accounts, for the security administrator and for oneself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone

from baiying.org.models import Account, ApiToken, Post, Role
from baiying.org.queries import street_map


@dataclass
class Person:
    """An account with its posts, in force and ended; units are those of the street map."""

    account: Account
    posts: list[Post] = field(default_factory=list)
    ended_posts: list[Post] = field(default_factory=list)


def people(tenant_id: int, *, words: str = "", after: str = "", most: int = 50) -> list[Person]:
    """Accounts of a street by user name, beyond `after`; `words` in user name or name. Two queries."""
    accounts = Account.objects.filter(tenant_id=tenant_id, username__gt=after).order_by("username")
    if words:
        accounts = accounts.filter(Q(username__icontains=words) | Q(name__icontains=words))
    found = {a.pk: Person(a) for a in accounts[:most]}
    _add_posts(tenant_id, found)
    return list(found.values())


def person(tenant_id: int, account_id: int) -> Person | None:
    """One account of the street, else None."""
    account = Account.objects.filter(tenant_id=tenant_id, pk=account_id).first()
    if account is None:
        return None
    found = {account.pk: Person(account)}
    _add_posts(tenant_id, found)
    return found[account.pk]


def _add_posts(tenant_id: int, found: Mapping[int, Person]) -> None:
    units, today = street_map(tenant_id).units, timezone.localdate()
    posts = Post.objects.filter(tenant_id=tenant_id, account_id__in=list(found)).select_related("role")
    for post in posts.order_by("id"):
        post.unit = units[post.unit_id]
        owner = found[post.account_id]
        (owner.posts if post.to_date is None or post.to_date >= today else owner.ended_posts).append(post)


def roles() -> list[Role]:
    """All roles, business first."""
    return list(Role.objects.order_by("admin_kind", "code"))


def post_of(tenant_id: int, post_id: int) -> Post | None:
    """A post of the street, else None."""
    return Post.objects.filter(tenant_id=tenant_id, pk=post_id).select_related("role", "account").first()


def tokens_of(account: Account, *, most: int = 50) -> list[ApiToken]:
    """The account's keys for programs, the latest first; posts with role and unit."""
    rows = ApiToken.objects.filter(tenant_id=account.tenant_id, post__account=account)
    tokens = list(rows.select_related("post__role").order_by("-id")[:most])
    units = street_map(account.tenant_id).units
    for token in tokens:
        token.post.unit = units[token.post.unit_id]
        token.unit = units[token.unit_id] if token.unit_id else None
    return tokens


def token_of(tenant_id: int, token_id: int, *, accounts: Iterable[int] = ()) -> ApiToken | None:
    """A key of the street that is not taken back, of these accounts only when some are given."""
    rows = ApiToken.objects.select_related("post").filter(tenant_id=tenant_id, pk=token_id, revoked_at=None)
    wanted = list(accounts)
    return (rows.filter(post__account_id__in=wanted) if wanted else rows).first()


def people_with(tenant_id: int, permission: str, unit_id: int) -> list[Account]:
    """Who holds this permission at this very unit today, by id; closed accounts left out."""
    today = timezone.localdate()
    posts = Post.objects.filter(
        Q(to_date=None) | Q(to_date__gte=today), tenant_id=tenant_id, unit_id=unit_id, from_date__lte=today,
        role__permissions__contains=[permission], account__is_active=True,
    )  # fmt: skip
    return list(
        {p.account_id: p.account for p in posts.select_related("account").order_by("account_id")}.values()
    )
