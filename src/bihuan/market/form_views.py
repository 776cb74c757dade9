"""Lead forms as pages: the one that anybody may open, and the one that tells the firm where it is."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe
from markupsafe import escape

from bihuan.core import registry
from bihuan.core.access import Actor, find, seen, visible
from bihuan.core.errors import Forbidden, Refused
from bihuan.market import public_form, spam, ways_in
from bihuan.market.campaign import Campaign
from bihuan.market.form_submission import FormSubmission
from bihuan.market.lead_form import LeadForm
from bihuan.market.public_form import FILE_LIMIT, FILE_TYPES, Sheet
from bihuan.people.middleware import public
from bihuan.people.session import device_of
from bihuan.web import limits, record_page, respond
from bihuan.web.middleware import policy
from bihuan.web.qr_code import qr_code
from bihuan.web.record_page import Action
from bihuan.web.shell import LANGUAGE_TAGS, firm_name
from bihuan.web.subject import Subject

#: Each language by the name that its readers know.
LANGUAGES = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", "en": "English"}


@public
@csrf_exempt  # within another site's page there is no cookie to compare with; the signed stamp does its work, see spam.py
@require_http_methods(["GET", "HEAD", "POST"])
def lead_form(request: HttpRequest, token: str) -> HttpResponse:
    """The form for everybody, in the language that the address or the browser asks for."""
    form = public_form.form_at(token)
    if form is None:
        raise Http404
    wanted = request.GET.get("lang", "").lower()
    language = wanted if wanted in LANGUAGE_TAGS else translation.get_language() or ""
    with translation.override(language):
        response = taken(request, form) if request.method == "POST" else shown(request, form)
    response["Content-Language"] = LANGUAGE_TAGS[language]
    return framed(response, form)


def shown(request: HttpRequest, form: LeadForm) -> HttpResponse:
    """The form to be filled in, or the thanks when it has been."""
    if "sent" in request.GET:
        return said(
            request, form, _("Thank you"), form.thanks or _("We have got your message and will be in touch soon.")
        )
    return drawn(request, public_form.blank(form)) if form.is_open() else closed(request, form)


def taken(request: HttpRequest, form: LeadForm) -> HttpResponse:
    """What somebody sent: kept, or shown again with what is wrong with it."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > FILE_LIMIT + limits.BESIDES:
        limits.hear_out(request)
        return respond.fault(request, 413, _("The file is larger than %(limit)d MB.") % {"limit": FILE_LIMIT // 2**20})
    if not form.is_open():
        return closed(request, form)
    sheet = public_form.filled(form, request.POST, request.FILES)
    stamped, address = request.POST.get("stamp", ""), spam.place(request)
    stamp = spam.read_stamp(form, stamped)
    if stamp is None:
        sheet.error = _("The page was open for too long. Please send it once more.")
    elif form.proof and not spam.is_worked_for(stamped, request.POST.get("proof", "")):
        sheet.error = _(
            "Your browser has not done the sum that keeps machines away; it needs JavaScript for that. Please send it once more."
        )
    elif spam.too_many(form, address):
        sheet.error = _("Too much was sent from here. Please try again in ten minutes.")
        return drawn(request, sheet, status=429)
    if stamp is None or sheet.is_wrong:
        return drawn(request, sheet, status=422)
    way = {
        "campaign": public_form.campaign_of(form, request.GET.get("c", "").replace("\x00", "")),
        "suspicion": spam.suspicion(request.POST, stamp),
        "device": device_of(request),
        "address": address,
    }
    try:
        public_form.keep(sheet, stamp.mark, **way)
    except Refused as refusal:
        sheet.error = refusal.sentence
        return drawn(request, sheet, status=422)
    return HttpResponseRedirect(form.redirect or here(request, sent="1"), status=303)


def drawn(request: HttpRequest, sheet: Sheet, status: int = 200) -> HttpResponse:
    """The form with a new stamp, empty or with what was typed."""
    context = {
        "sheet": sheet, "stamp": spam.new_stamp(sheet.form), "trap": spam.TRAP, "accept": ",".join(FILE_TYPES),
        "work": spam.WORK if sheet.form.proof else 0,
    }  # fmt: skip
    return page(request, "market/lead_form.html", sheet.form, context, status)


def said(request: HttpRequest, form: LeadForm, title: str, text: str, status: int = 200) -> HttpResponse:
    """A page that asks nothing."""
    return page(request, "market/lead_form_said.html", form, {"title": title, "text": text}, status)


def closed(request: HttpRequest, form: LeadForm) -> HttpResponse:
    """Not yet, or no longer."""
    return said(request, form, form.label, _("This form takes no answers at present."), 410)


def page(request: HttpRequest, template: str, form: LeadForm, context: dict[str, Any], status: int) -> HttpResponse:
    """A page for everybody: without a session, and without a script unless the form asks for work."""
    frame = {
        "firm": firm_name(), "form": form, "language": LANGUAGE_TAGS[translation.get_language() or ""], "here": here(request),
        "languages": [(tag, name, here(request, lang=tag)) for tag, name in LANGUAGES.items()],
    }  # fmt: skip
    return render(request, template, frame | context, status=status)


def here(request: HttpRequest, **more: str) -> str:
    """The address of the form as it was asked for, in its language and for its campaign."""
    kept = {name: request.GET[name] for name in ("lang", "c") if name in request.GET} | more
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def framed(response: HttpResponse, form: LeadForm) -> HttpResponse:
    """Let the sites that the firm named embed the page, and the browser go on to where the firm sends it."""
    onward = "{0.scheme}://{0.netloc}".format(urlsplit(form.redirect)) if form.redirect else ""
    response["Content-Security-Policy"] = policy(frame_ancestors=form.sites(), form_action=[onward] if onward else [])
    response.xframe_options_exempt = bool(form.sites())  # type: ignore[attr-defined]  # (that header knows no list of sites)
    return response


# ---------------------------------------------------------------------- for the firm


#: What a site writes into its page.
_EMBEDDED = '<iframe src="{}" title="{}" width="100%" height="720" style="border: 0"></iframe>'


@require_safe
def share(request: HttpRequest, key: int) -> HttpResponse:
    """Where the form is: its address, its QR code, and what to write into another site's page."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = find(actor, LeadForm, key)
    if not ways_in.is_told(actor):
        raise Forbidden()
    sites = form.sites() if "hosts" in registry.desk_of(LeadForm).whole_fields(actor) else []
    address = ways_in.address_of(request, form)
    context = {
        "form": form, "address": address, "picture": qr_code(address), "files": ways_in.files(form), "sites": sites,
        "is_open": form.is_open(), "code": code_of(form, actor),
        "embedded": _EMBEDDED.format(escape(address), escape(form.label)),
        "by_language": [(name, f"{address}?lang={tag}") for tag, name in LANGUAGES.items()],
    }  # fmt: skip
    return respond.page(request, "market/share.html", context)


def code_of(form: LeadForm, actor: Actor) -> str:
    """The code of the form's campaign, for whom it is not hidden."""
    if "code" not in registry.desk_of(Campaign).whole_fields(actor):
        return ""
    return visible(actor, Campaign).filter(pk=form.campaign_id).values_list("code", flat=True).first() or ""


@record_page.further(LeadForm)
def to_share(subject: Subject) -> Action | None:
    """The way there from the form's own page."""
    if not ways_in.is_told(subject.actor):
        return None
    return Action(_("Link and QR code"), "qr-code", reverse("lead_form_share", args=[subject.record.pk]), "page")


@record_page.further(FormSubmission)
def to_what_it_became(subject: Subject) -> Action | None:
    """The way from a submission to what was made of it, if that is known and seen."""
    about, key = subject.record.about, subject.record.about_id
    desk = registry.desk(about) if about in {each.slug for each in registry.desks()} else None
    shown = {"about", "about_id"} <= subject.fields.keys()
    if not shown or desk is None or key is None or not seen(subject.actor, desk.model, [key]):
        return None
    return Action(str(desk.label).capitalize(), desk.icon, reverse("record", args=[about, key]), "page")


paths = [
    path("f/<str:token>", lead_form, name="lead_form"),
    path("leadform/<int:key>/share", share, name="lead_form_share"),
]
