from django.urls import include, path

from bihuan.site import health

urlpatterns = [
    *health.paths,
    path("", include("bihuan.people.urls")),
    path("", include("bihuan.sales.urls")),
    path("", include("bihuan.automation.urls")),
    path("", include("bihuan.api.urls")),
    path("", include("bihuan.touch.urls")),
    path("", include("bihuan.market.urls")),
    path("", include("bihuan.web.urls")),
]
handler400 = "bihuan.web.limits.bad_request"
handler403 = "bihuan.web.respond.forbidden"
handler404 = "bihuan.web.respond.not_found"
handler500 = "bihuan.web.outage.failed"
