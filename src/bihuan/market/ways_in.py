"""How people come by a campaign: the addresses of lead forms with its code behind them, as links and as QR codes."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.http import require_safe
from markupsafe import Markup

from bihuan.core import registry
from bihuan.core.access import Actor, find, visible
from bihuan.core.errors import Forbidden
from bihuan.market.campaign import Campaign
from bihuan.market.lead_form import LeadForm
from bihuan.web import respond
from bihuan.web.qr_code import FILES, qr_code, qr_file
from bihuan.web.views.record import subject_of

#: So many forms are offered for a campaign.
MOST = 3


@dataclass(frozen=True, slots=True)
class WayIn:
    """A form by which people come: its address with the code, and that as a QR code with the files of it."""

    form: LeadForm
    address: str
    picture: Markup
    files: list[tuple[str, str]]


def is_told(actor: Actor) -> bool:
    """Whether the address of forms is not kept back from somebody."""
    return "token" in registry.desk_of(LeadForm).whole_fields(actor)


def address_of(request: HttpRequest, form: LeadForm, code: str = "") -> str:
    """Where a form is; with the code of a campaign what comes in counts for that one."""
    address = request.build_absolute_uri(reverse("lead_form", args=[form.token]))
    return f"{address}?{urlencode({'c': code})}" if code else address


def files(form: LeadForm, code: str = "") -> list[tuple[str, str]]:
    """The QR code of that address as files to be downloaded: the ending of each, and where it is."""
    asked = f"?{urlencode({'c': code})}" if code else ""
    return [(ending, reverse("lead_form_qr", args=[form.pk, ending]) + asked) for ending in FILES]


def ways_in(request: HttpRequest, campaign: Campaign, code: str, actor: Actor) -> list[WayIn]:
    """By which forms people come: those of the campaign; where it has none, any other with its code behind."""
    if not is_told(actor):
        return []
    forms = visible(actor, LeadForm).order_by("pk")
    found = [each for each in forms.filter(campaign=campaign.pk) if each.is_open()]
    if not found and code:
        found = [each for each in forms if each.is_open()]
    addresses = {form: address_of(request, form, code) for form in found[:MOST]}
    return [WayIn(form, address, qr_code(address), files(form, code)) for form, address in addresses.items()]


@require_safe
def campaign_ways_in(request: HttpRequest, key: int) -> HttpResponse:
    """The code of a campaign and the ways to come by it, as whoever looks sees them."""
    subject = subject_of(request, "campaign", key)
    if not respond.is_fragment(request):
        return HttpResponseRedirect(subject.page)
    code = (subject.record.code or "") if "code" in subject.desk.whole_fields(subject.actor) else ""
    may_make = registry.desk_of(LeadForm).offers(subject.actor, "create")
    context = {
        "code": code, "ways": ways_in(request, subject.record, code, subject.actor),
        "make": f"{reverse('new', args=['leadform'])}?campaign={key}" if may_make else "",
    }  # fmt: skip
    return respond.part(request, "market/ways_in.html", context)


@require_safe
def lead_form_qr(request: HttpRequest, key: int, ending: str) -> HttpResponse:
    """The QR code of a form's address as a file, with the code of a campaign behind it where the address says one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form, code = find(actor, LeadForm, key), request.GET.get("c", "")[: Campaign._meta.get_field("code").max_length]
    if not is_told(actor):
        raise Forbidden()
    if ending not in FILES:
        raise Http404
    answer = HttpResponse(qr_file(address_of(request, form, code), ending), content_type=FILES[ending][0])
    answer["Content-Disposition"] = f'attachment; filename="qr-{form.pk}.{ending}"'
    return answer


paths = [
    path("campaign/<int:key>/ways-in", campaign_ways_in, name="campaign_ways_in"),
    path("leadform/<int:key>/qr.<str:ending>", lead_form_qr, name="lead_form_qr"),
]
