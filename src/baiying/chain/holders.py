"""The persons of the chain: put in, corrected. Name, public duty, office telephone, account - nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from baiying.chain.models import Holder
from baiying.chain.places import Child
from baiying.chain.rules import MANAGE
from baiying.chain.services import record
from baiying.kit.refusals import Conflict, Denied, Gathered, Invalid, NotFound, worded
from baiying.kit.text import normalise_phone
from baiying.kit.versions import not_overtaken
from baiying.org.models import Account, Unit
from baiying.org.rules import PERMISSIONS, Actor, demand


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What is said about a person of the chain."""

    name: str
    duty: str
    phone: str = ""
    account: Account | None = None
    code: str = ""  # drawn when empty
    name_en: str = ""
    duty_en: str = ""


@transaction.atomic
def put_holder(by: Actor, *, unit: Unit, person: Person, is_public: bool = False) -> Holder:
    """A person enters the chain: street staff at the subdistrict, everybody else at a community or grid."""
    community_id, grid_id = branch_of(unit)
    demand_over(by, unit.tenant_id, community_id, grid_id)
    said = checked(person, None, unit.tenant_id)
    code = said.code or _next_code(unit)
    if Holder.objects.filter(tenant_id=unit.tenant_id, code=code).exists():
        raise Conflict(
            field="code",
            problem=worded(_("编号“%(code)s”已经有人用了。"), code=code),
            remedy=_("换一个编号。"),
        )
    holder = Holder.objects.create(
        tenant_id=unit.tenant_id, code=code, name=said.name, name_en=said.name_en, duty=said.duty,
        duty_en=said.duty_en, phone=said.phone, account=said.account, unit=unit, community_id=community_id,
        grid_id=grid_id, is_public=is_public,
    )  # fmt: skip
    record(by, "chain.holder_put", "holder", holder.pk, community_id, grid_id, {"code": code})
    return holder


@transaction.atomic
def correct_holder(by: Actor, *, holder_id: int, person: Person, version: int | None = None) -> Holder:
    """Name, duty, telephone or account were wrong or have changed; the links stay."""
    rows = Holder.objects.within(by.scope).select_for_update(of=("self",))
    holder: Holder | None = rows.filter(pk=holder_id).first()
    if holder is None:
        raise NotFound()
    demand_over(by, holder.tenant_id, holder.community_id, holder.grid_id)
    not_overtaken(holder, version, state="left" if holder.left_on else "active")
    said = checked(person, holder, holder.tenant_id)
    changed = [
        name for name in ("name", "duty", "phone", "account", "name_en", "duty_en")
        if getattr(holder, name) != getattr(said, name)
    ]  # fmt: skip
    for name in changed:
        setattr(holder, name, getattr(said, name))
    holder.save(update_fields=changed)
    record(by, "chain.holder_corrected", "holder", holder.pk, holder.community_id, holder.grid_id,
           {"fields": changed})  # fmt: skip
    return holder


def branch_of(unit: Unit) -> tuple[int | None, int | None]:
    """(community, grid) of somebody who stands at this unit. Raises Invalid."""
    if unit.level == Unit.Level.SUBDISTRICT:
        return None, None
    if unit.level == Unit.Level.COMMUNITY:
        return unit.id, None
    if unit.level == Unit.Level.GRID:
        return unit.parent_id, unit.id
    raise Invalid(
        field="unit", problem=_("责任人要在街道、社区或网格里。"), remedy=_("请选街道、社区或网格。")
    )


def demand_over(by: Actor, tenant_id: int, community_id: int | None, grid_id: int | None) -> None:
    """Leave to manage persons of a branch; the street's own staff only for the street. Raises Denied."""
    demand(by, MANAGE, Child(0, 0, "", "", tenant_id, community_id, grid_id))
    if community_id is None and by.scope.level != "street":
        declared = PERMISSIONS[MANAGE]
        raise Denied(permission=declared.name, sentence=declared.sentence, unit=_("街道"))


def checked(person: Person, holder: Holder | None, tenant_id: int) -> Person:
    """The person as it will be kept. Raises Invalid, Conflict or several refusals at once."""
    gathered = Gathered()
    phone = person.phone.strip()
    with gathered.one():
        if not person.name.strip() or len(person.name) > 30:
            raise Invalid(field="name", problem=_("姓名要填，不超过 30 个字。"), remedy=_("请填写姓名。"))
    with gathered.one():
        if not person.duty.strip() or len(person.duty) > 60:
            raise Invalid(
                field="duty", problem=_("职务要填，不超过 60 个字。"), remedy=_("例如“社区党委副书记”。")
            )
    with gathered.one():
        if phone and normalise_phone(phone) is None:
            raise Invalid(
                field="phone", problem=_("这不像一个电话号码。"),
                remedy=_("请填 11 位手机号，或带区号的固定电话。"),
            )  # fmt: skip
    with gathered.one():
        if person.account is not None:
            _check_account(person.account, holder, tenant_id)
    gathered.settle()
    return Person(
        name=person.name.strip(), duty=person.duty.strip(), phone=normalise_phone(phone) or "",
        account=person.account, code=person.code.strip()[:60], name_en=person.name_en.strip()[:120],
        duty_en=person.duty_en.strip()[:120],
    )  # fmt: skip


def _check_account(account: Account, holder: Holder | None, tenant_id: int) -> None:
    if account.tenant_id != tenant_id or not account.is_active or account.admin_kind != 0:
        raise Invalid(field="account", problem=_("这个账号不能用。"), remedy=_("请选本街道在用的业务账号。"))
    others = Holder.objects.filter(tenant_id=tenant_id, account=account, left_on=None)
    if holder is not None:
        others = others.exclude(pk=holder.pk)
    if others.exists():
        raise Conflict(
            field="account",
            problem=_("这个账号已经是另一位责任人的。"),
            remedy=_("一个账号只对应一位责任人。"),
        )


def _next_code(unit: Unit) -> str:
    rows = Holder.objects.filter(tenant_id=unit.tenant_id, code__startswith=f"{unit.code}-")
    taken = set(rows.values_list("code", flat=True))
    return next(code for n in range(1, 100_000) if (code := f"{unit.code}-{n:03d}") not in taken)
