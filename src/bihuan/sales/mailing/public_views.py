"""What recipients of mailings reach without signing in: the page to unsubscribe, the links, and the picture that counts opens."""

from __future__ import annotations

from base64 import b64decode
from datetime import timedelta
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from bihuan.core.access import ALL_ROWS, NO_ROWS, SYSTEM, Actor, Rows, visible
from bihuan.core.run import do
from bihuan.core.verbs import archive, create
from bihuan.market.form_views import LANGUAGES
from bihuan.market.opt_out import OptOut, digest_of
from bihuan.people.middleware import public
from bihuan.sales.mailing import links
from bihuan.sales.mailing.commands import note_response
from bihuan.sales.mailing.recipient import MailingRecipient
from bihuan.web.shell import LANGUAGE_TAGS, firm_name

PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
#: What follows so soon on the last count is the same act: programs ask twice.
PAUSE = timedelta(seconds=10)
#: Within the window an address is put on the list of opt-outs so often; then it stays there.
WINDOW, MOST = timedelta(minutes=10), 10


class Reader(Actor):
    """Whoever has got a mailing: may put their own address on the list of opt-outs and take it off, and do nothing else."""

    kind, name = "reader", "reader"

    def rows(self, object: str, action: str) -> Rows:
        return ALL_ROWS if object == "optout" and action in ("view", "create", "archive") else NO_ROWS


READER = Reader()


def recipient_of(name: str, token: str) -> tuple[MailingRecipient | None, str]:
    """Whom an address was made for (None: it stood in a mail to try things out) and where it leads. Raises Http404."""
    told = links.read(name, token)
    key, target = told if isinstance(told, list) else (told, "")
    if key == links.NOBODY:
        return None, target
    rows = visible(SYSTEM, MailingRecipient, archived=None).select_related("mailing")
    recipient = rows.filter(pk=key).first() if key is not None else None
    if recipient is None:
        raise Http404
    return recipient, target


# ---------------------------------------------------------------------- unsubscribing


@public
@csrf_exempt  # a mail program that unsubscribes with one click (RFC 8058) has no cookie; the signed address does its work
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """The page that asks, in the recipient's language; only a post changes anything, for programs open what stands in mails."""
    recipient, _target = recipient_of("mailing_leave", token)
    wanted = request.GET.get("lang", "").lower()
    usual = recipient.language if recipient is not None else translation.get_language() or ""
    language = wanted if wanted in LANGUAGE_TAGS else usual
    with translation.override(language):
        response = _answered(request, recipient)
    response["Content-Language"] = LANGUAGE_TAGS[language]
    return response


def _answered(request: HttpRequest, recipient: MailingRecipient | None) -> HttpResponse:
    if request.method != "POST" or recipient is None:
        return _page(request, recipient)
    rows = visible(SYSTEM, OptOut, archived=None).filter(digest=digest_of(recipient.address))
    in_force = rows.filter(archived_at=None).first()
    is_program = request.POST.get("List-Unsubscribe") == "One-Click"
    if request.POST.get("wish") == "back":
        if rows.filter(changed_at__gt=timezone.now() - WINDOW).count() >= MOST:
            return _page(request, recipient, status=429)
        if in_force is not None:
            do(archive, in_force, by=READER)
    else:
        if in_force is None:
            source = "program" if is_program else "link"
            do(create, by=READER, on=OptOut, address=recipient.address, source=source)
        _note(recipient, "unsubscribed_at")
    return HttpResponse() if is_program else HttpResponseRedirect(request.get_full_path(), status=303)


def _page(request: HttpRequest, recipient: MailingRecipient | None, status: int = 200) -> HttpResponse:
    """What holds of the address, and the button that changes it."""
    context = {
        "firm": firm_name(), "address": recipient.address if recipient is not None else "", "here": request.get_full_path(),
        "is_out": recipient is not None and visible(SYSTEM, OptOut).filter(digest=digest_of(recipient.address)).exists(),
        "language": LANGUAGE_TAGS[translation.get_language() or ""], "too_often": status == 429,
        "languages": [(tag, name, f"{request.path}?{urlencode({'lang': tag})}") for tag, name in LANGUAGES.items()],
    }  # fmt: skip
    return render(request, "sales/mailing_leave.html", context, status=status)


# ---------------------------------------------------------------------- links and opens


@public
@require_safe
def click(request: HttpRequest, token: str) -> HttpResponse:
    """On to where the link leads that stood in the mail; counted once in a while."""
    recipient, target = recipient_of("mailing_click", token)
    if request.method == "GET" and recipient is not None and recipient.mailing.counts_clicks:
        _note(recipient, "clicked_at")
    return HttpResponseRedirect(target)


@public
@require_safe
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """A picture of one point that cannot be seen."""
    recipient, _target = recipient_of("mailing_open", token)
    if request.method == "GET" and recipient is not None and recipient.mailing.counts_opens:
        _note(recipient, "opened_at")
    return HttpResponse(PIXEL, content_type="image/gif")


def _note(recipient: MailingRecipient, response: str) -> None:
    """Note what somebody did, unless they did the same a moment ago."""
    is_first = getattr(recipient, response) is None
    if recipient.state == "sent" and (is_first or recipient.changed_at < timezone.now() - PAUSE):
        do(note_response, recipient, by=SYSTEM, response=response)


paths = [
    path("m/leave/<str:token>", leave, name="mailing_leave"),
    path("m/link/<str:token>", click, name="mailing_click"),
    path("m/seen/<str:token>", opened, name="mailing_open"),
]
