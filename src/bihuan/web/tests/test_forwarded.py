"""Behind proxies of the firm's own, REMOTE_ADDR is whoever asked them; nobody else is believed."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from django.core.exceptions import MiddlewareNotUsed

from bihuan.web.forwarded import ForwardedAddress, origin


@pytest.fixture
def proxies(settings) -> None:  # type: ignore[no-untyped-def]
    settings.PROXIES = [ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8"), ip_network("::1")]


@pytest.mark.parametrize(
    ("asked_from", "told", "really"),
    [
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "203.0.113.7, 10.0.0.5", "203.0.113.7"),  # two proxies of ours, one behind the other
        ("127.0.0.1", "1.2.3.4, 203.0.113.7", "203.0.113.7"),  # the asker wrote the first one
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7, unknown", "127.0.0.1"),
        ("198.51.100.1", "203.0.113.7", "198.51.100.1"),  # no proxy of ours: it may tell what it likes
        ("", "203.0.113.7", ""),
    ],
)
def test_the_address_is_that_of_whoever_asked_the_outermost_proxy(
    proxies: None, asked_from: str, told: str, really: str
) -> None:
    assert origin(asked_from, told) == really


def test_without_proxies_nothing_that_is_told_counts(settings) -> None:  # type: ignore[no-untyped-def]
    settings.PROXIES = []
    with pytest.raises(MiddlewareNotUsed):
        ForwardedAddress(lambda request: None)  # type: ignore[arg-type,return-value]
