"""Signing in and out, one's own profile, and setting the product up."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.core.access import find
from bihuan.core.blueprint.start import starts
from bihuan.core.errors import Refused
from bihuan.core.registry import desk_of
from bihuan.core.run import do
from bihuan.people import setup as first_administrator
from bihuan.people import sign_in as signing
from bihuan.people.commands import change_password, set_preferences
from bihuan.people.middleware import public
from bihuan.people.user import DENSITIES, LANGUAGES, THEMES, User
from bihuan.web import form, respond
from bihuan.web.shell import LANGUAGE_TAGS, firm_name


def bare(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page outside the shell."""
    language = LANGUAGE_TAGS.get(get_language() or "", "zh-Hans")
    frame = {"product": firm_name(), "language": language, "csrf_token": get_token(request)}
    return render(request, template, frame | context, status=status)


@public
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for login and password; a set-up that is still open comes first."""
    if first_administrator.is_open():
        return HttpResponseRedirect(reverse("setup"))
    onward = respond.back_to(request, reverse("home"))
    error, username = "", request.POST.get("username", "")
    if request.method == "POST":
        try:
            signing.sign_in(request, username, request.POST.get("password", ""))
            return HttpResponseRedirect(onward, status=303)
        except Refused as refusal:
            error = refusal.sentence
    return bare(
        request,
        "people/sign_in.html",
        {"error": error, "username": username, "next": onward},
        status=422 if error else 200,
    )


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    request.session.flush()
    return respond.go(request, reverse("sign_in"))


@public
@sensitive_post_parameters("password", "token")
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """Make the first administrator; once there is one this page does not exist."""
    if not first_administrator.is_open():
        raise Http404
    names = ("token", "firm", "name", "username", "password")
    typed = {
        name: request.POST.get(name, "").strip() if name != "password" else request.POST.get(name, "") for name in names
    }
    errors: dict[str, str] = {}
    offered = starts()
    chosen = request.POST.get("start", next(iter(offered), ""))
    if request.method == "POST":
        errors = {name: _("This is needed.") for name, value in typed.items() if not value}
        try:
            if not errors:
                token = typed.pop("token")
                user = first_administrator.make_first_administrator(token, **typed, start=chosen)
                signing.begin_session(request, user.pk)
                return HttpResponseRedirect(reverse("home"), status=303)
        except Refused as refusal:
            errors = refusal.errors
    context = {"typed": typed, "errors": errors, "starts": offered, "chosen": chosen}
    return bare(request, "people/setup.html", context, status=422 if errors else 200)


@require_http_methods(["GET", "HEAD"])
def profile(request: HttpRequest) -> HttpResponse:
    """One's own name, screen and password."""
    return profile_page(request, password_form(request))


def profile_page(request: HttpRequest, password: form.Form, status: int = 200) -> HttpResponse:
    user = find(request.actor, User, request.actor.user_id)  # type: ignore[attr-defined]
    choices = {"language": LANGUAGES, "theme": THEMES, "density": DENSITIES}
    return respond.page(
        request, "people/profile.html", {"user": user, "choices": choices, "password": password}, status=status
    )


def password_form(request: HttpRequest) -> form.Form:
    """The inputs of the command `change_password`."""
    fields = change_password.inputs(desk_of(User), request.actor)  # type: ignore[attr-defined]
    return form.form_of(fields.values(), request.actor, data=request.POST if request.method == "POST" else None)  # type: ignore[attr-defined]


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Set theme, density or language; the page they were set on is loaded anew where it must."""
    given = {name: value for name in ("theme", "density", "language", "pigment") if (value := request.POST.get(name))}
    do(set_preferences, me(request), by=request.actor, **given)  # type: ignore[attr-defined]
    if respond.is_fragment(request) and "language" not in given:
        return HttpResponse(status=204)
    return respond.go(request, respond.back_to(request, request.headers.get("Referer") or reverse("profile")))


@sensitive_post_parameters()
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password and stay signed in here."""
    filled = password_form(request)
    try:
        do(change_password, me(request), by=request.actor, **filled.values)  # type: ignore[attr-defined]
    except Refused as refusal:
        filled.refuse(refusal)
        for each in filled.inputs.values():
            each.text = ""
        return profile_page(request, filled, status=422)
    signing.begin_session(request, request.actor.user_id)  # type: ignore[attr-defined]
    return respond.go(request, reverse("profile"), _("Your password is changed; other sessions have ended."))


def me(request: HttpRequest) -> User:
    """The signed-in user's own record."""
    return find(request.actor, User, request.actor.user_id)  # type: ignore[attr-defined]


paths = [
    path("sign-in", sign_in, name="sign_in"),
    path("sign-out", sign_out, name="sign_out"),
    path("setup", setup, name="setup"),
    path("profile", profile, name="profile"),
    path("profile/password", password, name="password"),
    path("preferences", preferences, name="preferences"),
]
