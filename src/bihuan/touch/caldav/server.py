"""A CalDAV server (RFC 4791), as far as a calendar needs it: find it, list its entries, fetch, put and delete them.

Every request goes out through core.outbound; a redirect is followed a few times, and the password is given to nobody
but the server that it was typed for and the neighbours that it names.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from django.utils.translation import gettext_lazy as _

from bihuan.core import outbound
from bihuan.core.outbound import Answer, Failed
from bihuan.people.sealed import unseal

if TYPE_CHECKING:
    from bihuan.touch.caldav.account import CalendarAccount

#: Why a calendar could not be brought into step.
FAILURES = {
    "address": _("This server is not allowed: it must lie in a public network, or in one that the operator has opened."),
    "name": _("No such host name is known."),
    "connection": _("No connection to the calendar server could be made."),
    "certificate": _("The certificate of the calendar server is not valid for this name."),
    "time": _("The calendar server did not answer in time."),
    "login": _("The calendar server does not accept the login or the password."),
    "password": _("No password is kept that can be read; give it again."),
    "calendar": _("There is no calendar at this address."),
    "answer": _("The calendar server broke off, or gave an answer that is not understood."),
    "refused": _("The calendar server does not allow this login to do that."),
    "owner": _("Whoever this calendar belongs to may no longer sign in."),
    "fault": _("A fault in the program; the operator finds it in the log."),
}  # fmt: skip

#: Seconds for an answer, and the bytes that one may have.
PATIENCE, LIMIT = 20.0, 16 * 2**20
REDIRECTS = 3
DAV, CALDAV, CALENDARSERVER = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}", "{http://calendarserver.org/ns/}"
NAMESPACES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://calendarserver.org/ns/"'

PREFIXES = {DAV: "d", CALDAV: "c", CALENDARSERVER: "s"}
ETAG, KIND, NAME, PRINCIPAL = f"{DAV}getetag", f"{DAV}resourcetype", f"{DAV}displayname", f"{DAV}current-user-principal"
HOME, TAKES, DATA = f"{CALDAV}calendar-home-set", f"{CALDAV}supported-calendar-component-set", f"{CALDAV}calendar-data"
CTAG, TOKEN = f"{CALENDARSERVER}getctag", f"{DAV}sync-token"
OFFERED = (KIND, NAME, TAKES)

Properties = Mapping[str, ElementTree.Element]


@dataclass(frozen=True, slots=True)
class Offered:
    """A calendar that a login may choose."""

    url: str
    name: str


class Changed(Exception):
    """The entry is no longer what it was when it was last read."""


class Rejected(Exception):
    """The server takes other entries, but not this one."""


class Server:
    """The server of an account, with its password. Every method raises Failed."""

    def __init__(self, account: CalendarAccount) -> None:
        password = unseal(account.password) if account.password else ""
        if not password:
            raise Failed("password")
        self.address = account.address
        self.calendar = self._join(account.address, account.calendar) if account.calendar else ""
        proof = b64encode(f"{account.login}:{password}".encode()).decode()
        self.headers = {"Authorization": f"Basic {proof}", "User-Agent": "Bihuan"}

    def calendars(self) -> list[Offered]:
        """The calendars of the login: the one at the address itself, or those in the home that the server names."""
        for start in (self.address, urljoin(self.address, "/.well-known/caldav")):
            try:
                url, found = self._here(start)
                if _is_calendar(found):
                    return list(_offered([(url, found)]))
                if PRINCIPAL in found and HOME not in found:
                    url, found = self._here(self._target(url, found[PRINCIPAL]))
                if HOME in found:
                    return list(_offered(self._properties(self._target(url, found[HOME]), 1, OFFERED)))
            except Failed as failed:
                if failed.code not in ("calendar", "answer"):
                    raise
        raise Failed("calendar")

    def _here(self, url: str, names: Iterable[str] = (*OFFERED, PRINCIPAL, HOME)) -> tuple[str, Properties]:
        found = self._properties(url, 0, names)
        if not found:
            raise Failed("calendar")
        return found[0]

    def _target(self, url: str, element: ElementTree.Element) -> str:
        return self._join(url, element.findtext(f"{DAV}href") or "")

    def stamp(self) -> str:
        """What changes whenever the calendar does; "" where the server has no such thing."""
        _url, found = self._here(self.calendar, (CTAG, TOKEN))
        return next((found[name].text or "" for name in (CTAG, TOKEN) if name in found), "")

    def listing(self) -> dict[str, str]:
        """The entries of the calendar: address to ETag."""
        found = self._properties(self.calendar, 1, (ETAG, KIND))
        return {
            url: each[ETAG].text or "" for url, each in found
            if ETAG in each and each[ETAG].text and not url.endswith("/") and not _is_collection(each)
        }  # fmt: skip

    def fetch(self, urls: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Entries of the calendar: address to ETag and text. One that is gone is left out."""
        hrefs = "".join(f"<d:href>{escape(urlsplit(url).path)}</d:href>" for url in urls)
        query = f"<c:calendar-multiget {NAMESPACES}><d:prop><d:getetag/><c:calendar-data/></d:prop>{hrefs}</c:calendar-multiget>"
        try:
            found = list(self._answers(self._ask("REPORT", self.calendar, query, Depth="1"), self.calendar))
        except Failed as failed:
            if failed.code != "answer":
                raise
            return dict(self._one_by_one(urls))  # an entry may hold signs that XML does not allow
        return {
            url: (each[ETAG].text or "", each[DATA].text or "") for url, each in found if ETAG in each and DATA in each
        }

    def _one_by_one(self, urls: Sequence[str]) -> Iterator[tuple[str, tuple[str, str]]]:
        for url in urls:
            try:
                answer = self._ask("GET", url, "")
            except Failed as failed:
                if failed.code != "calendar":
                    raise
            else:
                yield url, (answer.headers.get("etag", ""), answer.body.decode("utf-8", "replace"))

    def put(self, url: str, text: str, etag: str) -> str:
        """Write an entry, a new one where `etag` is ""; returns the ETag that it has now, "" where the server says none.

        Raises Changed and Rejected.
        """
        condition = {"If-Match": etag} if etag else {"If-None-Match": "*"}
        answer = self._ask("PUT", url, text, **{"Content-Type": "text/calendar; charset=utf-8"}, **condition)
        return answer.headers.get("etag", "")

    def delete(self, url: str, etag: str) -> None:
        """Delete an entry, unless it has gone already. Raises Changed and Rejected."""
        try:
            self._ask("DELETE", url, "", **{"If-Match": etag})
        except Failed as failed:
            if failed.code != "calendar":
                raise

    # ------------------------------------------------------------------ requests

    def _properties(self, url: str, depth: int, names: Iterable[str]) -> list[tuple[str, Properties]]:
        asked = "".join(f"<{PREFIXES[name.partition('}')[0] + '}']}:{name.partition('}')[2]}/>" for name in names)
        query = f"<d:propfind {NAMESPACES}><d:prop>{asked}</d:prop></d:propfind>"
        return list(self._answers(self._ask("PROPFIND", url, query, Depth=str(depth)), url))

    def _ask(self, method: str, url: str, body: str, **headers: str) -> Answer:
        """One request, after a redirect another one. Raises Failed, Changed and Rejected."""
        headers = {"Content-Type": "application/xml; charset=utf-8"} | headers | self.headers
        for _step in range(REDIRECTS):
            answer = outbound.request(method, url, body=body.encode(), headers=headers, seconds=PATIENCE, limit=LIMIT)
            if answer.status not in (301, 302, 307, 308):
                break
            url = self._join(url, answer.headers.get("location", ""))
        if answer.status < 300:
            return answer
        if answer.status == 412:
            raise Changed
        raise self._refusal(method, answer.status)

    def _refusal(self, method: str, status: int) -> Exception:
        detail = f"{method}: HTTP {status}"
        if status == 401:
            return Failed("login", detail)
        if status in (404, 405, 410):
            return Failed("calendar", detail)
        if status in (403, 507):
            return Failed("refused", detail)
        is_about_entry = method in ("PUT", "DELETE") and 400 <= status < 500 and status not in (408, 423, 429)
        return Rejected(detail) if is_about_entry else Failed("answer", detail)

    def _join(self, url: str, target: str) -> str:
        """Where a reference leads. Raises Failed for one that would give the password away."""
        found = urljoin(url, target)
        ours, theirs = outbound.split(self.address), outbound.split(found)
        domain = (ours.hostname or "").partition(".")[2]
        is_neighbour = (
            "." in domain and f".{theirs.hostname}".endswith(f".{domain}") and not domain.replace(".", "").isdigit()
        )
        if theirs.hostname != ours.hostname and not is_neighbour:
            raise Failed("answer", found)
        if ours.scheme == "https" and theirs.scheme != "https":
            raise Failed("answer", found)
        return found

    def _answers(self, answer: Answer, url: str) -> Iterator[tuple[str, Properties]]:
        """What a multistatus says of each address: the properties that there are."""
        for response in _tree(answer.body).iterfind(f"{DAV}response"):
            found = {
                each.tag: each
                for part in response.iterfind(f"{DAV}propstat")
                if " 200" in (part.findtext(f"{DAV}status") or "")
                for each in part.iterfind(f"{DAV}prop/*")
            }
            yield self._join(url, response.findtext(f"{DAV}href") or ""), found


class _Plain(ElementTree.TreeBuilder):
    """Refuses a document that declares entities: they could grow without end."""

    def doctype(self, *_named: str | None) -> None:
        raise ValueError("DOCTYPE")


def _tree(content: bytes) -> ElementTree.Element:
    """XML from a server. Raises Failed."""
    try:
        return ElementTree.fromstring(content, ElementTree.XMLParser(target=_Plain()))  # noqa: S314  (declares nothing)
    except (ValueError, ElementTree.ParseError) as error:
        raise Failed("answer", f"{type(error).__name__}: {error}"[:300]) from None


def _offered(found: Iterable[tuple[str, Properties]]) -> Iterator[Offered]:
    for url, each in found:
        if _is_calendar(each):
            yield Offered(url, (each[NAME].text if NAME in each else "") or urlsplit(url).path)


def _is_calendar(found: Properties) -> bool:
    """Whether this is a calendar that takes appointments or tasks."""
    if KIND not in found or found[KIND].find(f"{CALDAV}calendar") is None:
        return False
    taken = (
        {each.get("name", "").upper() for each in found[TAKES].iterfind(f"{CALDAV}comp")} if TAKES in found else set()
    )
    return not taken or bool(taken & {"VEVENT", "VTODO"})


def _is_collection(found: Properties) -> bool:
    return KIND in found and found[KIND].find(f"{DAV}collection") is not None
