"""Changing the chain: who holds a place, who a person is, handing everything over when somebody leaves."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_safe

from baiying.chain import places, queries, services
from baiying.chain.holders import Person, correct_holder, put_holder
from baiying.chain.models import Holder, Link
from baiying.chain.queries import LEVEL_NAMES
from baiying.chain.rules import MANAGE, READ, READ_NEIGHBOURS
from baiying.doors.desk.chain import change_url, crumbs_to, demand_inside
from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.names import duty_of, name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_refusal
from baiying.kit import clock
from baiying.kit.refusals import NotFound, Refusal
from baiying.org.absences import accounts_within
from baiying.org.models import Account, Unit
from baiying.org.queries import street_map
from baiying.org.rules import Actor, demand

ROWS: Final = 100
Choices = list[tuple[str, Any]]


def _date_field(label: Any, hint: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label, help_text=hint, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def _choice(form: forms.Form, name: str, choices: Choices) -> None:
    chosen = form.fields[name]
    assert isinstance(chosen, forms.ChoiceField)
    chosen.choices = [("", _("请选择")), *choices]


class AssignForm(forms.Form):
    """Who takes over one place, and from when."""

    holder = forms.ChoiceField(label=later("责任人"))
    from_date = _date_field(later("从哪天起"))


class EndForm(forms.Form):
    """A link ends and nobody follows."""

    until_date = _date_field(later("从哪天起不再负责"), later("没有人接手的话，这里就成了空缺。"))


class HolderForm(forms.Form):
    """A person of the chain: no more than the duty needs."""

    unit = forms.ChoiceField(label=later("所在单位"))
    name = forms.CharField(label=later("姓名"), max_length=30)
    duty = forms.CharField(label=later("职务"), max_length=60)
    phone = forms.CharField(
        label=later("办公电话"),
        max_length=20,
        required=False,
        help_text=later("会向居民公布；不要填私人号码。"),
    )
    account = forms.ChoiceField(label=later("工作账号"), required=False)

    def offer(self, actor: Actor, held: Holder | None) -> None:
        """Units and accounts of the actor's branch."""
        street = street_map(actor.scope.tenant)
        levels = (Unit.Level.SUBDISTRICT, Unit.Level.COMMUNITY, Unit.Level.GRID)
        units = [
            u
            for u in street.at_level(*levels)
            if actor.scope.level == "street" or actor.scope.unit in (u.id, u.parent_id)
        ]
        _choice(self, "unit", [(str(u.id), name_of(u)) for u in units])
        accounts = [(str(a.pk), f"{a.name} {a.username}") for a in accounts_within(actor.scope)]
        if held is not None and held.account_id and str(held.account_id) not in dict(accounts):
            accounts.append((str(held.account_id), held.account.name if held.account else ""))
        _choice(self, "account", accounts)
        if held is not None:
            del self.fields["unit"]  # whoever moves to another unit hands over and is put in there anew

    def person(self) -> Person:
        """What was said, as the services take it."""
        told = self.cleaned_data
        account = Account.objects.filter(pk=int(told["account"])).first() if told["account"] else None
        return Person(name=told["name"], duty=told["duty"], phone=told["phone"], account=account)


def refuse(form: forms.Form, refusal: Refusal, names: dict[str, str] | None = None) -> None:
    """The refusal beside its field, else above the form."""
    for part in refusal.parts:
        wanted = (names or {}).get(part.field or "", part.field)
        form.add_error(wanted if wanted in form.fields else None, say_refusal(part))


# -- one place -----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(READ)
def child(request: StaffRequest, level: int, child_id: int) -> HttpResponseBase:
    """Who held, holds and will hold a place; changed or ended by whoever manages the chain."""
    actor = request.actor
    place = places.child_of(actor.scope, level, child_id) if level in places.LEVELS else None
    if place is None:
        raise NotFound()
    demand_inside(actor, place)
    if level not in places.POSTED:
        demand(actor, READ_NEIGHBOURS, place)
    current = queries.holders_of(actor.scope, level, [child_id], clock.today()).get(child_id)
    assign, end = _child_forms(request, place)
    if request.method == "POST" and (done := _changed(request, place, current, assign, end)):
        messages.success(request, done)
        return redirect(change_url(level, child_id))
    may_manage = actor.has(MANAGE) and (level > 1 or actor.scope.level == "street")
    context = {
        "crumbs": [*crumbs_to(actor, place.community_id, place.grid_id), {"label": place.name, "href": ""}],
        "heading": place.name, "below": LEVEL_NAMES[level][1], "above": LEVEL_NAMES[level][0], "current": current,
        "history": list(queries.history(actor, level, child_id)), "today": clock.today(),
        "assign": assign if may_manage else None, "end": end if may_manage and current and not current.until_date else None,
        "may_manage": actor.has(MANAGE),
    }  # fmt: skip
    status = 422 if assign.errors or end.errors else 200
    return desk_page(request, "desk/chain_child.html", context, status=status)


def _child_forms(request: StaffRequest, place: places.Child) -> tuple[AssignForm, EndForm]:
    wanted = request.POST.get("action") if request.method == "POST" else ""
    today = {"from_date": clock.today(), "until_date": clock.today()}
    assign = AssignForm(request.POST if wanted == "assign" else None, initial=today, auto_id="assign-%s")
    end = EndForm(request.POST if wanted == "end" else None, initial=today, auto_id="end-%s")
    _choice(assign, "holder", _holder_choices(request.actor, place))
    return assign, end


def _holder_choices(actor: Actor, place: places.Child) -> Choices:
    """Who may hold the place: street staff for a community, else the community's own people, the grid's first."""
    rows = queries.holders_within(actor).filter(community_id=None if place.level == 1 else place.community_id)
    if place.level in (4, 5):
        rows = rows.exclude(pk=place.id)
    found = sorted(rows, key=lambda h: (h.grid_id != place.grid_id, h.code))
    return [(str(h.pk), f"{name_of(h)} · {duty_of(h)} · {name_of(h.unit)}") for h in found]


def _changed(
    request: StaffRequest, place: places.Child, current: Link | None, assign: AssignForm, end: EndForm
) -> str:
    """What was done, in words; nothing when it was refused and the form says why."""
    names = {"holder": "holder", "from": "from_date", "until": "until_date"}
    form: forms.Form = assign if assign.is_bound else end
    if not form.is_bound or not form.is_valid():
        return ""
    try:
        if assign.is_bound:
            link = services.assign(
                request.actor, level=place.level, child_id=place.id,
                holder_id=int(assign.cleaned_data["holder"]), from_date=assign.cleaned_data["from_date"],
            )  # fmt: skip
            return _("“%(place)s”改由%(name)s负责。") % {"place": place.name, "name": link.holder.name}
        if current is not None:
            services.end_link(request.actor, link_id=current.pk, until_date=end.cleaned_data["until_date"])
            return _("“%(place)s”的挂包已定结束日期。") % {"place": place.name}
    except Refusal as refusal:
        refuse(form, refusal, names)
    return ""


# -- persons -------------------------------------------------------------------------------------------------


@require_safe
@staff_page(READ)
def holders(request: StaffRequest) -> HttpResponse:
    """Persons of the chain, by code; found by name, duty or code."""
    words = request.GET.get("q", "").strip()[:40]
    after = request.GET.get("after", "")[:60]
    rows = list(queries.holders_within(request.actor, words=words).filter(code__gt=after)[: ROWS + 1])
    here = reverse("desk_chain_holders")
    older = f"{here}?q={words}&after={rows[ROWS - 1].code}" if len(rows) > ROWS else ""
    context = {"holders": rows[:ROWS], "words": words, "older_url": older, "newer_url": here if after else "",
               "may_manage": request.actor.has(MANAGE)}  # fmt: skip
    return desk_page(request, "desk/chain_holders.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(MANAGE)
def new_holder(request: StaffRequest) -> HttpResponseBase:
    """A person enters the chain."""
    form = HolderForm(request.POST or None)
    form.offer(request.actor, None)
    if request.method == "POST" and form.is_valid():
        try:
            unit = street_map(request.actor.scope.tenant).units[int(form.cleaned_data["unit"])]
            made = put_holder(request.actor, unit=unit, person=form.person())
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("已登记%(name)s，接着就可以安排挂包。") % {"name": made.name})
            return redirect("desk_chain_holder", holder_id=made.pk)
    return desk_page(
        request,
        "desk/chain_holder_new.html",
        {"form": form, "may_manage": True},
        status=422 if form.errors else 200,
    )


def _found(request: StaffRequest, holder_id: int) -> Holder:
    found = (
        Holder.objects.within(request.actor.scope)
        .filter(pk=holder_id)
        .select_related("unit", "account")
        .first()
    )
    is_shown = found is not None and (
        found.is_public or found.community_id is None or queries.may_see_neighbours(request.actor)
    )
    if found is None or not is_shown:
        raise NotFound()
    assert isinstance(found, Holder)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(READ)
def holder(request: StaffRequest, holder_id: int) -> HttpResponseBase:
    """A person of the chain: what they answer for; name, duty and telephone corrected."""
    found = _found(request, holder_id)
    told = {"name": found.name, "duty": found.duty, "phone": found.phone, "account": found.account_id or ""}
    form = HolderForm(request.POST or None, initial=told)
    form.offer(request.actor, found)
    if request.method == "POST" and form.is_valid():
        try:
            correct_holder(request.actor, holder_id=found.pk, person=form.person())
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("已更正。"))
            return redirect("desk_chain_holder", holder_id=found.pk)
    context = {"holder": found, "links": _said_links(request.actor, found), "may_manage": request.actor.has(MANAGE),
               "form": form if request.actor.has(MANAGE) else None}  # fmt: skip
    return desk_page(request, "desk/chain_holder.html", context, status=422 if form.errors else 200)


def _said_links(actor: Actor, held: Holder) -> list[dict[str, Any]]:
    found = []
    for link in queries.links_of(actor, held, clock.today()):
        thing = link.unit or link.courtyard or link.person
        name = name_of(thing) if thing is not None else places.of_home(link.home).name if link.home else ""
        found.append(
            {
                "link": link,
                "name": name,
                "what": LEVEL_NAMES[link.level][1],
                "href": change_url(link.level, link.child_id),
            }
        )
    return found


# -- handing over --------------------------------------------------------------------------------------------


class HandOverForm(forms.Form):
    """One successor for everything, and others for single places."""

    from_date = _date_field(later("从哪天起"))
    everything = forms.ChoiceField(
        label=later("全部交给"), required=False, help_text=later("下面没有另选的，都交给这一位。")
    )

    def offer(self, actor: Actor, links: list[dict[str, Any]]) -> None:
        """A choice of persons for each link."""
        held = {one["link"].level: one["link"] for one in links}
        choices = {
            level: _holder_choices(actor, services.found_child(actor, level, link.child_id))
            for level, link in held.items()
        }
        leaver = {str(one["link"].holder_id) for one in links}
        choices = {level: [c for c in offered if c[0] not in leaver] for level, offered in choices.items()}
        _choice(self, "everything", next(iter(choices.values()), []))
        for one in links:
            name = f"link_{one['link'].pk}"
            self.fields[name] = forms.ChoiceField(label=f"{one['what']} {one['name']}", required=False)
            _choice(self, name, choices[one["link"].level])
            one["field"] = self[name]

    def successors(self) -> dict[int, int]:
        """link -> who takes it."""
        told = self.cleaned_data
        found = {
            int(name.removeprefix("link_")): told[name] or told["everything"]
            for name in self.fields
            if name.startswith("link_")
        }
        return {link: int(who) for link, who in found.items() if who}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(MANAGE)
def hand_over(request: StaffRequest, holder_id: int) -> HttpResponseBase:
    """Somebody leaves: everything goes to successors in one step."""
    found = _found(request, holder_id)
    links = _said_links(request.actor, found)
    form = HandOverForm(request.POST or None, initial={"from_date": clock.today()})
    form.offer(request.actor, links)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.hand_over(
                request.actor, holder_id=found.pk, successors=form.successors(),
                from_date=form.cleaned_data["from_date"],
            )  # fmt: skip
        except Refusal as refusal:
            refuse(form, refusal, {"from": "from_date", "successor": "everything", "holder": "everything"})
        else:
            messages.success(
                request, _("%(name)s的 %(n)d 项挂包已全部移交。") % {"name": found.name, "n": len(made)}
            )
            return redirect("desk_chain_holder", holder_id=found.pk)
    context = {"holder": found, "links": links, "form": form, "may_manage": True}
    return desk_page(request, "desk/chain_hand_over.html", context, status=422 if form.errors else 200)
