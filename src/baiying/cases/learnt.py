"""The versions that a street has learnt, of categories, of kinds and of urgency: which is in use, what it says, going back.

Pages ask here. A model is loaded only in a process that met a street with a version in use, and each version once.
"""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from baiying.cases import rules
from baiying.cases.models import LearningLook, LearntVersion
from baiying.journal.services import News, record
from baiying.kit import clock
from baiying.kit.refusals import Conflict, Invalid, NotFound
from baiying.org.rules import Actor, Scope, acting, demand, somewhere_in

if TYPE_CHECKING:
    from baiying.kit.learning.grams import Document
    from baiying.kit.learning.model import Features, Model

CATEGORY, KIND, URGENCY = "category", "kind", "urgency"
URGENT, ORDINARY = "urgent", "ordinary"  # what is predicted of urgency
PREDICTS: Final = (CATEGORY, KIND, URGENCY)  # in the order in which a night learns them
CANDIDATE, LIVE, RETIRED, REFUSED = "candidate", "live", "retired", "refused"
WORDS: Final = 0  # the number of what was there on the first day: the list's words alone
MOST_REASON: Final = 500
HELD_SECONDS: Final = 30.0  # how long other processes may still use the version before


@dataclass(frozen=True, slots=True)
class Said:
    """What the version in use says of a text: chances by code; the words are looked for when asked."""

    chances: dict[str, float]
    _model: Model
    _features: Features

    def words_for(self, code: str, most: int) -> tuple[str, ...]:
        """The words of the text that spoke for a code."""
        return self._model.words_for(self._features, code, most) if code in self.chances else ()


@dataclass(frozen=True, slots=True)
class _Held:
    """The versions in use of a street, by what they predict: number and model."""

    until: float
    models: dict[str, tuple[int, Model]]


_held: dict[int, _Held] = {}


def says(tenant_id: int, text: str, predicts: str = CATEGORY) -> Said | None:
    """What the version in use says; None where the street has none."""
    _number, model = _models_of(tenant_id).get(predicts, (WORDS, None))
    if model is None:
        return None
    from baiying.kit.learning.grams import document

    what: Document = document([text])
    features = model.features(what)
    row = model.probabilities([features])[0]
    return Said(dict(model.ranked(row, len(model.labels)).ranked), model, features)


def forget(tenant_id: int | None = None) -> None:
    """The next question looks anew."""
    if tenant_id is None:
        _held.clear()
    else:
        _held.pop(tenant_id, None)


def _models_of(tenant_id: int) -> dict[str, tuple[int, Model]]:
    held = _held.get(tenant_id)
    if held is not None and time.monotonic() < held.until:
        return held.models
    known = held.models if held is not None else {}
    models: dict[str, tuple[int, Model]] = {}
    with somewhere_in(tenant_id):
        live = LearntVersion.objects.filter(tenant_id=tenant_id, state=LIVE)
        for predicts, number in live.values_list("predicts", "number"):
            before = known.get(predicts)
            if before is None or before[0] != number:
                file = live.values_list("model", flat=True).get(predicts=predicts, number=number)
                before = (number, _loaded(bytes(file)))
            models[predicts] = before
    _held[tenant_id] = _Held(time.monotonic() + HELD_SECONDS, models)
    return models


def _loaded(file: bytes) -> Model:
    from baiying.kit.learning.model import load

    return load(io.BytesIO(file))


def versions(scope: Scope, predicts: str = CATEGORY, most: int = 30) -> list[LearntVersion]:
    """All that was learnt, the latest first, without the models."""
    with acting(scope):
        rows = LearntVersion.objects.within(scope).filter(predicts=predicts)
        return list(rows.defer("model").order_by("-number")[:most])


def last_look(scope: Scope, predicts: str = CATEGORY) -> LearningLook | None:
    """What the last night came to."""
    with acting(scope):
        found: LearningLook | None = LearningLook.objects.within(scope).filter(predicts=predicts).first()
        return found


def is_held(tenant_id: int, predicts: str) -> bool:
    """Whether somebody went back: then the night proposes and a person decides. The caller has set the scope."""
    rows = LearntVersion.objects.filter(tenant_id=tenant_id, predicts=predicts)
    live = rows.filter(state=LIVE).values_list("number", flat=True).first() or WORDS
    return rows.filter(state=RETIRED, number__gt=live).exists()


def use(by: Actor, *, number: int, reason: str, predicts: str = CATEGORY) -> None:
    """From now on this version (0: the list's words alone) is in use; with a reason.

    Raises NotFound, Invalid without a reason, Conflict when it is in use or was refused.
    """
    demand(by, rules.SET_LEARNING)
    words = reason.strip()
    if not words:
        raise Invalid(field="reason", problem=_("没有写为什么换。"), remedy=_("请写一句理由，别人查得到。"))
    with acting(by.scope):
        rows = LearntVersion.objects.within(by.scope).filter(predicts=predicts)
        known = {row.number: row for row in rows.defer("model").select_for_update(of=("self",))}
        if number != WORDS and number not in known:
            raise NotFound(problem=_("没有这一版。"), remedy=_("请从列表里选。"))
        live = next((row for row in known.values() if row.state == LIVE), None)
        if number == (live.number if live else WORDS):
            raise Conflict(
                field="number", problem=_("现在用的就是这一版。"), remedy=_("请看看最新情况，再决定。")
            )
        if number != WORDS and known[number].state == REFUSED:
            raise Conflict(
                field="number",
                problem=_("这一版没有比当时在用的更准，不能启用。"),
                remedy=_("请选别的版本，或者用第一天的词表。"),
            )
        before = live.number if live else WORDS
        put(by, live, known.get(number), words[:MOST_REASON])
        tell(by, "cases.learning_set", predicts, number, {"number": number, "before": before})
    forget(by.scope.tenant)


def put(by: Actor, old: LearntVersion | None, new: LearntVersion | None, reason: str) -> None:
    """One version out of use, another in. The caller holds the rows and has set the scope."""
    for row, state in ((old, RETIRED), (new, LIVE)):
        if row is None:
            continue
        row.state, row.put_at = state, clock.now()
        row.put_by, row.put_name, row.reason = by.account_id, by.name, reason
        row.save(update_fields=["state", "put_at", "put_by", "put_name", "reason"])


def tell(by: Actor, event: str, predicts: str, number: int, data: dict[str, Any]) -> None:
    """The journal row: numbers, never a word of a case."""
    record(
        News(
            tenant_id=by.scope.tenant, event=event, subject_kind="learnt_version",
            subject_id=f"{predicts}-{number}", actor_kind=by.kind, actor_id=by.account_id,
            actor_name=by.name, data=data,
        )
    )  # fmt: skip
