"""What a person is told while the machine cannot do what it should: which of its parts, and that nothing is lost."""

from __future__ import annotations

import sys

from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from bihuan.core.outage import Outage, outage_of
from bihuan.web import respond
from bihuan.web.limits import hear_out

SENTENCES = {
    Outage.ROOM: _("The server's disk is full."),
    Outage.READING: _("The database can only be read at present."),
    Outage.WRITING: _("The server cannot write to its disk."),
    Outage.DATABASE: _("The database does not answer."),
}
#: Seconds after which a program may try again.
AGAIN = 30


class Sessions(SessionMiddleware):
    """Django's, but a page is not kept from its reader because what the session remembers cannot be written at present."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        try:
            return super().process_response(request, response)
        except SessionInterrupted as error:
            if outage_of(error) is None:
                raise
            return response


def failed(request: HttpRequest) -> HttpResponse:
    """Django's 500: an outage where it is one (507 for want of room, else 503), or a fault of ours."""
    outage = outage_of(sys.exc_info()[1])
    if outage is None:
        return respond.broken(request)
    hear_out(request)
    response = respond.fault(request, 507 if outage is Outage.ROOM else 503, str(SENTENCES[outage]))
    response["Retry-After"] = str(AGAIN)
    return response
