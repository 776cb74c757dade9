from django.urls import include, path

urlpatterns = [
    path("", include("bihuan.people.urls")),
    path("", include("bihuan.automation.urls")),
    path("", include("bihuan.api.urls")),
    path("", include("bihuan.web.urls")),
]
handler404 = "bihuan.web.respond.not_found"
