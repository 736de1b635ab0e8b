"""How this room words its letters: to the owner of a topic, and to whoever decides when its effect can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from django.utils.translation import gettext as _

from baiying.journal.models import Entry
from baiying.kit.recurring.effect import LEAST_DAYS
from baiying.notify.letters import Letter, Posting, Recipient, Settled
from baiying.org.models import Account
from baiying.org.people import people_with
from baiying.org.queries import street_map
from baiying.topics import rules
from baiying.topics.effects import EFFECT_KNOWN

GIVEN: Final = ("topics.opened", "topics.handed_over", "topics.reopened")
ENDED: Final = ("topics.closed", "topics.dismissed", "topics.proposed_again")


def letters_for(entry: Entry) -> list[Posting | Settled]:
    """The letters of one journal entry about a topic, and what it settles."""
    if entry.subject_kind != "topic":
        return []
    found: list[Posting | Settled] = []
    # Whoever had it before need not look any more, nor need its owner once the measure is there.
    if entry.event in (*GIVEN, *ENDED, "topics.measure_taken"):
        kinds = (*GIVEN, EFFECT_KNOWN) if entry.event in ENDED else GIVEN
        found.append(Settled(subject_kind="topic", subject_id=entry.subject_id, kinds=kinds))
    notice = _NOTICES.get(entry.event)
    return [*found, *notice(entry)] if notice is not None else found


def _given(entry: Entry) -> Iterable[Posting]:
    title = _("一个热点话题由您负责")
    said = _(
        "请先看它为什么被提出、有哪些诉求；采取措施以后登记开始的日期，满 %(days)s 天系统比较前后的数量。"
    )
    body = said % {"days": LEAST_DAYS}
    return [_posting(entry, account, title, body) for account in _owner(entry)]


def _effect_known(entry: Entry) -> Iterable[Posting]:
    """The owner, and those of the street who may close it."""
    title = _("一个热点话题可以看出效果了：%(verdict)s") % {"verdict": _VERDICTS[entry.data["verdict"]]()}
    body = _(
        "措施前 %(before_days)s 天有 %(before)s 件，之后 %(after_days)s 天有 %(after)s 件。请决定是否销项。"
    )
    root = street_map(entry.tenant_id).root.id
    told = {a.id: a for a in (*_owner(entry), *people_with(entry.tenant_id, rules.MANAGE, root))}
    return [_posting(entry, account, title, body % entry.data) for account in told.values()]


def _owner(entry: Entry) -> list[Account]:
    return list(
        Account.objects.filter(tenant_id=entry.tenant_id, id=entry.data.get("owner_id"), is_active=True)
    )


def _posting(entry: Entry, account: Account, title: str, body: str) -> Posting:
    return Posting(
        to=Recipient(account_id=account.id, name=account.name),
        letter=Letter(kind=entry.event, title=title, body=body, link=f"/desk/topics/{entry.subject_id}/"),
        promise=f"{entry.event}:{entry.id}:{account.id}", subject_kind="topic", subject_id=entry.subject_id,
        community_id=entry.community_id, grid_id=entry.grid_id, unit_id=entry.unit_id,
    )  # fmt: skip


_VERDICTS: Final[dict[str, Callable[[], str]]] = {
    "fell": lambda: _("下降了"),
    "same": lambda: _("没有明显变化"),
    "rose": lambda: _("上升了"),
    "early": lambda: _("件数太少，还看不出来"),
}
_NOTICES: Final[dict[str, Callable[[Entry], Iterable[Posting]]]] = {
    **dict.fromkeys(GIVEN, _given),
    EFFECT_KNOWN: _effect_known,
}
