"""One's own tokens: made, shown this once, revoked."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.api.commands import archive, issue_token
from bihuan.api.reference import headed
from bihuan.api.token import ACCESS, ApiToken, opened_to
from bihuan.core import registry
from bihuan.core.access import find, visible
from bihuan.core.errors import Forbidden, NotFound, Refused
from bihuan.core.run import do
from bihuan.web import respond
from bihuan.web.form import Form, form_of
from bihuan.web.sections import Section, offer_in_profile

offer_in_profile(
    Section("tokens", gettext_lazy("API tokens"), "people", "tokens", "apitoken"),
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens and the form for a new one; the answer to a post shows the new token, which nobody sees again."""
    actor = request.actor  # type: ignore[attr-defined]
    form = form_of(_inputs(request), actor, data=_sent(request))
    secret = ""
    if request.method == "POST":
        try:
            secret = do(issue_token, by=actor, on=ApiToken, **form.values).secret
            form = form_of(_inputs(request), actor)
        except Forbidden:
            raise
        except Refused as refusal:
            form.refuse(refusal)
    return tokens_page(request, form, secret)


def _inputs(request: HttpRequest) -> Any:
    return issue_token.inputs(registry.desk_of(ApiToken), request.actor).values()  # type: ignore[attr-defined]


def _sent(request: HttpRequest) -> QueryDict | None:
    """What was posted, with the ticked objects as one text."""
    if request.method != "POST":
        return None
    sent = request.POST.copy()
    sent["objects_named"] = ",".join(sent.getlist("objects_named"))
    return sent


def tokens_page(request: HttpRequest, form: Form, secret: str) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    named = form.inputs["objects_named"].text.split(",")
    objects = [{"slug": desk.slug, "label": headed(desk), "ticked": desk.slug in named} for desk in opened_to(actor)]
    labels = {desk.slug: headed(desk) for desk in registry.desks()}
    mine = visible(actor, ApiToken).filter(user=actor.user_id).order_by("-id")
    rows = [{"token": each, "access": ACCESS[each.access], "objects": _objects(each, labels)} for each in mine]
    wrong = bool(form.error or any(each.error for each in form))
    context = {
        "form": form,
        "secret": secret,
        "rows": rows,
        "objects": objects,
        "may_issue": actor.may(ApiToken, "create"),
    }
    return respond.page(request, "api/tokens.html", context, status=422 if wrong else 200)


def _objects(token: ApiToken, labels: dict[str, str]) -> str:
    named = [labels.get(slug, slug) for slug in filter(None, token.objects_named.split(","))]
    return _(", ").join(named) or _("all that you see")


@require_POST
def revoke(request: HttpRequest, key: int) -> HttpResponse:
    """Take a token of one's own out of use, for good."""
    actor = request.actor  # type: ignore[attr-defined]
    token = find(actor, ApiToken, key, archived=False)
    if token.user_id != actor.user_id:
        raise NotFound()
    do(archive, token, by=actor)
    return respond.go(request, reverse("tokens"), _("“%(name)s” is revoked.") % {"name": token.name})
