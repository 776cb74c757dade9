"""The addresses of this room."""

from bihuan.sales import attribution_page, decision_chain, settings_views, views  # noqa: F401  (the chain draws on pages of others)
from bihuan.sales.mailing import public_views as mailing_public
from bihuan.sales.mailing import views as mailing_views

urlpatterns = [
    *settings_views.paths, *attribution_page.paths, *views.paths, *mailing_views.paths, *mailing_public.paths,
]  # fmt: skip
