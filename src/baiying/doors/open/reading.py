"""GET under /api/v1: the catalogue, the street's units, and one request's state for whoever may see it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from baiying.cases import catalogue, parts, queries, reference, rules
from baiying.cases.clocks import is_estimated
from baiying.cases.models import Case
from baiying.dispatch.models import Order
from baiying.doors.open.requests import actor_of, bearer
from baiying.doors.shared.streets import street_of
from baiying.kit import clock
from baiying.kit.ids import check_reference
from baiying.kit.refusals import NotFound, Refusal
from baiying.org.queries import street_map
from baiying.org.rules import Actor, acting, demand


def categories(request: HttpRequest) -> HttpResponse:
    """The residents' list in force today, with the standard's code behind each entry."""
    only_get(request)
    return JsonResponse(
        {
            "categories": [
                {
                    "code": c.code,
                    "name": c.name,
                    "name_en": c.name_en,
                    "group": c.group,
                    "group_en": c.group_en,
                    "matter": {
                        "standard": c.matter.standard_ref,
                        "code": c.matter.code,
                        "name": c.matter.name,
                    }
                    if c.matter
                    else None,
                    "default_kind": c.default_kind,
                    "anonymous_allowed": c.anonymous_allowed,
                    "limit_working_days": c.limit_days,
                }
                for c in catalogue.categories(clock.today())
            ],
            "kinds": [
                {"code": code, "name": row["name"], "name_en": row["name_en"]}
                for code, row in reference.KINDS.items()
            ],
        },
        json_dumps_params={"ensure_ascii": False},
    )


def units(request: HttpRequest) -> HttpResponse:
    """Communities and grids of a street, with their codes; public, no people."""
    only_get(request)
    street = street_map(street_of(request).id)
    return JsonResponse(
        {
            "street": {"code": street.tenant.code, "name": street.tenant.name},
            "communities": [
                {"code": u.code, "name": u.name, "name_en": u.name_en} for u in street.at_level("community")
            ],
            "grids": [
                {
                    "code": u.code,
                    "name": u.name,
                    "community": street.units[u.parent_id].code if u.parent_id else None,
                }
                for u in street.at_level("grid")
            ],
            "departments": [
                {"code": u.code, "name": u.name, "name_en": u.name_en}
                for u in street.at_level("department", "partner")
            ],
        },
        json_dumps_params={"ensure_ascii": False},
    )


def one_request(request: HttpRequest, reference_text: str) -> HttpResponse:
    """The state of one request, within the scope of the token's post."""
    only_get(request)
    actor = token_actor(request)
    with acting(actor.scope):
        case = case_for(actor, reference_text)
        return JsonResponse(shown(actor, case), json_dumps_params={"ensure_ascii": False})


def token_actor(request: HttpRequest) -> Actor:
    """Whoever the token acts for, who may read cases. Raises Refusal (401), Denied."""
    token = bearer(request)
    if not token:
        raise Refusal(
            code="unauthorized", status=401, field="Authorization", problem=_("查询要用令牌。"),
            remedy=_("居民请用查询链接 /t/<编号>；程序请带上 Authorization: Bearer。"),
        )  # fmt: skip
    actor = actor_of(token)
    demand(actor, rules.READ)
    return actor


def case_for(actor: Actor, reference_text: str) -> Case:
    """The case by its reference, in the scope that is in force. Raises NotFound."""
    rows = Case.objects.within(actor.scope).select_related("category")
    case: Case | None = rows.filter(reference=check_reference(reference_text)).first()
    if case is None:
        raise NotFound(field="reference")
    return case


def shown(actor: Actor, case: Case) -> dict[str, object]:
    """The case with its orders and its parts, in the scope that is in force."""
    units = street_map(case.tenant_id).units
    named = {
        name: {"code": units[unit_id].code, "name": units[unit_id].name} if unit_id else None
        for name, unit_id in (
            ("community", case.community_id),
            ("grid", case.grid_id),
            ("unit", case.unit_id),
        )
    }
    times = ("received_at", "promised_by", "due_at", "handled_at", "closed_at", "updated_at")
    return {
        "reference": case.reference,
        "state": case.state,
        "kind": case.kind,
        "category": {"code": case.category.code, "name": case.category.name},
        **named,
        **{name: value.isoformat() if (value := getattr(case, name)) else None for name in times},
        "is_estimated": is_estimated(street_map(case.tenant_id), case.category, case.due_at),
        "outcome": case.outcome or None,
        "rating": case.rating or None,
        "version": case.version,
        "orders": [_order(order) for order in queries.orders_of(actor.scope, case)],
        "whole": whole.reference if (whole := parts.whole_of(actor.scope, case)) is not None else None,
        "parts": [_part(part) for part in parts.parts_of(case)],
    }


def _order(order: Order) -> dict[str, object]:
    """One order, lead (主办) or support (协办). No persons: units answer for orders."""
    times = ("handed_out_at", "acknowledged_at", "due_at", "ended_at")
    return {
        "id": str(order.id),
        "part": order.part,
        "unit": {"code": order.unit.code, "name": order.unit.name},
        "state": order.state,
        **{name: value.isoformat() if (value := getattr(order, name)) else None for name in times},
        "result": order.result or None,
        "reason": order.reason_code or None,
        "is_final": bool(order.final_reason),
    }


def _part(case: Case) -> dict[str, object]:
    """A part that was split off; read with its own reference."""
    unit = street_map(case.tenant_id).units.get(case.unit_id or 0)
    return {
        "reference": case.reference,
        "state": case.state,
        "category": {"code": case.category.code, "name": case.category.name},
        "unit": {"code": unit.code, "name": unit.name} if unit else None,
        "due_at": case.due_at.isoformat(),
        "outcome": case.outcome or None,
    }


def only_get(request: HttpRequest) -> None:
    """Raises Refusal (405) for anything but GET and HEAD."""
    if request.method not in ("GET", "HEAD"):
        raise Refusal(
            code="method_not_allowed", status=405, problem=_("这个地址只供查询。"), remedy=_("用 GET。")
        )


def no_such_address(request: HttpRequest, rest: str) -> HttpResponse:
    """Anything else under /api/."""
    raise NotFound(problem=_("没有这个接口地址。"), remedy=_("接口说明见 docs/api.md。"))
