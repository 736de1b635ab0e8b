"""What follows from a step within its transaction: proof is kept and compared, chance decides who looks, and an answer
that the rules name leads to the next step by itself.
"""

from __future__ import annotations

from baiying.cases import call_backs, photo_reuse, photos, sampling, steps, together
from baiying.cases.closure import is_valid
from baiying.cases.facts import SPLIT
from baiying.cases.models import Case, Photo
from baiying.cases.reference import rows
from baiying.cases.said import StepData
from baiying.kit import clock
from baiying.kit.lifecycle import Step
from baiying.org.rules import Actor

MOST_BY_ITSELF = 1


def keep_pictures(by: Actor, step: Step, case: Case, data: StepData) -> None:
    """Keep the pictures of a step; after "handle" compare the proof, and draw."""
    if step.name != "handle":
        if data.photos:
            purpose = Photo.Purpose.INSPECTION if step.name in INSPECTED else Photo.Purpose.REPORT
            photos.keep(by, case=case, purpose=purpose, pictures=data.photos, device=data.device)
        return
    kept: list[Photo] = []
    for purpose, pictures in ((Photo.Purpose.BEFORE, data.before_photos), (Photo.Purpose.PROOF, data.photos)):
        if pictures:
            kept += photos.keep(by, case=case, purpose=purpose, pictures=pictures, device=data.device)
    reuses = photo_reuse.look_for_reuse(case, kept) if kept else []
    sampling.draw(by, case, kept, reuses)


INSPECTED = frozenset({"inspect", "find_unsolved"})


def next_by_itself(step: Step, case: Case, data: StepData) -> str:
    """The step that the rules take after this one, or ""."""
    call_backs.settle_after(step, case)
    if (
        step.to == steps.CHECKED and case.channel == SPLIT
    ):  # a part has nobody to call back: it waits for the whole
        return "go_unrated"
    if _goes_higher(step, case, data):
        return "reopen_higher"
    return "close_with_lead" if step.to == steps.RATED and together.is_over(case) else ""


def _goes_higher(step: Step, case: Case, data: StepData) -> bool:
    if step.name != "rate" or data.rating != "dissatisfied" or case.raise_count >= MOST_BY_ITSELF:
        return False
    return data.reason in reasons_that_reopen()


def reasons_that_reopen() -> frozenset[str]:
    """Reasons of a dissatisfied reporter for which a case is taken up again by itself, once."""
    today = clock.today()
    return frozenset(row["code"] for row in rows("reopening") if is_valid(row, today))
