"""One's own profile: screen, password, second factor, sessions."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.core.access import find
from bihuan.core.command import Command
from bihuan.core.errors import Refused
from bihuan.core.kind import read_key
from bihuan.core.registry import desk_of
from bihuan.core.run import do
from bihuan.people import second_factor, session
from bihuan.people.commands import change_password, drop_second_factor, set_preferences
from bihuan.people.user import DENSITIES, LANGUAGES, THEMES, User
from bihuan.web import form, respond
from bihuan.web.sections import profile_sections


@require_http_methods(["GET", "HEAD"])
def profile(request: HttpRequest) -> HttpResponse:
    """One's own name, screen, password, second factor and sessions."""
    return profile_page(request)


def profile_page(request: HttpRequest, filled: form.Form | None = None, status: int = 200) -> HttpResponse:
    """The profile; `filled` is the form that was refused."""
    me_id = request.actor.user_id  # type: ignore[attr-defined]
    forms = {command.name: command_form(request, command) for command in (change_password, drop_second_factor)}
    if filled is not None:
        forms[change_password.name if "new" in filled.inputs else drop_second_factor.name] = filled
    context = {
        "user": me(request),
        "choices": {"language": LANGUAGES, "theme": THEMES, "density": DENSITIES},
        "password": forms[change_password.name],
        "dropping": forms[drop_second_factor.name],
        "has_second_factor": me_id in second_factor.holders(),
        "codes_left": second_factor.codes_left(me_id),
        "more": profile_sections(request.actor),  # type: ignore[attr-defined]
        "sessions": session.sessions_of(me_id, request.session.session_key),
    }
    return respond.page(request, "people/profile.html", context, status=status)


def command_form(request: HttpRequest, command: Command, *, filled: bool = False) -> form.Form:
    """The inputs of a command on oneself."""
    actor = request.actor  # type: ignore[attr-defined]
    fields = command.inputs(desk_of(User), actor)
    return form.form_of(fields.values(), actor, data=request.POST if filled else None, prefix=command.name)


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
    """Change one's own password and stay signed in here alone."""
    refused = refusal_of(request, change_password)
    if refused is not None:
        return refused
    user_id, passed = request.actor.user_id, request.session.get(session.PASSED, False)  # type: ignore[attr-defined]
    session.end(user_id, but=request.session.session_key)
    session.begin(request, user_id, passed=passed)
    return respond.go(request, reverse("profile"), _("Your password is changed; other sessions have ended."))


@sensitive_post_parameters()
@require_POST
def second_factor_off(request: HttpRequest) -> HttpResponse:
    """Take one's own second factor away; where it is required, another is asked for at once."""
    refused = refusal_of(request, drop_second_factor)
    if refused is not None:
        return refused
    session.begin(request, request.actor.user_id)  # type: ignore[attr-defined]
    return respond.go(request, reverse("profile"), _("You sign in with your password alone now."))


def refusal_of(request: HttpRequest, command: Command) -> HttpResponse | None:
    """Carry out a command on oneself; the profile with sentences when it is refused. No password is sent back."""
    filled = command_form(request, command, filled=True)
    try:
        do(command, me(request), by=request.actor, **filled.values)  # type: ignore[attr-defined]
    except Refused as refusal:
        filled.refuse(refusal)
        for each in filled.inputs.values():
            each.text = ""
        return profile_page(request, filled, status=422)
    return None


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End one of one's own sessions, or all others."""
    user_id, key = request.actor.user_id, read_key(request.POST.get("session", ""))  # type: ignore[attr-defined]
    if key is not None:
        session.end(user_id, only=key)
    else:
        session.end(user_id, but=request.session.session_key)
    return respond.go(request, reverse("profile"), _("The sessions have ended."))


def me(request: HttpRequest) -> User:
    """The signed-in user's own record."""
    return find(request.actor, User, request.actor.user_id)  # type: ignore[attr-defined]


paths = [
    path("profile", profile, name="profile"),
    path("profile/password", password, name="password"),
    path("profile/second-factor/off", second_factor_off, name="second_factor_off"),
    path("profile/sessions", end_sessions, name="sessions"),
    path("preferences", preferences, name="preferences"),
]
