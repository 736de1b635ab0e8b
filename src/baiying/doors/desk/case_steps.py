"""What somebody does on the page of a case: steps, notes, photos, and looking at the telephone number."""

from __future__ import annotations

import time
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_POST

from baiying.cases import queries, rules, services, steps, wording
from baiying.cases.models import Case, Line
from baiying.cases.said import StepData
from baiying.doors.desk.case_forms import NoteForm, PhotosForm, StepForm, Words, show_refusal
from baiying.doors.desk.case_pages import REVEALED, REVEALED_FOR, UNDO, Unsettled, show_case
from baiying.doors.shared.pictures import read_uploads
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit import text
from baiying.kit.lifecycle import Step
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound, Refusal

# step: (the step that takes it back, what the bar says, the words that go with it)
UNDO_OF: Final[dict[str, tuple[str, Words, Words]]] = {
    "hand_out": ("recall", later("派错了？"), later("派单后当即撤回，重新派单。")),
    "ask": ("stop_waiting", later("不用问了？"), ""),
    "park": ("unpark", later("不用挂账了？"), ""),
}
_A_MINUTE: Final = 60


@require_POST
@staff_page(rules.READ)
def take_step(request: StaffRequest, reference: str, step: str) -> HttpResponse:
    """One step; on success back to the case with a word about what comes next, else the page with all words kept."""
    case = queries.case_by_reference(request.actor.scope, reference)
    row = steps.LIFECYCLE.step(step)
    if row is None:
        raise NotFound(problem=_("没有这一步。"), remedy=_("请从诉求页面上选一步。"))
    form = StepForm(row, case, request.POST, request.FILES)
    is_sound, photos, before, refusal = form.is_valid(), [], [], None
    try:
        photos = read_uploads(request.FILES.getlist("photos"))
        before = read_uploads(request.FILES.getlist("before_photos"), field="before_photos")
    except Refusal as refused:
        is_sound, refusal = False, show_refusal(form, refused)
    if not is_sound and _is_current(form, case):
        return show_case(request, case, Unsettled(form=form, refusal=refusal))
    try:
        done = _take(request, case, form, form.said(photos, before))
    except (Invalid, Denied) as refused:
        left, kept = show_refusal(form, refused), _words_of(form) if isinstance(refused, Denied) else ""
        return show_case(request, case, Unsettled(form=form, refusal=left, kept=kept, status=refused.status))
    except Conflict as refused:
        return _overtaken(request, case, form, refused)
    return _went_well(request, done, row)


def _is_current(form: StepForm, case: Case) -> bool:
    version = form.cleaned_data.get("version")
    return case.state in form.step.from_states and version in (None, case.version)


def _take(request: StaffRequest, case: Case, form: StepForm, data: StepData) -> Case:
    version = form.cleaned_data.get("version")
    return services.take_step(request.actor, case_id=case.id, step=form.step.name, data=data, version=version)


def _overtaken(request: StaffRequest, case: Case, form: StepForm, refused: Conflict) -> HttpResponse:
    lines = queries.lines_of(case, public_only=False)
    if _is_own_echo(request, lines, form.step):
        return redirect("desk_case", reference=case.reference)
    if refused.field in form.fields and refused.field != "version":
        return show_case(
            request, case, Unsettled(form=form, refusal=show_refusal(form, refused), status=refused.status)
        )
    unsettled = Unsettled(
        form=_renewed(form, case, lines),
        refusal=refused,
        is_overtaken=True,
        kept=_words_of(form),
        status=refused.status,
        meanwhile=queries.lines_since(lines, form.data.get("seen", "")),
    )
    return show_case(request, case, unsettled)


def _words_of(form: StepForm) -> str:
    """What somebody wrote, to be given back where the form itself is no longer offered."""
    return "\n".join(part for part in (form.data.get("text", ""), form.data.get("inner", "")) if part)


def _is_own_echo(request: StaffRequest, lines: list[Line], step: Step) -> bool:
    """The same person pressed the same button twice: the first press counted, there is nothing to complain of."""
    last = lines[-1] if lines else None
    if last is None or (last.step, last.actor_id) != (step.name, request.actor.account_id):
        return False
    return time.time() - last.at.timestamp() < _A_MINUTE


def _renewed(form: StepForm, case: Case, lines: list[Line]) -> StepForm:
    """The same words over the case as it is now, so that they can be sent after a look."""
    renewed = {"version": str(case.version), "seen": lines[-1].id.hex if lines else ""}
    return StepForm(form.step, case, {**form.data, **renewed})


def _went_well(request: StaffRequest, case: Case, step: Step) -> HttpResponse:
    line = queries.lines_of(case, public_only=False)[-1]
    said = format_html(_("{}：{}。"), case.reference, wording.say_line(line, "staff"))
    following = queries.next_case(request.actor, apart_from=case.id)
    if following is not None:
        said = format_html(
            '{} {} <a href="{}">{} {}</a>',
            said,
            _("下一件："),
            reverse("desk_case", kwargs={"reference": following[0].reference}),
            following[0].reference,
            text.first_words(following[0].text, 20),
        )
    messages.success(request, said)
    if not _still_in_sight(request, case):
        messages.info(request, _("这件诉求已经不在您的范围内，所以回到了列表。"))
        return redirect("desk_cases")
    _offer_undo(request, case, step)
    return redirect("desk_case", reference=case.reference)


def _still_in_sight(request: StaffRequest, case: Case) -> bool:
    return bool(Case.objects.within(request.actor.scope).filter(id=case.id).exists())


def _offer_undo(request: StaffRequest, case: Case, step: Step) -> None:
    request.session.pop(UNDO, None)
    back, question, words = UNDO_OF.get(step.name, ("", "", ""))
    if not back:
        return
    request.session[UNDO] = {
        "case": str(case.id),
        "step": back,
        "text": str(question),
        "url": reverse("desk_case_step", kwargs={"reference": case.reference, "step": back}),
        "fields": {"version": case.version, "text": str(words)},
    }


@require_POST
@staff_page(rules.NOTE)
def add_note(request: StaffRequest, reference: str) -> HttpResponse:
    """A word for colleagues, or for the reporter."""
    case = queries.case_by_reference(request.actor.scope, reference)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return show_case(request, case, Unsettled(form=form))
    is_public = form.cleaned_data["reader"] == "public"
    try:
        services.add_note(request.actor, case_id=case.id, text=form.cleaned_data["text"], is_public=is_public)
    except Invalid as refused:
        return show_case(request, case, Unsettled(form=form, refusal=show_refusal(form, refused)))
    messages.success(request, _("已写给居民。") if is_public else _("内部记录已保存。"))
    return redirect("desk_case", reference=case.reference)


@require_POST
@staff_page(rules.NOTE)
def add_photos(request: StaffRequest, reference: str) -> HttpResponse:
    """More pictures for a case that is not closed."""
    case = queries.case_by_reference(request.actor.scope, reference)
    form = PhotosForm(request.POST, request.FILES)
    form.full_clean()
    try:
        pictures = read_uploads(request.FILES.getlist("photos"))
        if not pictures:
            raise Invalid(field="photos", problem=_("还没有选照片。"), remedy=_("请选照片再上传。"))
        services.add_photos(request.actor, case_id=case.id, pictures=pictures)
    except Refusal as refused:
        left = show_refusal(form, refused)
        return show_case(request, case, Unsettled(form=form, refusal=left, status=refused.status))
    messages.success(request, _("照片已经上传。"))
    return redirect("desk_case", reference=case.reference)


@require_POST
@staff_page(rules.READ, rules.READ_CONTACT)
def reveal_contact(request: StaffRequest, reference: str) -> HttpResponse:
    """Show name and telephone number for ten minutes; that it was looked at is recorded."""
    case = queries.case_by_reference(request.actor.scope, reference)
    services.reveal_contact(request.actor, case_id=case.id)
    now = time.time()
    shown: dict[str, Any] = {
        k: until for k, until in request.session.get(REVEALED, {}).items() if until > now
    }
    request.session[REVEALED] = shown | {str(case.id): now + REVEALED_FOR}
    return redirect(reverse("desk_case", kwargs={"reference": case.reference}) + "#contact")
