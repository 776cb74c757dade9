"""From where a request really came, where proxies of the firm's own stand in front of the product."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse


class ForwardedAddress:
    """Makes REMOTE_ADDR the address from which the outermost proxy of ours (PROXIES) was asked.

    Sign-ins are counted and written down by it: without this everybody would come from the proxy, and one who tries
    passwords would keep out all others.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.PROXIES:
            raise MiddlewareNotUsed()
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.headers.get("X-Forwarded-For", "")
        request.META["REMOTE_ADDR"] = origin(request.META.get("REMOTE_ADDR", ""), told)
        return self.answer(request)


def origin(asked_from: str, told: str) -> str:
    """Walk back from the nearest hop for as long as the one that tells is a proxy of ours: what stands before, anybody could
    have written there."""
    for hop in reversed(told.split(",")):
        if not _is_proxy(asked_from) or not _is_address(hop.strip()):
            break
        asked_from = hop.strip()
    return asked_from


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_proxy(address: str) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in settings.PROXIES)
