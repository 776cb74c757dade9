"""Signing in through an identity provider that really runs: who is let in as whom, and what forged answers meet."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest
from django.test import Client

from bihuan.core.access import SYSTEM, Actor
from bihuan.core.audit import AuditEntry
from bihuan.core.errors import Invalid, Refused
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, update
from bihuan.people import openid
from bihuan.people.commands import set_client_secret
from bihuan.people.identity_provider import ClientSecret, IdentityProvider
from bihuan.people.sign_in import SignInAttempt
from bihuan.people.tests.doors import with_password, with_second_factor
from bihuan.people.user import User

#: The provider runs in this process and uses what its own library is about to drop.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
MAIL = "lin@hancheng.example"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a provider that lets anybody in as whom they say."""
    import oidc_provider_mock  # warns while it is imported

    with oidc_provider_mock.run_server_in_thread() as running:
        yield f"http://localhost:{running.server_port}"


@pytest.fixture(autouse=True)
def set_up(chen: Actor) -> None:
    """Somebody can sign in: the set-up of the firm is over."""
    with_password(chen)


@pytest.fixture
def provider(server: str, firm: None) -> IdentityProvider:
    made = do(create, by=SYSTEM, on=IdentityProvider, name="Firm account", issuer=server, client_id="bihuan")
    do(set_client_secret, made, by=SYSTEM, secret="kept well")
    return made


@pytest.fixture
def lin_with_mail(lin: Actor) -> User:
    return do(update, User._base_manager.get(pk=lin.user_id), by=SYSTEM, email=MAIL)


def at_the_provider(url: str, subject: str, **claims: Any) -> str:
    """Sign in there as `subject` and return the address that the browser is sent back to."""
    issuer = "{0.scheme}://{0.netloc}".format(urlsplit(url))
    body = json.dumps(claims).encode()
    urlopen(Request(f"{issuer}/users/{subject}", body, {"Content-Type": "application/json"}, method="PUT"))
    opener = openid.build_opener(openid._Stay)
    try:
        opener.open(Request(url, urlencode({"sub": subject}).encode()))
    except Exception as redirected:
        return redirected.headers["Location"]  # type: ignore[attr-defined]
    raise AssertionError("the provider leads nowhere")


def through(client: Client, provider: IdentityProvider, subject: str, **claims: Any) -> Any:
    there = client.get(f"/sign-in/with/{provider.pk}?next=/account")["Location"]
    return client.get(back(at_the_provider(there, subject, **claims)))


def back(address: str) -> str:
    return address.replace("http://testserver", "", 1)


def test_a_verified_mail_leads_to_its_user(client: Client, provider: IdentityProvider, lin_with_mail: User) -> None:
    assert f"/sign-in/with/{provider.pk}" in client.get("/sign-in").content.decode()
    asked = parse_qs(urlsplit(client.get(f"/sign-in/with/{provider.pk}")["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"] and asked["state"] and asked["nonce"]
    answer = through(client, provider, "abc", email=MAIL.upper(), email_verified=True)
    assert (answer.status_code, answer["Location"]) == (303, "/account")
    assert client.get("/account").status_code == 200
    last = SignInAttempt.objects.order_by("-pk").first()
    assert (last.way, last.user_id, last.succeeded) == ("single_sign_on", lin_with_mail.pk, True)


def test_once_known_the_subject_counts_and_not_the_mail(
    client: Client, provider: IdentityProvider, lin_with_mail: User, chen: Actor
) -> None:
    through(client, provider, "abc", email=MAIL, email_verified=True)
    do(update, User._base_manager.get(pk=chen.user_id), by=SYSTEM, email="chen@hancheng.example")
    again = Client()
    through(again, provider, "abc", email="chen@hancheng.example", email_verified=True)
    assert again.session["user"] == lin_with_mail.pk


@pytest.mark.parametrize(
    "claims",
    [
        {"email": MAIL, "email_verified": False},
        {"email": MAIL},
        {"email": "stranger@hancheng.example", "email_verified": True},
        {"email": "", "email_verified": True},
        {"email": MAIL, "email_verified": "true"},
    ],
)
def test_others_stay_outside(
    client: Client, provider: IdentityProvider, lin_with_mail: User, claims: dict[str, Any]
) -> None:
    users = User._base_manager.count()
    assert through(client, provider, "xyz", **claims)["Location"] == "/sign-in"
    assert client.get("/account").status_code == 302
    assert User._base_manager.count() == users


def test_who_may_no_longer_sign_in_may_not_this_way(
    client: Client, provider: IdentityProvider, lin_with_mail: User
) -> None:
    through(client, provider, "abc", email=MAIL, email_verified=True)
    do(update, lin_with_mail, by=SYSTEM, is_active="0")
    assert through(Client(), provider, "abc", email=MAIL, email_verified=True)["Location"] == "/sign-in"


def test_users_are_made_where_the_rule_says_so(client: Client, provider: IdentityProvider, lin: Actor) -> None:
    role = User._base_manager.get(pk=lin.user_id).roles.get()
    rule = {"makes_users": "1", "domains": "hancheng.example", "role": role.pk, "unit": lin.unit_id}
    do(update, provider, by=SYSTEM, **rule)
    through(client, provider, "new", email="new@hancheng.example", email_verified=True, name="新人")
    made = User._base_manager.get(email="new@hancheng.example")
    assert (made.name, made.unit_id, list(made.roles.all()), made.has_usable_password()) == (
        "新人", lin.unit_id, [role], False,
    )  # fmt: skip
    assert client.get("/account").status_code == 200
    assert through(Client(), provider, "evil", email="x@evil.example", email_verified=True)["Location"] == "/sign-in"
    with pytest.raises(Invalid):
        do(update, provider, by=SYSTEM, domains="")


def test_the_second_factor_is_asked_for_unless_the_provider_does(
    client: Client, provider: IdentityProvider, lin_with_mail: User, lin: Actor
) -> None:
    with_second_factor(lin)
    through(client, provider, "abc", email=MAIL, email_verified=True)
    assert client.get("/account")["Location"] == "/sign-in/code"
    do(update, provider, by=SYSTEM, asks_second_factor="1")
    through(client, provider, "abc", email=MAIL, email_verified=True)
    assert client.get("/account").status_code == 200


def test_an_answer_counts_once_and_in_the_browser_that_asked(
    client: Client, provider: IdentityProvider, lin_with_mail: User
) -> None:
    there = client.get(f"/sign-in/with/{provider.pk}")["Location"]
    answer = back(at_the_provider(there, "abc", email=MAIL, email_verified=True))
    victim = Client()
    assert victim.get(answer)["Location"] == "/sign-in" and victim.get("/account").status_code == 302
    forged = answer.replace("state=", "state=x")
    assert client.get(forged)["Location"] == "/sign-in"
    assert client.get(answer)["Location"] == "/sign-in", "what was asked is forgotten after the first answer"


def test_a_provider_out_of_use_lets_nobody_in(client: Client, provider: IdentityProvider, lin_with_mail: User) -> None:
    there = client.get(f"/sign-in/with/{provider.pk}")["Location"]
    answer = back(at_the_provider(there, "abc", email=MAIL, email_verified=True))
    do(archive, provider, by=SYSTEM)
    assert client.get(answer)["Location"] == "/sign-in"
    assert client.get(f"/sign-in/with/{provider.pk}").status_code == 404


def test_a_provider_that_is_not_there_is_told_of(client: Client, firm: None) -> None:
    lost = do(create, by=SYSTEM, on=IdentityProvider, name="Lost", issuer="http://localhost:9", client_id="x")
    assert client.get(f"/sign-in/with/{lost.pk}")["Location"] == "/sign-in"
    assert 'data-kind="danger"' in client.get("/sign-in").content.decode()
    with pytest.raises(Invalid):
        do(create, by=SYSTEM, on=IdentityProvider, name="Open", issuer="http://sso.example", client_id="x")


@pytest.fixture(scope="module")
def key() -> Any:
    """The provider's own key."""
    from joserfc.jwk import RSAKey

    return RSAKey.generate_key(2048, {"kid": "1"})


class TestTheToken:
    """What is signed by the provider, for us, now and for this sign-in is believed; nothing else."""

    GOOD = {"iss": "https://sso.example", "aud": "bihuan", "sub": "abc", "nonce": "n"}

    def read(self, key: Any, claims: dict[str, Any], *, algorithm: str = "RS256", signer: Any = None) -> dict[str, Any]:
        from joserfc import jwt
        from joserfc.jwk import KeySet

        now = int(time.time())
        head = {"alg": algorithm, "kid": "1"}
        token = jwt.encode(head, {"exp": now + 60, "iat": now} | claims, signer or key, algorithms=[algorithm])
        public = KeySet.import_key_set({"keys": [key.as_dict(private=False)]})
        return openid.verified(token, public, "https://sso.example", "bihuan", "n")

    def test_a_good_one_is_believed(self, key: Any) -> None:
        assert self.read(key, self.GOOD)["sub"] == "abc"
        assert self.read(key, self.GOOD | {"aud": ["other", "bihuan"], "azp": "bihuan"})

    @pytest.mark.parametrize(
        "change",
        [
            {"iss": "https://evil.example"}, {"aud": "other"}, {"aud": ["bihuan", "other"]}, {"aud": None}, {"nonce": "m"}, {"nonce": None},
            {"exp": 1}, {"exp": None}, {"exp": "soon"}, {"iat": 9_999_999_999}, {"sub": ""}, {"sub": None}, {"sub": 7},
        ],
    )  # fmt: skip
    def test_one_that_does_not_fit_is_not(self, key: Any, change: dict[str, Any]) -> None:
        with pytest.raises(Refused):
            self.read(key, self.GOOD | change)

    def test_nobody_elses_signature_counts(self, key: Any) -> None:
        from joserfc.jwk import OctKey, RSAKey

        with pytest.raises(Refused):
            self.read(key, self.GOOD, signer=RSAKey.generate_key(2048, {"kid": "1"}))
        public = OctKey.import_key(json.dumps(key.as_dict(private=False)))
        with pytest.raises(Refused):
            self.read(key, self.GOOD, algorithm="HS256", signer=public)

    @pytest.mark.parametrize("token", ["", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", "x" * 9000])
    def test_what_is_no_token_is_refused(self, key: Any, token: str) -> None:
        from joserfc.jwk import KeySet

        public = KeySet.import_key_set({"keys": [key.as_dict(private=False)]})
        with pytest.raises(Refused):
            openid.verified(token, public, "https://sso.example", "bihuan", "n")


def test_the_clients_secret_is_kept_sealed_and_set_by_administrators(
    provider: IdentityProvider, zhou: Actor, lin: Actor
) -> None:
    do(set_client_secret, provider, by=zhou, secret="very secret")
    with pytest.raises(Refused):
        do(set_client_secret, provider, by=lin, secret="mine")
    kept = json.dumps(list(ClientSecret.objects.values())) + json.dumps(list(AuditEntry.objects.values("changes")))
    assert "very secret" not in kept
