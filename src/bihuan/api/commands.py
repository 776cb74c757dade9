"""What can be done with tokens: issued and revoked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.api.token import PREFIX, ApiToken, digest_of, new_secret
from bihuan.core import registry, verbs
from bihuan.core.access import Actor
from bihuan.core.command import command
from bihuan.core.errors import Refused
from bihuan.core.event import Event


@command(
    ApiToken, label=_("Issue a token"), icon="key-round", needs="create", creates=True, is_offered=False, local=True,
)  # fmt: skip
def issue_token(
    token: ApiToken, *, by: Actor, name: str, access: str = "read", objects_named: str = "", expires_on: date | None = None,
) -> Iterable[Event]:  # fmt: skip
    """Make a token that acts as oneself; `secret` on the record holds it, this once."""
    if by.user_id is None:
        raise Refused(_now("Only a member of staff has tokens."))
    slugs = [slug.strip() for slug in objects_named.split(",") if slug.strip()]
    known = {desk.slug for desk in registry.desks()}
    for slug in slugs:
        if slug not in known:
            raise Refused(_now("There is no object “%(name)s”.") % {"name": slug}, "objects_named")
    token.secret = new_secret()  # type: ignore[attr-defined]  (kept nowhere but on this record in memory)
    token.digest, token.beginning = digest_of(token.secret), token.secret[: len(PREFIX) + 4]  # type: ignore[attr-defined]
    token.name, token.access, token.expires_on = name, access or "read", expires_on
    token.objects_named = ",".join(dict.fromkeys(slugs))
    token.user_id = token.owner_id = by.user_id
    return []


@command(ApiToken, label=_("Revoke"), icon="ban", needs="archive", local=True)
def archive(token: ApiToken, *, by: Actor) -> Iterable[Event]:
    """Let the token open nothing any more, for good: who takes it out of the recycle bin finds it without its secret."""
    token.digest = None
    return verbs.archive.verb(token, by=by) or ()
