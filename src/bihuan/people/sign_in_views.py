"""Signing in, step by step, and out; setting the product up. Pages outside the shell, for whoever is not wholly signed in."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bihuan.core.blueprint.start import starts
from bihuan.core.errors import NotFound, Refused
from bihuan.core.run import do
from bihuan.people import identity_provider, password_link, second_factor, session, sign_in_policy, single_sign_on
from bihuan.people import setup as first_administrator
from bihuan.people import sign_in as signing
from bihuan.people.commands import renew_password, set_up_second_factor
from bihuan.people.middleware import public
from bihuan.people.sealed import seal, unseal
from bihuan.people.staff import StaffActor
from bihuan.people.user import User
from bihuan.web import respond
from bihuan.web.qr_code import qr_code
from bihuan.web.respond import bare
from bihuan.web.shell import firm_name

show_or_take = require_http_methods(["GET", "HEAD", "POST"])
#: Where a secret waits, sealed, until the app has shown its first code.
WAITING = "second_factor"


@public
@sensitive_post_parameters("password")
@show_or_take
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for login and password; a set-up that is still open comes first."""
    if first_administrator.is_open():
        return HttpResponseRedirect(reverse("setup"))
    wanted = respond.back_to(request, reverse("home"))
    error, username = "", request.POST.get("username", "")
    if request.method == "POST":
        try:
            signing.sign_in(request, username, request.POST.get("password", ""))
            request.session[session.ONWARD] = wanted
            return HttpResponseRedirect(wanted, status=303)
        except Refused as refusal:
            error = refusal.sentence
    messages = request.session.pop("messages", [])
    context = {
        "error": error, "username": username, "next": wanted, "messages": messages,
        "providers": identity_provider.providers(),
    }  # fmt: skip
    return bare(request, "people/sign_in.html", context, status=422 if error else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    session.OpenSession.objects.filter(key=request.session.session_key).delete()
    request.session.flush()
    return respond.go(request, reverse("sign_in"))


def onward(request: HttpRequest) -> HttpResponse:
    """On to what was wanted before the questions."""
    return HttpResponseRedirect(request.session.get(session.ONWARD) or reverse("home"), status=303)


# ---------------------------------------------------------------------- what is asked after the password


@sensitive_post_parameters("code")
@show_or_take
def give_second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for the code of the app, or a recovery code."""
    holder: StaffActor | None = getattr(request, "half", None)
    if holder is None:
        return onward(request)
    days, error = sign_in_policy.rules_of(holder.user_id).remember_days, ""
    if request.method == "POST":
        try:
            signing.give_second_factor(request, _record(holder), request.POST.get("code", ""))
            answer = onward(request)
            if days and request.POST.get("remember"):
                answer.set_cookie(
                    signing.DEVICE, second_factor.device_mark(holder.person.id), max_age=days * 86400, httponly=True,
                    secure=request.is_secure(), samesite="Lax",
                )  # fmt: skip
            return answer
        except Refused as refusal:
            error = refusal.sentence
    return bare(request, "people/second_factor.html", {"error": error, "days": days}, status=422 if error else 200)


@sensitive_post_parameters()
@show_or_take
def new_password(request: HttpRequest) -> HttpResponse:
    """Ask for a new password in place of one that somebody else gave, or that has grown too old."""
    holder: StaffActor | None = getattr(request, "half", None)
    if holder is None:
        return onward(request)
    error = ""
    if request.method == "POST":
        try:
            do(renew_password, _record(holder), by=holder, new=request.POST.get("new", ""))
            session.begin(request, holder.person.id, passed=request.session.get(session.PASSED, False))
            return onward(request)
        except Refused as refusal:
            error = refusal.sentence
    least = sign_in_policy.rules_of(holder.user_id).min_length
    context = {
        "error": error,
        "least": least,
        "intro": _("It was given to you by somebody else, or is too old by now."),
    }
    return bare(request, "people/new_password.html", context, status=422 if error else 200)


@sensitive_post_parameters("code")
@show_or_take
def set_up_factor(request: HttpRequest) -> HttpResponse:
    """Show a secret to an app and take its first code; whoever is wholly signed in may come here by themselves."""
    holder: StaffActor = getattr(request, "half", None) or request.actor  # type: ignore[attr-defined]
    if holder.user_id in second_factor.holders():
        return onward(request) if hasattr(request, "half") else respond.go(request, reverse("profile"))
    secret, error = unseal(request.session.get(WAITING, "")), ""
    if not secret:
        secret = second_factor.new_secret()
        request.session[WAITING] = seal(secret)
    if request.method == "POST":
        try:
            user = do(
                set_up_second_factor, _record(holder), by=holder, secret=secret, code=request.POST.get("code", "")
            )
            del request.session[WAITING]
            session.pass_second_factor(request)
            next_page = (
                request.session.get(session.ONWARD) or reverse("home")
                if hasattr(request, "half")
                else reverse("profile")
            )
            return bare(request, "people/recovery_codes.html", {"codes": user.recovery_codes, "next": next_page})
        except Refused as refusal:
            error = refusal.sentence
    picture = qr_code(second_factor.address(secret, holder.person.username, firm_name()))
    context = {"error": error, "secret": secret, "picture": picture, "is_asked": hasattr(request, "half")}
    return bare(request, "people/second_factor_setup.html", context, status=422 if error else 200)


def _record(holder: StaffActor) -> User:
    return User._base_manager.get(pk=holder.user_id)


# ---------------------------------------------------------------------- other ways in


@public
@sensitive_post_parameters()
@show_or_take
def use_password_link(request: HttpRequest, token: str) -> HttpResponse:
    """Set a new password by a link; a link that is no good says the same whatever is wrong with it."""
    if password_link.holder(token) is None:
        return bare(request, "people/link_is_no_good.html", {}, status=404)
    error = ""
    if request.method == "POST":
        try:
            password_link.use(token, request.POST.get("new", ""))
            return respond.go(request, reverse("sign_in"), _("Your password is changed. Sign in with it."))
        except NotFound:
            return bare(request, "people/link_is_no_good.html", {}, status=404)
        except Refused as refusal:
            error = refusal.sentence
    least = sign_in_policy.rules_of(password_link.holder(token).pk).min_length  # type: ignore[union-attr]
    context = {"error": error, "least": least, "intro": _("This link works once. Other sessions of yours end.")}
    return bare(request, "people/new_password.html", context, status=422 if error else 200)


@public
@require_safe
def to_provider(request: HttpRequest, key: int) -> HttpResponse:
    """Off to an identity provider."""
    provider = next((each for each in identity_provider.providers() if each.pk == key), None)
    if provider is None:
        raise Http404
    request.session[session.ONWARD] = respond.back_to(request, reverse("home"))
    try:
        return HttpResponseRedirect(single_sign_on.begin(request, provider, _back(request)))
    except Refused as refusal:
        return _refused(request, refusal)


@public
@require_safe
def from_provider(request: HttpRequest) -> HttpResponse:
    """Back from the provider, with what it says."""
    try:
        single_sign_on.finish(request)
    except Refused as refusal:
        return _refused(request, refusal)
    return onward(request)


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """Back to the sign-in page, which says why; the provider's answer does not stay in the address."""
    request.session["messages"] = [{"kind": "danger", "text": refusal.sentence, "undo": ""}]
    return HttpResponseRedirect(reverse("sign_in"), status=303)


def _back(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("from_provider"))


# ---------------------------------------------------------------------- the first administrator


@public
@sensitive_post_parameters("password", "token")
@show_or_take
def setup(request: HttpRequest) -> HttpResponse:
    """Make the first administrator; once there is one this page does not exist."""
    if not first_administrator.is_open():
        raise Http404
    names = ("token", "firm", "name", "username", "password")
    typed: dict[str, Any] = {
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
                session.begin(request, user.pk)
                return HttpResponseRedirect(reverse("home"), status=303)
        except Refused as refusal:
            errors = refusal.errors
    context = {"typed": typed, "errors": errors, "starts": offered, "chosen": chosen}
    return bare(request, "people/setup.html", context, status=422 if errors else 200)


paths = [
    path("sign-in", sign_in, name="sign_in"),
    path("sign-in/code", give_second_factor, name="second_factor"),
    path("sign-in/new-password", new_password, name="new_password"),
    path("sign-in/second-factor", set_up_factor, name="set_up_second_factor"),
    path("sign-in/link/<str:token>", use_password_link, name="password_link"),
    path("sign-in/with/<int:key>", to_provider, name="to_provider"),
    path("sign-in/back", from_provider, name="from_provider"),
    path("sign-out", sign_out, name="sign_out"),
    path("setup", setup, name="setup"),
]
