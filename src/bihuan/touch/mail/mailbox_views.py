"""One's own mailboxes, which the profile leads to: how each fares, its passwords, and whether its servers answer."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from bihuan.core.access import find, visible
from bihuan.core.choice import keyed
from bihuan.core.outbound import Failed
from bihuan.core.run import do
from bihuan.touch.mail import connection
from bihuan.touch.mail.commands import set_mail_passwords
from bihuan.touch.mail.connection import FAILURES
from bihuan.touch.mail.mailbox import Mailbox
from bihuan.web import respond
from bihuan.web.sections import Section, offer_in_profile
from bihuan.web.views.record import record, record_with, subject_of

offer_in_profile(Section("mailboxes", gettext_lazy("Mailboxes"), "programs", "mailboxes", "mailbox"))


@require_safe
def mailboxes(request: HttpRequest) -> HttpResponse:
    """The mailboxes that one may set up, each with what came of the last visit to its server."""
    return mailboxes_page(request)


def mailboxes_page(request: HttpRequest, tried: dict[str, str | bool] | None = None) -> HttpResponse:
    """`tried` tells what came of a trial: of which address, whether all is well, and in a sentence."""
    rows = visible(request.actor, Mailbox, "edit").select_related("state", "owner").order_by("address")  # type: ignore[attr-defined]
    usual = keyed("channel", "mail")
    may_create = request.actor.may(Mailbox, "create")  # type: ignore[attr-defined]
    context = {"mailboxes": rows, "tried": tried, "channel": usual.id if usual else "", "may_create": may_create}
    return respond.page(request, "touch/mailboxes.html", context)


@require_safe
def mailbox_page(request: HttpRequest, key: int) -> HttpResponse:
    """The page of a record; who may edit the mailbox sets its passwords there and tries its servers."""
    if "parts" in request.GET:
        return record(request, "mailbox", key)
    subject = subject_of(request, "mailbox", key)
    own = visible(subject.actor, Mailbox, "edit").select_related("state").filter(pk=key).first()
    return record_with(request, subject, template="touch/mailbox.html", more={"mailbox": own})


@sensitive_post_parameters()
@require_POST
def mailbox_passwords(request: HttpRequest, key: int) -> HttpResponse:
    """Keep the passwords of a mailbox's servers; they are never shown again."""
    actor = request.actor  # type: ignore[attr-defined]
    sent = {name: request.POST.get(name, "") for name in ("imap_password", "smtp_password")}
    do(set_mail_passwords, find(actor, Mailbox, key, "edit", archived=False), by=actor, **sent)
    return respond.go(request, reverse("mailboxes"), _("Saved."))


@require_POST
def mailbox_try(request: HttpRequest, key: int) -> HttpResponse:
    """Sign in to both servers of a mailbox, and look into its folders; nothing is fetched or sent."""
    mailbox = find(request.actor, Mailbox, key, "edit", archived=False)  # type: ignore[attr-defined]
    wrong = " ".join(_trials(mailbox))
    sentence = wrong or _("Both servers answer, and everything is in order.")
    return mailboxes_page(request, {"address": mailbox.address, "sentence": sentence, "is_well": not wrong})


def _trials(mailbox: Mailbox) -> list[str]:
    """What is wrong with the servers that are set, in sentences."""
    wrong = []
    for name, host, trial in (("IMAP", mailbox.imap_host, _try_imap), ("SMTP", mailbox.smtp_host, _try_smtp)):
        try:
            if host:
                trial(mailbox)
        except Failed as failed:
            told = {"server": name, "sentence": FAILURES[failed.code]}
            wrong.append(_("%(server)s: %(sentence)s") % told + (f" ({failed.detail})" if failed.detail else ""))
    return wrong


def _try_imap(mailbox: Mailbox) -> None:
    with connection.imap(mailbox) as server:
        for folder in mailbox.folder_names:
            server.folder.set(folder, readonly=True)


def _try_smtp(mailbox: Mailbox) -> None:
    with connection.smtp(mailbox) as server:
        server.noop()


paths = [
    path("mailbox/<int:key>", mailbox_page, name="mailbox"),
    path("profile/mailboxes", mailboxes, name="mailboxes"),
    path("profile/mailboxes/<int:key>/passwords", mailbox_passwords, name="mailbox_passwords"),
    path("profile/mailboxes/<int:key>/try", mailbox_try, name="mailbox_try"),
]
