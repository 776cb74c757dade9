"""The addresses of the API, and of the pages about it. Whatever else stands below /api/v1 is not found, as JSON."""

from __future__ import annotations

from django.urls import path, re_path

from bihuan.api import reference, resources, tokens
from bihuan.api.door import resource

urlpatterns = [
    path("profile/tokens", tokens.tokens, name="tokens"),
    path("profile/tokens/<int:key>/revoke", tokens.revoke, name="token_revoke"),
    path("api/v1/", reference.reference, name="api_reference"),
    path("api/v1/openapi.json", reference.openapi_json, name="api_openapi"),
    path("api/v1/<str:slug>", resource(GET=resources.listing, POST=resources.making), name="api_list"),
    path("api/v1/<str:slug>/bulk", resource(POST=resources.many), name="api_bulk"),
    path("api/v1/<str:slug>/<str:key>", resource(GET=resources.reading, PATCH=resources.changing), name="api_record"),
    path("api/v1/<str:slug>/<str:key>/<str:name>", resource(POST=resources.acting), name="api_command"),
    path("api/v1/<str:slug>/<str:key>/files/<str:name>/<str:id>", resource(GET=resources.file), name="api_file"),
    re_path(r"^api(?:/.*)?$", resource(GET=resources.nothing), name="api_nothing"),
]
