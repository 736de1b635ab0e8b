"""POST /api/v1/requests/<reference>/hand-out: a dispatch system gives a case to a unit, those that support it and a limit."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from baiying.cases import services, supporting
from baiying.cases.models import Case
from baiying.cases.services import StepData
from baiying.doors.open.decoding import HandOut, Support, hand_out_in
from baiying.doors.open.reading import case_for, shown, token_actor
from baiying.doors.open.requests import demand_post, json_body
from baiying.kit.refusals import Invalid, Refusal
from baiying.org.queries import street_map
from baiying.org.rules import Actor, acting


@csrf_exempt
def hand_out(request: HttpRequest, reference_text: str) -> HttpResponse:
    """The lead order and all supporting ones, or nothing at all; answers with the request as it then stands."""
    demand_post(request)
    by = token_actor(request)
    said = hand_out_in(json_body(request))
    with acting(by.scope):
        case = case_for(by, reference_text)
        data = StepData(
            unit_id=_unit(by, said.unit, "unit"), text=said.text, person=said.person, due_at=said.due_at
        )
        case = services.take_step(by, case_id=case.id, step="hand_out", data=data, version=said.version)
        for number, support in enumerate(said.supports):
            _ask_for_support(by, case, said, support, f"supports[{number}]")
        return JsonResponse(
            shown(by, case_for(by, reference_text)), json_dumps_params={"ensure_ascii": False}
        )


def _ask_for_support(by: Actor, case: Case, said: HandOut, support: Support, field: str) -> None:
    """What is left out is as for the unit in charge. A refusal names its place in the list."""
    unit = _unit(by, support.unit, f"{field}.unit")
    try:
        supporting.hand_out_support(
            by, case_id=case.id, unit_id=unit, text=support.text or said.text, due_at=support.due_at or said.due_at
        )  # fmt: skip
    except Refusal as refused:
        refused.field = f"{field}.{refused.field}" if refused.field else field
        raise


def _unit(by: Actor, code: str, field: str) -> int:
    unit = street_map(by.scope.tenant).by_code.get(code)
    if unit is None:
        raise Invalid(
            field=field, problem=_("没有这个承办单位。"), remedy=_("用 GET /api/v1/units 里的代码。")
        )
    return unit.id
