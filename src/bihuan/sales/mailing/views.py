"""The page of a mailing with its figures, and the page that shows its letter and sends it to oneself."""

from __future__ import annotations

from email import policy
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bihuan.core import kind, link
from bihuan.core.access import SYSTEM, Actor, find, permits, visible
from bihuan.core.errors import Forbidden, Refused
from bihuan.core.outbound import Failed
from bihuan.market.form_views import LANGUAGES
from bihuan.people.user import User
from bihuan.sales.mailing import figures, letter, links
from bihuan.sales.mailing.mailing import TROUBLES, Mailing
from bihuan.sales.mailing.recipient import MailingRecipient
from bihuan.touch.mail import connection
from bihuan.touch.mail.send import hand_over
from bihuan.web import record_page, respond
from bihuan.web.record_page import Action
from bihuan.web.shell import LANGUAGE_TAGS, firm_name
from bihuan.web.subject import Subject
from bihuan.web.views.record import record, record_with, subject_of

#: Recipients whose letter can be chosen to be looked at.
SAMPLES = 30


@require_safe
def mailing(request: HttpRequest, key: int) -> HttpResponse:
    """The page of a record, with what the mailing came to above its timeline."""
    subject = subject_of(request, "mailing", key)
    if "parts" in request.GET:
        return record(request, "mailing", key)
    heads, days = figures.course(subject)
    state = subject.record.state if "state" in subject.fields else ""
    more = {
        "figures": figures.figures(subject), "left_out": figures.left_out(subject), "heads": heads, "days": days,
        "planning": any(figures.under_way(subject)), "is_moving": state in ("scheduled", "sending"),
        "counts_opens": figures.counts_opens(subject),
    }  # fmt: skip
    return record_with(request, subject, template="sales/mailing.html", more=more)


@require_http_methods(["GET", "HEAD", "POST"])
def mailing_letter(request: HttpRequest, key: int) -> HttpResponse:
    """The letter as one of its recipients gets it (GET), or sent to whoever asks for it (POST). Raises Forbidden."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = find(actor, Mailing, key)
    if not _sees_all(actor):
        raise Forbidden()
    samples = visible(actor, MailingRecipient).filter(mailing=found, state__in=("planned", "sent"))
    samples = samples.select_related("contact", "lead").order_by("pk")
    wanted = kind.read_key(request.GET.get("to", ""))
    chosen = samples.filter(pk=wanted).first() if wanted else samples.first()
    if chosen is not None and "lang" in request.GET and request.GET["lang"].lower() in LANGUAGE_TAGS:
        chosen.language = request.GET["lang"].lower()
    context = {"mailing": found, "title": link.name_of(actor, found), "chosen": chosen, "told": None} | _shown(
        found, chosen, actor
    )
    if request.method == "POST":
        context["told"] = _tried(found, chosen, actor)
    context |= {
        "samples": samples[:SAMPLES], "languages": LANGUAGES, "tags": LANGUAGE_TAGS, "csrf_token": get_token(request),
        "may_try": permits(actor, found, "edit") and permits(actor, found.mailbox, "edit"),
    }  # fmt: skip
    return respond.page(request, "sales/mailing_preview.html", context)


def _sees_all(actor: Actor) -> bool:
    """Whether nothing that the letter is made of is kept back from somebody."""
    return actor.may(MailingRecipient, "view") and not (actor.limits("mailing") or actor.limits("mailingrecipient"))


def _shown(mailing: Mailing, chosen: MailingRecipient | None, actor: Actor) -> dict[str, Any]:
    """The letter filled in for somebody, and why it cannot be sent."""
    shown: dict[str, Any] = {"page": None, "firm": "", "refused": "", "unsubscribe": ""}
    if chosen is None:
        return shown | {"refused": _("Work out the recipients: the letter is shown as one of them gets it.")}
    try:
        with translation.override(chosen.language):
            shown |= {
                "page": letter.page(mailing, chosen, actor, links.NOBODY), "firm": firm_name(), "unsubscribe": _("Unsubscribe")
            }  # fmt: skip
        links.site()
    except Refused as refusal:
        shown["refused"] = refusal.sentence
    return shown


def _tried(mailing: Mailing, chosen: MailingRecipient | None, actor: Actor) -> tuple[bool, str]:
    """Whether the letter went to whoever asked for it, and in a sentence what came of it. Raises Forbidden."""
    if not (permits(actor, mailing, "edit") and permits(actor, mailing.mailbox, "edit")):
        raise Forbidden()
    to = visible(SYSTEM, User).filter(pk=actor.user_id).values_list("email", flat=True).first()
    if not to:
        return False, _("You have no mail address; it stands in your profile.")
    if chosen is None:
        return False, _("Work out the recipients: the letter is shown as one of them gets it.")
    try:
        mail = letter.trial(mailing, chosen, actor, to)
        with connection.smtp(mailing.mailbox) as server:
            hand_over(server, mailing.mailbox.address, [to], mail.as_bytes(policy=policy.SMTP))
    except Refused as refusal:
        return False, refusal.sentence
    except Failed as failed:
        return False, f"{TROUBLES[failed.code]} {failed.detail}".strip()
    return True, _("The letter is on its way to %(address)s.") % {"address": to}


@record_page.further(Mailing)
def to_letter(subject: Subject) -> Action | None:
    """The way there from the page of the mailing."""
    if not _sees_all(subject.actor):
        return None
    return Action(_("Preview and test"), "eye", reverse("mailing_letter", args=[subject.record.pk]), "page")


paths = [
    path("mailing/<int:key>", mailing, name="mailing"),
    path("mailing/<int:key>/letter", mailing_letter, name="mailing_letter"),
]
