from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "bihuan.catalog"
    label = "catalog"
