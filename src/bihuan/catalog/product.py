"""Products: what is sold."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core.columns import AmountField, ChoiceField, CurrencyField, StateField
from bihuan.core.desk import Desk, Section, View
from bihuan.core.record import Record
from bihuan.core.registry import register

KINDS = {"goods": _("Goods"), "service": _("Service"), "subscription": _("Subscription")}


class Product(Record):
    """Something the firm sells, with the price it starts from."""

    sku = models.CharField(_("Item number"), max_length=60, unique=True, null=True, blank=True)
    name = models.CharField(_("Product name"), max_length=200)
    name_hant = models.CharField(_("Name (繁體)"), max_length=200, blank=True)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    kind = StateField(KINDS, verbose_name=_("Kind"))
    category = ChoiceField(set="product_category", verbose_name=_("Category"))
    measure = ChoiceField(set="unit_of_measure", verbose_name=_("Unit of measure"))
    list_price = AmountField(verbose_name=_("List price"))
    currency = CurrencyField()
    on_sale = models.BooleanField(_("On sale"), default=True)
    description = models.TextField(_("Description"), blank=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        indexes = [models.Index(fields=["name"], name="product_name")]


@register(Product)
class ProductDesk(Desk):
    icon = "package"
    group = "serve"
    node = 6
    columns = ("name", "sku", "kind", "category", "list_price", "measure", "on_sale")
    filters = ("kind", "category", "on_sale")
    form = (
        Section(_("Product"), ("name", "name_hant", "name_en", "sku", "kind", "category", "description")),
        Section(_("Price"), ("list_price", "currency", "measure", "on_sale")),
    )
    quick = ("name", "sku", "kind", "category", "list_price")
    views = (View("all", _("All products"), {}), View("on_sale", _("On sale"), {"on_sale.is": "1"}))
    search = {"sku": 8, "name": 10, "name_hant": 6, "name_en": 6, "description": 1}
    key = ("sku", "name", "name_hant", "name_en")
    sort = "name"
    creates = ("category", "measure")
    aliases = {
        "name": ("product", "产品", "产品名称", "品名"),
        "category": ("series", "系列"),
        "list_price": ("sales_price", "price", "单价", "价格"),
    }
