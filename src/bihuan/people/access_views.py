"""The settings of signing in: policies and identity providers for the firm; password, sessions and hand-over of one user."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bihuan.core import kind, registry
from bihuan.core.access import find, visible
from bihuan.core.command import Command
from bihuan.core.errors import Forbidden, Refused
from bihuan.core.field import Field
from bihuan.core.kind import read_key
from bihuan.core.run import do
from bihuan.people import handing_over, second_factor, session, sign_in_policy
from bihuan.people.commands import (
    end_sessions,
    hand_over,
    make_password_link,
    reset_second_factor,
    set_client_secret,
    set_password,
)
from bihuan.people.identity_provider import ClientSecret, IdentityProvider
from bihuan.people.sign_in_policy import SignInPolicy
from bihuan.people.user import User
from bihuan.web import respond
from bihuan.web.form import Form, form_of
from bihuan.web.sections import Section, offer
from bihuan.web.views.settings import section_page

offer(Section("sign_in", gettext_lazy("Signing in"), "security", "sign_in_settings", "signinpolicy"))

show_or_take = require_http_methods(["GET", "HEAD", "POST"])

# ---------------------------------------------------------------------- the firm


@require_safe
def sign_in_settings(request: HttpRequest) -> HttpResponse:
    """The policies and the identity providers of the firm."""
    actor = request.actor  # type: ignore[attr-defined]
    secrets = set(ClientSecret.objects.values_list("provider_id", flat=True))
    context = {
        "policies": visible(actor, SignInPolicy).select_related("role").order_by("name"),
        "default": sign_in_policy.DEFAULT,
        "providers": [
            {"provider": each, "has_secret": each.pk in secrets} for each in visible(actor, IdentityProvider)
        ],
        "back": request.build_absolute_uri(reverse("from_provider")),
        "without": visible(actor, User).filter(is_active=True, second_factor_since=None).count(),
        "everybody": visible(actor, User).filter(is_active=True).count(),
    }
    return section_page(request, "sign_in", "people/settings_sign_in.html", context)


@sensitive_post_parameters()
@require_POST
def client_secret(request: HttpRequest, key: int) -> HttpResponse:
    """Keep the secret that a provider gave."""
    actor = request.actor  # type: ignore[attr-defined]
    do(set_client_secret, find(actor, IdentityProvider, key), by=actor, secret=request.POST.get("secret", ""))
    return respond.go(request, reverse("sign_in_settings"), _("Saved."))


# ---------------------------------------------------------------------- one user


@sensitive_post_parameters("password")
@show_or_take
def user_password(request: HttpRequest, key: int) -> HttpResponse:
    """A user's password, second factor and sessions; a post gives a new password."""
    actor = request.actor  # type: ignore[attr-defined]
    user = find(actor, User, key, archived=False)
    sent = request.POST if request.method == "POST" else None
    form = form_of(set_password.inputs(registry.desk_of(User), actor).values(), actor, data=sent)
    if request.method == "POST":
        try:
            do(set_password, user, by=actor, **form.values)
            return respond.go(request, reverse("users"), _("%(name)s has a new password.") % {"name": user.name})
        except Forbidden:
            raise
        except Refused as refusal:
            form.refuse(refusal)
    return access_page(request, user, form)


def access_page(request: HttpRequest, user: User, form: Form | None = None, link: str = "") -> HttpResponse:
    """How a user signs in, and what can be done about it; `link` is told this once."""
    actor = request.actor  # type: ignore[attr-defined]
    form = form or form_of(set_password.inputs(registry.desk_of(User), actor).values(), actor)
    is_proposed = request.method != "POST" or link != "" or form.inputs["must_change"].text == "1"
    context = {
        "user": user, "password": form.inputs["password"], "must_change": is_proposed,
        "link": link, "has_second_factor": user.pk in second_factor.holders(), "sessions": session.sessions_of(user.pk),
        "least": sign_in_policy.rules_of(user.pk).min_length,
    }  # fmt: skip
    wrong = any(each.error for each in form.inputs.values())
    return section_page(request, "users", "people/settings_password.html", context, status=422 if wrong else 200)


@require_POST
def user_link(request: HttpRequest, key: int) -> HttpResponse:
    """Make a link for a new password and show it, this once."""
    actor = request.actor  # type: ignore[attr-defined]
    user = do(make_password_link, find(actor, User, key, archived=False), by=actor)
    return access_page(request, user, link=request.build_absolute_uri(reverse("password_link", args=[user.link_token])))


@require_POST
def user_second_factor(request: HttpRequest, key: int) -> HttpResponse:
    """Take away the second factor of somebody who lost their device."""
    return _done(request, key, reset_second_factor, _("The second factor of %(name)s is taken away."))


@require_POST
def user_sessions(request: HttpRequest, key: int) -> HttpResponse:
    """Sign a user out everywhere."""
    return _done(request, key, end_sessions, _("%(name)s is signed out everywhere."))


def _done(request: HttpRequest, key: int, command: Command, sentence: str) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    user = do(command, find(actor, User, key, archived=False), by=actor)
    return respond.go(request, reverse("user_password", args=[key]), sentence % {"name": user.name})


# ---------------------------------------------------------------------- handing over


@show_or_take
def user_hand_over(request: HttpRequest, key: int) -> HttpResponse:
    """Everything that a user owns, and who shall have it; a post begins the work."""
    actor = request.actor  # type: ignore[attr-defined]
    user = find(actor, User, key, archived=False)
    counts = handing_over.left_behind(user.pk)
    form = form_of(_heirs(counts), actor, data=request.POST if request.method == "POST" else None)
    if request.method == "POST":
        try:
            done = do(
                hand_over, user, by=actor, successor=request.POST.get("successor", ""), plan=_plan(request.POST, counts)
            )
            return respond.go(request, reverse("job", args=[done.job.pk]))
        except Forbidden:
            raise
        except Refused as refusal:
            form.refuse(refusal)
    context: dict[str, Any] = {
        "user": user, "form": form, "rows": [{"desk": desk, "count": count, "input": form.inputs[desk.slug]} for desk, count in counts],
        "total": sum(count for _desk, count in counts),
    }  # fmt: skip
    wrong = form.error or any(each.error for each in form.inputs.values())
    return section_page(request, "users", "people/settings_hand_over.html", context, status=422 if wrong else 200)


def _heirs(counts: list[tuple[Any, int]]) -> list[Field]:
    """One successor for all, and for each object others instead."""
    several = [
        Field(desk.slug, desk.label_plural, kind.Links(), desk.slug, target=User, required=False)
        for desk, _count in counts
    ]
    return [Field("successor", _("Successor"), kind.Link(), "successor", target=User, required=True), *several]


def _plan(given: QueryDict, counts: list[tuple[Any, int]]) -> dict[str, list[int]]:
    keys = {desk.slug: [read_key(raw) for raw in given.getlist(desk.slug)] for desk, _count in counts}
    return {slug: [key for key in found if key is not None] for slug, found in keys.items() if any(found)}


paths = [
    path("settings/sign-in", sign_in_settings, name="sign_in_settings"),
    path("settings/sign-in/providers/<int:key>/secret", client_secret, name="client_secret"),
    path("settings/users/<int:key>/password", user_password, name="user_password"),
    path("settings/users/<int:key>/link", user_link, name="user_link"),
    path("settings/users/<int:key>/second-factor", user_second_factor, name="user_second_factor"),
    path("settings/users/<int:key>/sessions", user_sessions, name="user_sessions"),
    path("settings/users/<int:key>/hand-over", user_hand_over, name="user_hand_over"),
]
