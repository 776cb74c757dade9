from django.urls import include, path

urlpatterns = [
    path("", include("bihuan.people.urls")),
    path("", include("bihuan.web.urls")),
]
