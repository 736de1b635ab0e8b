"""Letters to somebody on leave are told to whoever stands in as well: what they ask for does not wait for a holiday."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from baiying.kit import clock
from baiying.notify.letters import Posting, Recipient
from baiying.org.absences import accounts_in_post, standing
from baiying.org.models import Account


def stand_ins(tenant_id: int, postings: Sequence[Posting]) -> list[Posting]:
    """The same letters to the deputies of those who are away today, about the same promise.

    The one on leave keeps the letter in the inbox; when either has read it, nobody is telephoned. Who is told
    anyway, or is away too without a deputy, or has no post any more, gets none.
    """
    away, today = standing(tenant_id, clock.today()), clock.today()
    told = {(one.promise, one.to.account_id) for one in postings}
    wanted = {
        one.to.account_id: away.present(one.to.account_id)
        for one in postings
        if one.to.account_id is not None and one.to.account_id in away.deputies
    }
    deputies = {deputy for deputy in wanted.values() if deputy is not None}
    if not deputies:
        return []
    in_post = accounts_in_post(tenant_id, today, deputies)
    people = {a.pk: a for a in Account.objects.filter(tenant_id=tenant_id, pk__in=in_post)}
    found = []
    for one in postings:
        deputy = people.get(wanted.get(one.to.account_id or 0) or 0)
        if deputy is not None and (one.promise, deputy.pk) not in told:
            told.add((one.promise, deputy.pk))
            found.append(_for_deputy(one, deputy))
    return found


def _for_deputy(one: Posting, deputy: Account) -> Posting:
    words = _("%(name)s不在岗，由您代班。") % {"name": one.to.name}
    letter = replace(one.letter, body="\n".join(part for part in (words, one.letter.body) if part))
    to = Recipient(account_id=deputy.pk, name=deputy.name)
    return replace(one, to=to, letter=letter, stands_in_for=one.to.name)
