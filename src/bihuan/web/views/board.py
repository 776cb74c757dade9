"""The board: records as cards in columns by stage."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from bihuan.core import stage
from bihuan.core.desk import Desk
from bihuan.core.errors import NotFound
from bihuan.core.kind import read_key
from bihuan.web import respond
from bihuan.web.address import Address
from bihuan.web.board import board_of, card_now, is_answered, page_of, sorts
from bihuan.web.list_page import ListPage, switch
from bihuan.web.saved_view import views_of
from bihuan.web.views.door import desk_of
from bihuan.web.views.listing import plain_address


@require_safe
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """The board of one pipeline, as the view and the filters of the list narrow it down."""
    desk, actor = _boarded(request, slug), request.actor  # type: ignore[attr-defined]
    page = ListPage(desk, actor, request.GET, "board")
    if "f-field" in request.GET:
        return HttpResponseRedirect(plain_address(page))
    if respond.is_fragment(request) and page.filter_form:
        return respond.part(request, "web/parts/filter_form.html", {"page": page, "form": page.filter_form})
    pipeline = _pipeline(page.address, slug)
    columns = board_of(desk, actor, page.address, pipeline) if pipeline else None
    heads_url = Address(reverse("board_heads", args=[slug]), page.address.view, page.address.params).at()
    shared = {"desk": desk, "heads_url": heads_url, "board": columns}
    if respond.is_fragment(request) and columns:
        return respond.part(request, "web/parts/board.html", shared)
    return respond.page(request, "web/pages/board.html", shared | _frame(request, desk, page, pipeline))


def _frame(request: HttpRequest, desk: Desk, page: ListPage, pipeline: int | None) -> dict[str, Any]:
    """What stands around the columns. The conditions that the columns answer themselves need no chip."""
    actor = request.actor  # type: ignore[attr-defined]
    told = tuple(each for each in page.query.conditions if not is_answered(desk, each.field.name))
    page.query = replace(page.query, conditions=told)
    pipelines = [
        {"label": each.label, "url": page.address.changed(pipeline=str(each.id), open=None), "current": each.id == pipeline}
        for each in stage.pipelines(desk.slug)
    ]  # fmt: skip
    stages_url = reverse("stages", args=[pipeline]) if pipeline else reverse("pipelines")
    return {
        "page": page, "title": str(desk.label_plural).capitalize(), "label": str(desk.label), "switch": switch(desk, "board", page.address),
        "csrf_token": get_token(request), "pipelines": pipelines, "sorts": sorts(desk, actor, page.address),
        "may_create": desk.offers(actor, "create"),
        "stages_url": stages_url if actor.may("stage", "edit") else "",
    }  # fmt: skip


@require_safe
def column(request: HttpRequest, slug: str, step: int) -> HttpResponse:
    """The next cards of a column, for a swap."""
    desk = _boarded(request, slug)
    here = stage.step(step)
    if here is None or here.object != slug:
        raise NotFound()
    shown, count = _number(request.GET.get("shown", "")), _number(request.GET.get("of", ""))
    actor, address = request.actor, _address(request, desk)  # type: ignore[attr-defined]
    cards, more = page_of(desk, actor, address, here, count, request.GET.get("after", ""), shown)
    return respond.part(request, "web/parts/board_cards.html", {"cards": cards, "more": more, "stage": here})


@require_safe
def heads(request: HttpRequest, slug: str) -> HttpResponse:
    """After a move: the heads of all columns, and the moved card as it is now."""
    desk = _boarded(request, slug)
    actor, address = request.actor, _address(request, desk)  # type: ignore[attr-defined]
    board = board_of(desk, actor, address, _pipeline(address, slug) or 0, cards=False)
    card, here = card_now(desk, actor, _number(request.GET.get("card", ""))) or (None, None)
    context = {"desk": desk, "board": board, "card": card, "here": here, "opened": address.params.get("open", "")}
    return respond.part(request, "web/parts/board_heads.html", context)


def _boarded(request: HttpRequest, slug: str) -> Desk:
    desk = desk_of(request, slug)
    if desk.board is None:
        raise NotFound()
    return desk


def _address(request: HttpRequest, desk: Desk) -> Address:
    views = views_of(desk, request.actor)  # type: ignore[attr-defined]
    return Address.read(
        reverse("board", args=[desk.slug]), request.GET, {key: tab.params for key, tab in views.items()}
    )


def _pipeline(address: Address, slug: str) -> int | None:
    """The pipeline that the address names, or the first; None when the firm has none."""
    offered = [each.id for each in stage.pipelines(slug)]
    wanted = _number(address.params.get("pipeline", ""))
    return wanted if wanted in offered else next(iter(offered), None)


def _number(text: str) -> int:
    return read_key(text) or 0


paths = [
    path("<slug:slug>/board", board, name="board"),
    path("<slug:slug>/board/heads", heads, name="board_heads"),
    path("<slug:slug>/board/<int:step>", column, name="board_column"),
]
