"""Values as people read them: one function per kind of value, made once per column, not once per cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.db import models
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from bihuan.core import kind, link, registry, stage
from bihuan.core import money as amounts
from bihuan.core.access import Actor
from bihuan.core.columns import AboutField
from bihuan.core.configuration import remembered
from bihuan.core.field import Field
from bihuan.core.held_file import HeldFile
from bihuan.core.listed import Linked, Money
from bihuan.core.names import OBJECTS
from bihuan.web.picture import is_picture

#: After what, and before what, an address may go on in the next line.
_JOINT = re.compile(r"(?<=[/.?&=_-])(?=[^/.?&=_-])|(?=@)")

Show = Callable[[Any], Markup]

#: Pictures up to this size are shown with their names.
PICTURE_LIMIT = 2 * 2**20

#: So many linked records are named; of more it is said how many they are.
NAMED = 20

NOTHING = Markup('<span class="none">–</span>')


def shower(field: Field, *, brief: bool = False) -> Show:
    """How values of a field are drawn in the language in force. `brief`, for lists and boards: amounts in 万, no links."""
    draw = _DRAWERS[field.kind.name](field, brief)

    def drawn(raw: Any) -> Markup:
        return NOTHING if raw is None or raw == "" or raw == () else draw(raw)

    return drawn


def marked(text: str, places: Iterable[tuple[int, int]]) -> Markup:
    """A text with some places in colour, each from its first character to the one behind its last."""
    pieces, done = [], 0
    for begin, end in places:
        pieces += [escape(text[done:begin]), Markup("<mark>{}</mark>").format(text[begin:end])]
        done = end
    return Markup("").join([*pieces, escape(text[done:])])


def value(field: Field, raw: Any, *, brief: bool = False) -> Markup:
    """One value drawn; for templates that show few."""
    return shower(field, brief=brief)(raw)


def field_of(record: models.Model, field: Field, actor: Actor) -> Markup:
    """A field of a loaded record drawn in full. A link costs a query unless its object is kept in memory."""
    raw = field.value_of(record)
    if raw is None:
        return NOTHING
    if isinstance(field.kind, kind.Amount):
        raw = Money(raw, getattr(record, field.currency, "CNY"))
    elif isinstance(field.kind, kind.Link):
        raw = linked(field, raw, actor)
    elif isinstance(field.kind, kind.Links):
        raw = several(field, raw, actor)
    elif isinstance(field.kind, kind.File):
        raw = download(record, field, raw)
    return value(field, raw)


def linked(field: Field, key: int, actor: Actor) -> Linked | None:
    """What a link points to, as far as the actor may see it; a hidden record has no name."""
    desk = registry.desk_of(field.target)  # type: ignore[arg-type]
    titles = link.titles(actor, desk, [key])
    return Linked(desk.slug, key, titles[key] or f"#{key}") if key in titles else None


def several(field: Field, keys: Sequence[int], actor: Actor) -> Sequence[Any]:
    """What a link to several leads to, as far as the actor may see it; of very many only their keys. One query."""
    desk = registry.desk_of(field.target)  # type: ignore[arg-type]
    if desk.configuration or len(keys) > NAMED:
        return keys
    titles = link.titles(actor, desk, keys)
    return tuple(Linked(desk.slug, key, titles[key] or f"#{key}") for key in keys if key in titles)


class Download(NamedTuple):
    """A file that a record holds, and where it is handed out."""

    file: HeldFile
    url: str


def download(record: models.Model, field: Field, held: HeldFile) -> Download:
    """What a record holds in a file field, with its address. Another file has another one, so a browser may keep it."""
    return Download(held, reverse("held_file", args=[record._meta.model_name, record.pk, field.name, held.id]))


# ---------------------------------------------------------------------- text, numbers, dates


def _text(field: Field, brief: bool) -> Show:
    return lambda raw: escape(raw)


def _lines(field: Field, brief: bool) -> Show:
    return lambda raw: Markup('<span class="prose">{}</span>').format(raw)


def _percent(field: Field, brief: bool) -> Show:
    return lambda raw: Markup('<span class="num">{}%</span>').format(plain_number(raw))


def _number(field: Field, brief: bool) -> Show:
    if isinstance(field.kind, kind.Ordinal):
        return lambda raw: Markup('<span class="num">{}</span>').format(raw)
    return lambda raw: Markup('<span class="num">{}</span>').format(plain_number(raw))


def plain_number(raw: Decimal | int) -> str:
    """Thousands parted, no needless decimals, a true minus."""
    if isinstance(raw, Decimal):
        raw = raw.quantize(Decimal("0.0001")).normalize()
    return f"{raw:,f}".replace("-", "−") if isinstance(raw, Decimal) else f"{raw:,}".replace("-", "−")


SIGNS = {"CNY": "¥", "USD": "US$", "EUR": "€", "GBP": "£", "HKD": "HK$", "TWD": "NT$", "JPY": "JP¥"}


def money(amount: Decimal, currency: str = "CNY", *, brief: bool = False) -> Markup:
    """An amount: in full with its decimals, or in 万 (thousands in English) with one decimal where `brief`."""
    if brief:
        figure, unit = scaled(amount)
        sign = "" if currency == "CNY" else Markup('<small class="cur">{}</small>').format(currency)
        return Markup('<span class="num">{}{}{}</span>').format(
            sign, figure, Markup("<small>{}</small>").format(unit) if unit else ""
        )
    rounded = amounts.round_amount(amount, currency)
    return Markup('<span class="num money"><small class="cur">{}</small>{}</span>').format(
        SIGNS.get(currency, currency), f"{rounded:,f}".replace("-", "−")
    )


def scaled(amount: Decimal) -> tuple[str, str]:
    """An amount in the unit that lists of this language use: 万/萬, or thousands."""
    english = (get_language() or "").startswith("en")
    divisor, unit = (Decimal(1000), "k") if english else (Decimal(10_000), _("10k"))
    figure = (amount / divisor).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP) if amount else Decimal(0)
    return f"{figure:,f}".replace("-", "−"), unit


def _amount(field: Field, brief: bool) -> Show:
    return lambda raw: money(*raw, brief=brief) if isinstance(raw, Money) else money(raw, brief=brief)


def _date(field: Field, brief: bool) -> Show:
    today = timezone.localdate()
    return lambda raw: Markup(f'<time datetime="{raw.isoformat()}">{escape(day(raw, today))}</time>')  # noqa: S704


#: By how many days ahead.
_NEAR = {0: gettext_lazy("today"), -1: gettext_lazy("yesterday"), 1: gettext_lazy("tomorrow")}


def day(raw: date, today: date) -> str:
    """今天, 昨天, 明天; 3-16 within the year; 2025-11-20 beyond."""
    near = _NEAR.get((raw - today).days)
    if near:
        return str(near)
    if (get_language() or "").startswith("en"):
        return date_format(raw, "j M" if raw.year == today.year else "j M Y")
    return f"{raw.month}-{raw.day:02}" if raw.year == today.year else raw.isoformat()


def long_day(raw: date) -> str:
    """A day in running text: 3月18日 星期三, Wednesday 18 March."""
    return date_format(raw, _("j F, l"))


def day_head(day: date) -> str:
    """“Today”, “yesterday · 17 March”, “12 March, Thursday”, with the year where it is another."""
    today = timezone.localdate()
    english = (get_language() or "").startswith("en")
    written_out = date_format(
        day, ("j F" if english else "n月j日") + ("" if day.year == today.year else " Y" if english else "")
    )
    if day.year != today.year and not english:
        written_out = date_format(day, "Y年n月j日")
    near = {today: _("Today"), today - timedelta(1): _("Yesterday")}.get(day)
    if near:
        return near if day == today else f"{near} · {written_out}"
    return f"{written_out} {date_format(day, 'D' if english else 'l')}"


def span_days(first: date, last: date) -> str:
    """From a day to a day of the same year."""
    return f"{date_format(first, _('j F'))} – {date_format(last, _('j F'))}"


def percent(share: float) -> str:
    """A share of the whole in per cent, with one decimal below ten."""
    return f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"


def author(record: Any) -> Markup:
    """Who saved a record last, and when; the moment alone where the product itself did."""
    who = link.title(registry.desk("user"), record.changed_by_id)
    return Markup(" · ").join(filter(None, (who, moment(record.changed_at))))


def moment(raw: datetime, now: datetime | None = None) -> Markup:
    """A point in time: minutes ago within the hour, the time of day today, else the day. `now` is local time."""
    now = now or timezone.localtime()
    local = raw.astimezone(now.tzinfo)
    passed = now - raw
    if timedelta(0) <= passed < timedelta(hours=1):
        text = _("%(minutes)d min ago") % {"minutes": passed.seconds // 60} if passed.seconds >= 60 else _("just now")
    elif local.date() == now.date():
        text = f"{_('today')} {local:%H:%M}"
    else:
        text = day(local.date(), now.date())
    return Markup(f'<time datetime="{raw.isoformat()}" title="{local:%Y-%m-%d %H:%M}">{escape(text)}</time>')  # noqa: S704


def _moment(field: Field, brief: bool) -> Show:
    now = timezone.localtime()
    return lambda raw: moment(raw, now)


def _yesno(field: Field, brief: bool) -> Show:
    yes, no = _("yes"), _("no")
    return lambda raw: escape(yes if raw else no)


# ---------------------------------------------------------------------- states, choices, stages


def _state(field: Field, brief: bool) -> Show:
    if isinstance(field.column, AboutField):
        return _about
    if field.states and set(field.states) <= set(_TONES):
        return lambda raw: Markup(
            '<span class="pill" data-tone="{}"><i class="dot"></i><span class="clip">{}</span></span>'
        ).format(_TONES[raw], field.states.get(raw, raw))
    names = dict(field.states)
    return lambda raw: escape(names.get(raw, raw))


def _about(raw: Linked | str) -> Markup:
    """Of which object a record is that something is about, and which one where that has been looked up."""
    if not isinstance(raw, Linked):
        return escape(OBJECTS.get(raw, raw))
    url = reverse("record", args=[raw.object, raw.id])
    return Markup('<small class="soft">{}</small> <a href="{}">{}</a>').format(OBJECTS[raw.object], url, raw.title)


#: States whose meaning has a colour everywhere.
_TONES = {"open": "azure", "done": "malachite", "dropped": "ink", "won": "malachite", "lost": "cinnabar"}


def _choice(field: Field, brief: bool) -> Show:
    drawn: dict[int, Markup] = {}

    def draw(raw: int) -> Markup:
        if raw not in drawn:
            option = field.kind.option(raw)  # type: ignore[attr-defined]
            if option is None:
                drawn[raw] = NOTHING
            elif field.name.rpartition(".")[2] == "status":
                drawn[raw] = Markup(
                    '<span class="pill" data-tone="{}"><i class="dot"></i><span class="clip">{}</span></span>'
                ).format(option.pigment, option.label)
            else:
                drawn[raw] = escape(option.label)
        return drawn[raw]

    return draw


def _choices(field: Field, brief: bool) -> Show:
    option = field.kind.option  # type: ignore[attr-defined]
    return lambda raw: escape(_(", ").join(found.label for key in raw if (found := option(key)) is not None))


def stage_glyph(key: int, *, label: bool = True) -> Markup:
    """A stage: its colour is the administrator's, its shape tells the kind."""
    step = stage.step(key)
    if step is None:
        return NOTHING
    text = Markup('<span class="clip">{}</span>').format(step.label) if label else ""
    return Markup('<span class="stage" data-tone="{}" data-kind="{}" style="--p:{}">{}</span>').format(
        step.pigment, step.kind, step.probability, text
    )


def _stage(field: Field, brief: bool) -> Show:
    drawn: dict[int, Markup] = {}

    def draw(raw: int) -> Markup:
        if raw not in drawn:
            drawn[raw] = stage_glyph(raw)
        return drawn[raw]

    return draw


# ---------------------------------------------------------------------- links


def _link(field: Field, brief: bool) -> Show:
    if field.target is get_user_model():
        return lambda raw: person(raw.id)
    slug = registry.desk_of(field.target).slug  # type: ignore[arg-type]
    if brief:
        return lambda raw: Markup('<span class="clip" title="{0}">{0}</span>').format(raw.title)
    return lambda raw: Markup('<a href="{}">{}</a>').format(reverse("record", args=[slug, raw.id]), raw.title)


def _links(field: Field, brief: bool) -> Show:
    desk, one = registry.desk_of(field.target), _link(field, brief)  # type: ignore[arg-type]

    def draw(raw: Sequence[Any]) -> Markup:
        if desk.configuration:
            return escape(_(", ").join(link.title(desk, each.id if isinstance(each, Linked) else each) for each in raw))
        is_named = len(raw) <= NAMED and all(isinstance(each, Linked) for each in raw)
        return escape(_(", ")).join(map(one, raw)) if is_named else escape(len(raw))

    return draw


@remembered
def _people() -> dict[int, tuple[str, str]]:
    """Name and colour of every member of staff."""
    return {
        key: (name, pigment)
        for key, name, pigment in get_user_model()._base_manager.values_list("pk", "name", "pigment")
    }


def person_name(key: int) -> str:
    """What a colleague is called."""
    return _people().get(key, ("", ""))[0]


def initial(name: str) -> str:
    """The character an avatar shows: the last of a Chinese name, the first of any other."""
    name = name.strip()
    return (name[0].upper() if name and name[0].isascii() else name[-1:]) or "·"


@remembered
def avatar(key: int) -> Markup:
    """A colleague's coloured initial; the name is its title."""
    name, pigment = _people().get(key, ("", "ink"))
    return Markup('<span class="avatar" data-tone="{}" title="{}" aria-hidden="true">{}</span>').format(
        pigment, name, initial(name)
    )


@remembered
def person(key: int) -> Markup:
    """A colleague with a coloured initial and the name."""
    return Markup('<span class="who">{}<span class="clip">{}</span></span>').format(
        avatar(key), _people().get(key, ("", ""))[0]
    )


def _mail(field: Field, brief: bool) -> Show:
    return lambda raw: Markup('<a href="mailto:{}">{}</a>').format(raw, breakable(raw))


def _phone(field: Field, brief: bool) -> Show:
    return lambda raw: Markup('<a class="num" href="tel:{}">{}</a>').format(raw.replace(" ", ""), raw)


def _url(field: Field, brief: bool) -> Show:
    return lambda raw: Markup('<a href="{}" rel="noreferrer noopener" target="_blank">{}</a>').format(
        raw, breakable(raw.partition("://")[2].rstrip("/"))
    )


def breakable(text: str) -> Markup:
    """An address that a narrow column breaks between its parts rather than within a word."""
    return Markup("<wbr>").join(_JOINT.split(text))


def _file(field: Field, brief: bool) -> Show:
    if brief:
        return lambda raw: Markup('<span class="clip" title="{0}">{0}</span>').format(
            raw.file if isinstance(raw, Download) else raw
        )
    return _downloaded


def _downloaded(raw: Download) -> Markup:
    """The name as a link, with the size, and below it the picture where it is one."""
    file, url = raw
    named = Markup('<a href="{}" download>{}</a> <small class="soft">{}</small>').format(
        url, file.name, filesizeformat(file.size)
    )
    if not is_picture(file.media_type) or file.size > PICTURE_LIMIT:
        return named
    opened = Markup(
        '<a class="held" href="{0}?inline" target="_blank"><img src="{0}?inline" alt="" loading="lazy"></a>'
    )
    return named + opened.format(url)


def _document(field: Field, brief: bool) -> Show:
    return lambda raw: Markup('<span class="mono">{}</span>').format(raw)


_DRAWERS: dict[str, Callable[[Field, bool], Show]] = {
    "text": _text,
    "longtext": _lines,
    "integer": _number,
    "quantity": _number,
    "percent": _percent,
    "amount": _amount,
    "date": _date,
    "moment": _moment,
    "yesno": _yesno,
    "state": _state,
    "choice": _choice,
    "choices": _choices,
    "stage": _stage,
    "link": _link,
    "links": _links,
    "mail": _mail,
    "phone": _phone,
    "url": _url,
    "file": _file,
    "number": _document,
}
