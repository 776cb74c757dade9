"""The page of a mail with its thread, the raw mail, and writing one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bihuan.core import registry
from bihuan.core.access import visible
from bihuan.core.attached import Attachment, attach
from bihuan.core.errors import Forbidden, NotFound, Refused
from bihuan.core.run import do
from bihuan.touch.mail import writing
from bihuan.touch.mail.commands import send_mail, write_mail
from bihuan.touch.mail.message import MailMessage
from bihuan.touch.mail.template import MailTemplate
from bihuan.web import respond
from bihuan.web.form import Form, form_of, pick
from bihuan.web.once import takes_once
from bihuan.web.subject import Subject
from bihuan.web.views.files import handed_out
from bihuan.web.views.record import record, record_with, subject_of
from bihuan.web.wording import offer_wordings

# one kind of template: its text is a mail's, a touch's or a note's
offer_wordings("mailtemplate", writing.text_of)

#: Mails of a thread that are shown; the latest ones.
LONGEST = 100
#: What the form of a new mail asks.
ASKED = ("mailbox", "to", "cc", "subject", "text")


@require_safe
def mail(request: HttpRequest, key: int) -> HttpResponse:
    """The page of a record, with the thread of the mail above its timeline."""
    subject = subject_of(request, "mailmessage", key)
    if "parts" in request.GET:
        return record(request, "mailmessage", key)
    return record_with(request, subject, template="touch/mail.html", more=_shown(subject))


def _shown(subject: Subject) -> dict[str, Any]:
    may_reply = subject.actor.may(MailMessage, "create") and not subject.is_archived
    return {
        "thread": list(thread(subject)), "reply_url": subject.url("command", write_mail.name) if may_reply else ""
    }  # fmt: skip


def thread(subject: Subject) -> Iterable[dict[str, Any]]:
    """The mails of the conversation as the actor sees them, the earliest first, each once."""
    rows = visible(subject.actor, MailMessage).filter(thread=subject.record.thread).order_by("-at", "-pk")
    mails = [*rows[:LONGEST]][::-1] if subject.record.thread else []
    if subject.record not in mails:
        mails.append(subject.record)
    files: dict[int, list[Attachment]] = {}
    keys = [each.pk for each in mails]
    for file in visible(subject.actor, Attachment).filter(about="mailmessage", about_id__in=keys).order_by("pk"):
        files.setdefault(file.about_id, []).append(file)
    shown = set()
    for each in mails:
        # a copy in another mailbox is the same mail, unless it is the one that the page is about
        if each.pk == subject.record.pk or each.message_id not in shown | {subject.record.message_id} - {""}:
            shown.add(each.message_id)
            yield _told(subject, each) | {"files": files.get(each.pk, ()), "here": each.pk == subject.record.pk}


def _told(subject: Subject, mail: MailMessage) -> dict[str, Any]:
    """What the page says of a mail: the fields that the actor sees, as far as they see them."""
    names = ("sender", "sender_name", "to", "cc", "subject", "text", "quoted")
    told = {name: subject.fields[name].value_of(mail) if name in subject.fields else "" for name in names}
    return told | {"id": mail.pk, "at": mail.at, "is_out": mail.direction == "out", "has_raw": bool(mail.raw)}


@require_safe
def mail_raw(request: HttpRequest, key: int) -> HttpResponseBase:
    """The mail as it came, byte by byte; for whoever sees every field that it tells of."""
    subject = subject_of(request, "mailmessage", key)
    if subject.actor.limits("mailmessage"):
        raise NotFound()
    return handed_out(subject.record.raw, "mail.eml")


# ---------------------------------------------------------------------- writing


@require_http_methods(["GET", "HEAD", "POST"])
@takes_once
def write(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """The form of a mail about a record or in reply to a mail (GET), filled from a template if one is named; or the mail sent."""
    subject = subject_of(request, slug, key)
    if write_mail.name not in registry.commands(subject.desk):
        raise NotFound()
    fields = pick(registry.desk_of(MailMessage).inputs(subject.actor, creating=True), ASKED)
    if request.method == "POST":
        return _send(request, subject, form_of(fields, subject.actor, data=request.POST))
    given = writing.proposal(subject.record, subject.actor)
    refusal = None
    if template := request.GET.get("template"):
        try:
            given |= writing.letter_of(template, subject.record, subject.actor)._asdict()
        except NotFound:
            raise
        except Refused as refused:
            refusal = refused
    form = form_of(fields, subject.actor, given=given | request.GET.dict())
    if refusal is not None:
        form.refuse(refusal)
    return _ask(request, subject, form)


def _send(request: HttpRequest, subject: Subject, form: Form) -> HttpResponse:
    """Queue what was written, with its files, all of it or nothing; a refusal shows the form again."""
    try:
        with transaction.atomic():
            draft = writing.draft(subject.record, subject.actor, **form.values)
            for file in request.FILES.getlist("file"):
                do(attach, by=subject.actor, on=Attachment, about="mailmessage", about_id=draft.pk, file=file)
            do(send_mail, draft, by=subject.actor)
    except (Forbidden, NotFound):
        raise
    except Refused as refusal:
        form.refuse(refusal)
        return _ask(request, subject, form, status=422)
    text = _("The mail is on its way.")
    if respond.is_fragment(request):
        return respond.say(HttpResponse(), text, changed=True)
    return respond.go(request, subject.url("record"), text)


def _ask(request: HttpRequest, subject: Subject, form: Form, *, status: int = 200) -> HttpResponse:
    is_reply = isinstance(subject.record, MailMessage)
    context = {
        "title": _("Reply to “%(subject)s”") % {"subject": subject.title} if is_reply else f"{write_mail.label} · {subject.title}",
        "form": form, "action": request.path, "back_url": subject.url("record"), "dirty": status != 200,
        "templates": visible(subject.actor, MailTemplate).order_by("name") if not is_reply else None,
        "csrf_token": get_token(request),
    }  # fmt: skip
    if respond.is_fragment(request):
        return respond.into_dialog(respond.part(request, "touch/write_dialog.html", context, status=status))
    return respond.page(request, "touch/write.html", context, status=status)


paths = [
    path("mailmessage/<int:key>", mail, name="mail"),
    path("mailmessage/<int:key>/raw", mail_raw, name="mail_raw"),
    path(f"<slug:slug>/<int:key>/do/{write_mail.name}", write, name="write_mail"),
]
