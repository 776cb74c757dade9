"""OpenID Connect, the relying party's side: authorization code with PKCE, state and nonce, the id_token verified.

OpenID Connect Core 1.0 (3.1.2, 3.1.3.7), RFC 7636 (PKCE), RFC 9207 (issuer in the answer).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.error import URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from bihuan.core.errors import Refused

#: Signatures made with a provider's private key; none that the client's secret, or nothing, could make.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
#: Seconds to wait for a provider, bytes to take from it, seconds that its clock may be off or a sign-in may take.
PATIENCE, MOST, SKEW, LIFE = 10, 2**20, 60, 600


class _Stay(HTTPRedirectHandler):
    """A provider answers at its own address, or not at all."""

    def redirect_request(self, *_: Any) -> None:
        return None


def begin(issuer: str, client_id: str, back: str) -> tuple[str, dict[str, Any]]:
    """Where to send the browser, and what its session keeps until it is `back`. Raises Refused."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code", "client_id": client_id, "redirect_uri": back, "scope": "openid profile email", "state": state,
        "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    address = discover(issuer)["authorization_endpoint"]
    url = f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"
    return url, {"state": state, "nonce": nonce, "verifier": verifier, "back": back, "at": int(time.time())}


def finish(
    issuer: str, client_id: str, secret: str, kept: Mapping[str, Any], answer: Mapping[str, str]
) -> dict[str, Any]:
    """The verified claims of whom the provider answered for. Raises Refused for anything that does not fit."""
    if not constant_time_compare(answer.get("state", ""), kept["state"]) or time.time() - kept["at"] > LIFE:
        raise Refused(_("This sign-in was not begun here, or took too long. Begin again."))
    if answer.get("iss", issuer) != issuer or "error" in answer or not answer.get("code"):
        raise Refused(_("The provider did not let you in."))
    known = discover(issuer)
    tokens = _exchange(known, client_id, secret, kept, answer["code"])
    claims = verified(tokens.get("id_token", ""), keys(known["jwks_uri"]), issuer, client_id, kept["nonce"])
    if "email" not in claims and "userinfo_endpoint" in known:
        more = _ask(known["userinfo_endpoint"], headers={"Authorization": f"Bearer {tokens.get('access_token', '')}"})
        if more.get("sub") == claims["sub"]:
            claims = {**more, **claims}
    return claims


def verified(token: str, known_keys: Any, issuer: str, client_id: str, nonce: str) -> dict[str, Any]:
    """The claims of an id_token that is signed by the provider, for us, now, and for this very sign-in. Raises Refused."""
    from joserfc import jwt  # heavy: loaded only where somebody signs in this way
    from joserfc.errors import JoseError

    try:
        claims = jwt.decode(token, known_keys, algorithms=ALGORITHMS).claims
    except (JoseError, ValueError, KeyError, TypeError):
        raise Refused(_("What the provider says cannot be trusted.")) from None
    heard = claims.get("aud")
    heard = heard if isinstance(heard, list) else [heard]
    now, moments = time.time(), (claims.get("exp"), claims.get("iat"))
    fits = (
        claims.get("iss") == issuer
        and client_id in heard
        and (len(heard) == 1 or claims.get("azp") == client_id)
        and all(isinstance(moment, int | float) for moment in moments)
        and claims["exp"] > now - SKEW
        and claims["iat"] < now + SKEW
        and constant_time_compare(str(claims.get("nonce", "")), nonce)
        and isinstance(claims.get("sub"), str)
        and claims["sub"]
    )
    if not fits:
        raise Refused(_("What the provider says cannot be trusted."))
    return claims


def discover(issuer: str) -> dict[str, Any]:
    """The provider's own description, which must be this issuer's. Raises Refused."""
    known = _ask(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if known.get("issuer") != issuer or not all(isinstance(known.get(name), str) for name in needed):
        raise Refused(_("The provider describes itself wrongly."))
    return known


def keys(address: str) -> Any:
    """The provider's public keys. Raises Refused."""
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        return KeySet.import_key_set(_ask(address))  # type: ignore[arg-type]
    except (JoseError, ValueError, KeyError, TypeError):
        raise Refused(_("What the provider says cannot be trusted.")) from None


def _exchange(
    known: Mapping[str, Any], client_id: str, secret: str, kept: Mapping[str, Any], code: str
) -> dict[str, Any]:
    """The tokens for a code. The secret goes into the header unless the provider takes it only in the body."""
    given = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": kept["back"], "code_verifier": kept["verifier"],
    }  # fmt: skip
    headers = {}
    ways = known.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if secret and "client_secret_basic" in ways:
        pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        given |= {"client_id": client_id} | ({"client_secret": secret} if secret else {})
    return _ask(known["token_endpoint"], given, headers)


def _ask(url: str, given: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The JSON object at an address of the provider. Raises Refused."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise Refused(_("The provider describes itself wrongly."))
    body = urlencode(given).encode() if given is not None else None
    request = Request(url, body, {"Accept": "application/json", **(headers or {})})  # noqa: S310  (checked above)
    try:
        with build_opener(_Stay).open(request, timeout=PATIENCE) as answer:
            told = json.loads(answer.read(MOST))
    except (URLError, OSError, ValueError):
        raise Refused(_("The provider cannot be reached. Try again, or sign in with your password.")) from None
    if not isinstance(told, dict):
        raise Refused(_("The provider describes itself wrongly."))
    return told
