from django.apps import AppConfig


class MarketConfig(AppConfig):
    name = "bihuan.market"
    label = "market"
