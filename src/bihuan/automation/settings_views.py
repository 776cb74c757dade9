"""The settings of webhooks: who is told what, the secret, and every message with its attempts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bihuan.automation import event_types
from bihuan.automation.commands import renew_secret, replay, send_test
from bihuan.automation.message import ATTEMPTS, FAILURES, STATES, WebhookAttempt, WebhookMessage
from bihuan.automation.webhook import Webhook
from bihuan.core import link, registry
from bihuan.core.access import Actor, find, visible
from bihuan.core.errors import Forbidden, NotFound, Refused
from bihuan.core.kind import read_key
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, update
from bihuan.web import respond
from bihuan.web.form import Form, form_of, pick
from bihuan.web.sections import Section, offer
from bihuan.web.views.settings import section_page

offer(Section("webhooks", gettext_lazy("Webhooks"), "programs", "webhooks", "webhook"))

FIELDS = ("name", "address", "events", "active")
#: Messages on a page of them.
SIZE = 50
#: The session keeps for one page which webhook's secret that page shows.
SHOWN = "webhook_secret"


@require_safe
def webhooks(request: HttpRequest) -> HttpResponse:
    """Every webhook, with whether its messages arrive."""
    actor = request.actor  # type: ignore[attr-defined]
    messages = WebhookMessage.objects.filter(webhook=OuterRef("pk"))
    rows = visible(actor, Webhook).order_by("name", "pk")
    rows = rows.annotate(
        has_dead=Exists(messages.filter(state="dead")),
        has_failing=Exists(messages.filter(state="waiting", attempts__gt=0)),
    )
    people = registry.desk("user")
    shown = [
        {"record": row, "events": event_types.split(row.events), "owner": link.title(people, row.changed_by_id)}
        for row in rows
    ]
    return section_page(request, "webhooks", "automation/settings_webhooks.html", {"webhooks": shown})


@require_http_methods(["GET", "HEAD", "POST"])
def webhook_new(request: HttpRequest) -> HttpResponse:
    """A webhook that is not there yet; its secret is shown once, on the page that follows."""
    form = form_for(request, None)
    if request.method == "POST":
        try:
            made = do(create, by=request.actor, on=Webhook, **form.values)  # type: ignore[attr-defined]
            request.session[SHOWN] = made.pk
            return respond.go(request, reverse("webhook", args=[made.pk]), _("Saved."))
        except Forbidden:
            raise
        except Refused as refusal:
            form.refuse(refusal)
    return form_page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: HttpRequest, key: int) -> HttpResponse:
    """One webhook: its form, its secret and its latest messages."""
    actor = request.actor  # type: ignore[attr-defined]
    found = find(actor, Webhook, key, archived=False)
    form = form_for(request, found)
    if request.method == "POST":
        try:
            do(update, found, by=actor, version=read_key(request.POST.get("version", "")), **form.values)
            return respond.go(request, reverse("webhook", args=[key]), _("Saved."))
        except Forbidden:
            raise
        except Refused as refusal:
            form.refuse(refusal)
    return form_page(request, form, found)


def form_for(request: HttpRequest, record: Webhook | None) -> Form:
    """The form as it was sent, with the ticked events as one text; else as the record stands."""
    desk, actor = registry.desk_of(Webhook), request.actor  # type: ignore[attr-defined]
    fields = pick(desk.inputs(actor, creating=record is None), FIELDS)
    if request.method != "POST":
        return form_of(fields, actor, record=record)
    sent = request.POST.copy()
    sent["events"] = ", ".join(request.POST.getlist("events"))
    return form_of(fields, actor, data=sent)


def form_page(request: HttpRequest, form: Form, found: Webhook | None) -> HttpResponse:
    chosen = event_types.split(form.inputs["events"].text)
    context: dict[str, Any] = {
        "form": form, "webhook": found, "everything": event_types.ANY in chosen,
        "objects": [_object_row(slug, types, chosen) for slug, types in event_types.catalogue().items()],
    }  # fmt: skip
    if found is not None:
        context |= {
            "owner": link.title(registry.desk("user"), found.changed_by_id), "sent": message_list(request, found),
            "secret": found.shown_secret if request.session.pop(SHOWN, None) == found.pk else "",
        }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return section_page(request, "webhooks", "automation/settings_webhook.html", context, status=status)


def _object_row(slug: str, types: dict[str, Any], chosen: tuple[str, ...]) -> dict[str, Any]:
    """What can happen to one object; the first tick stands for all of it."""
    every = f"{slug}.{event_types.ANY}"
    ticks = [{"type": type, "label": label, "on": type in chosen} for type, label in types.items()]
    return {"label": registry.desk(slug).label_plural, "type": every, "on": every in chosen, "types": ticks}


def message_list(request: HttpRequest, found: Webhook) -> dict[str, Any]:
    """A page of the messages of a webhook, the latest first, of one state or of all."""
    here, params = reverse("webhook", args=[found.pk]), request.GET
    state, before = params.get("state", ""), read_key(params.get("before", ""))
    rows = WebhookMessage.objects.filter(webhook=found.pk).order_by("-pk").select_related("happening")
    rows = rows.filter(state=state) if state in STATES else rows
    page = list(rows.filter(pk__lt=before)[: SIZE + 1] if before else rows[: SIZE + 1])
    tabs = [{"label": _("All"), "url": f"{here}#messages", "current": state not in STATES}]
    tabs += [
        {"label": label, "url": f"{here}?state={name}#messages", "current": name == state}
        for name, label in STATES.items()
    ]
    older = f"{here}?state={state}&before={page[SIZE - 1].pk}#messages" if len(page) > SIZE else ""
    titles = titles_of(request.actor, page[:SIZE])  # type: ignore[attr-defined]
    shown = [{"message": each, "title": titles.get(each.pk, "")} for each in page[:SIZE]]
    return {"rows": shown, "tabs": tabs, "older": older, "states": STATES, "most": ATTEMPTS}


def titles_of(actor: Actor, messages: Sequence[WebhookMessage]) -> dict[int, str]:
    """What the records are called that messages tell of, as far as the actor sees them. One query per object."""
    told = [each for each in messages if each.happening is not None]
    objects: dict[str, set[int]] = {}
    for each in told:
        objects.setdefault(each.happening.object, set()).add(each.happening.record_id)
    titles = {slug: link.titles(actor, registry.desk(slug), keys) for slug, keys in objects.items()}
    return {each.pk: titles[each.happening.object].get(each.happening.record_id, "") for each in told}


@require_safe
def webhook_message(request: HttpRequest, key: int, message: int) -> HttpResponse:
    """One message with every attempt to send it."""
    found = find(request.actor, Webhook, key)  # type: ignore[attr-defined]
    sent = WebhookMessage.objects.filter(webhook=found.pk, pk=message).select_related("happening").first()
    if sent is None:
        raise NotFound()
    attempts = WebhookAttempt.objects.filter(message=sent).order_by("-pk")
    title = titles_of(request.actor, [sent]).get(sent.pk, "")  # type: ignore[attr-defined]
    context = {
        "webhook": found, "message": sent, "record": title, "attempts": attempts[:SIZE],
        "states": STATES, "failures": FAILURES, "most": ATTEMPTS,
    }  # fmt: skip
    return section_page(request, "webhooks", "automation/settings_message.html", context)


@require_POST
def webhook_act(request: HttpRequest, key: int, act: str) -> HttpResponse:
    """A new secret, a test message, sending again, archiving."""
    actor, here = request.actor, reverse("webhook", args=[key])  # type: ignore[attr-defined]
    found = find(actor, Webhook, key, archived=False)
    if act == "secret":
        do(renew_secret, found, by=actor)
        request.session[SHOWN] = key
        return respond.go(request, here)
    if act == "test":
        do(send_test, found, by=actor)
        return respond.go(request, f"{here}#messages", _("A test message is on its way."))
    if act == "replay":
        message = request.POST.get("message", "")
        do(replay, found, by=actor, **({"message": message} if message else {}))
        onward = reverse("webhook_message", args=[key, message]) if message else f"{here}#messages"
        return respond.go(request, onward, _("It is being sent again."))
    if act == "archive":
        do(archive, found, by=actor)
        return respond.go(request, reverse("webhooks"), _("Archived."))
    raise NotFound()


paths = [
    path("settings/webhooks", webhooks, name="webhooks"),
    path("settings/webhooks/new", webhook_new, name="webhook_new"),
    path("settings/webhooks/<int:key>", webhook, name="webhook"),
    path("settings/webhooks/<int:key>/messages/<int:message>", webhook_message, name="webhook_message"),
    path("settings/webhooks/<int:key>/<str:act>", webhook_act, name="webhook_act"),
]
