"""The list of every object: its page, its exact count, and the views people keep."""

from __future__ import annotations

from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bihuan.core.desk import Desk
from bihuan.core.errors import NotFound, Refused
from bihuan.core.query import find_field
from bihuan.web import condition, respond
from bihuan.web.address import meaning
from bihuan.web.counts import counts
from bihuan.web.list_page import ListPage, switch
from bihuan.web.once import takes_once
from bihuan.web.rule_page import RulePage
from bihuan.web.saved_view import SavedView
from bihuan.web.views.bulk import commands_offered
from bihuan.web.views.door import desk_of


@require_safe
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    """The list. A sent filter or column form only leads to the address that says the same plainly."""
    desk = desk_of(request, slug)
    page = ListPage(desk, request.actor, request.GET)  # type: ignore[attr-defined]
    if "f-field" in request.GET or "column" in request.GET:
        return HttpResponseRedirect(plain_address(page))
    if respond.is_fragment(request) and page.filter_form:
        return respond.part(request, "web/parts/filter_form.html", {"page": page, "form": page.filter_form})
    if respond.is_fragment(request) and "rows" in request.GET:
        return respond.part(request, "web/parts/list_more.html", {"page": page})
    return respond.page(request, "web/pages/list.html", _context(request, desk, page))


def _context(request: HttpRequest, desk: Desk, page: ListPage) -> dict[str, object]:
    actor = request.actor  # type: ignore[attr-defined]
    archived = page.query.archived
    return {
        "desk": desk, "page": page, "csrf_token": get_token(request),
        "title": str(desk.label_plural).capitalize(), "label": str(desk.label),
        "switch": switch(desk, "list", page.address), "may_create": desk.offers(actor, "create") and not archived,
        "may_edit": actor.may(desk.model, "edit"),
        "may_import": desk.offers(actor, "import"), "may_export": actor.may(desk.model, "export"),
        "commands": commands_offered(desk, actor, archived=archived), "total": page.query.count() if "count" in request.GET else None,
        "report": request.session.pop("bulk_report", None), "next": request.get_full_path(), "density": actor.person.density,
    }  # fmt: skip


def plain_address(page: ListPage | RulePage) -> str:
    """The address of a list, or of a rule, as a form with a condition or with columns asks for it."""
    given, changes = (
        page.given,
        {name: None for name in page.address.params if name.startswith("f-") or name == "column"},
    )
    if "column" in given:
        return page.address.changed(**changes, columns=",".join(filter(None, given.getlist("column"))))
    each = find_field(page.desk, page.actor, given["f-field"])
    changes |= dict.fromkeys(condition.on_field(each.name, page.address.params))
    found = condition.made(each, given)
    return page.address.changed(**changes | ({found[0]: found[1]} if found else {}))


@require_safe
def count(request: HttpRequest, slug: str) -> HttpResponse:
    """How many records a list has, exactly."""
    page = ListPage(desk_of(request, slug), request.actor, request.GET)  # type: ignore[attr-defined]
    if not respond.is_fragment(request):
        return HttpResponseRedirect(page.address.at(count="1"))
    return respond.part(request, "web/parts/total.html", {"total": page.query.count()})


@require_safe
def counted(request: HttpRequest, slug: str) -> HttpResponse:
    """How many records each view of a list has, each to its place in the list's head."""
    desk = desk_of(request, slug)
    if not respond.is_fragment(request):
        return HttpResponseRedirect(reverse("list", args=[slug]))
    return respond.part(request, "web/parts/counts.html", {"desk": desk, "counts": counts(desk, request.actor)})  # type: ignore[attr-defined]


@require_POST
@takes_once
def saved_views(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep a list under a name, or change or drop one's own kept view."""
    desk = desk_of(request, slug)
    action = request.POST.get("action", "create")
    params = meaning(dict(parse_qsl(request.POST.get("params", ""), keep_blank_values=True)))
    base = reverse("list", args=[slug])
    if action == "create":
        view = _keep(request, desk, params)
        return respond.go(request, f"{base}?view=s{view.pk}", _("The view is saved."))
    mine = SavedView.objects.filter(user=request.actor.user_id, object=desk.slug)  # type: ignore[attr-defined]
    view = mine.filter(pk=_number(request.POST.get("id", ""))).first()
    if view is None:
        raise NotFound()
    if action == "delete":
        view.delete()
        return respond.go(request, base, _("The view is deleted."))
    view.params = params
    view.save(update_fields=["params"])
    return respond.go(request, f"{base}?view=s{view.pk}", _("The view is saved."))


def _keep(request: HttpRequest, desk: Desk, params: dict[str, str]) -> SavedView:
    name = request.POST.get("name", "").strip()
    limit = SavedView._meta.get_field("name").max_length
    if not name or len(name) > limit:
        raise Refused(_("Give the view a name of at most %(limit)d characters.") % {"limit": limit}, "name")
    actor = request.actor  # type: ignore[attr-defined]
    place = SavedView.objects.filter(user=actor.user_id, object=desk.slug).count()
    shared = request.POST.get("shared") == "1"
    return SavedView.objects.create(
        user_id=actor.user_id, object=desk.slug, name=name, params=params, shared=shared, order=place
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


paths = [
    path("<slug:slug>", listing, name="list"),
    path("<slug:slug>/count", count, name="count"),
    path("<slug:slug>/counts", counted, name="counts"),
    path("<slug:slug>/views", saved_views, name="saved_views"),
]
