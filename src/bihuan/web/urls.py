"""Every address of the generic product. Each view module lists its own; `slug` is an object's, `key` a record's.

The order matters: fixed words first, objects after them.
"""

from __future__ import annotations

from importlib import import_module

MODULES = (
    "home",
    "palette",
    "notices",
    "jobs",
    "files",
    "settings",
    "custom_fields",
    "form_rules",
    "stages",
    "choices",
    "drafts",
    "blueprint",
    "listing",
    "board",
    "funnel",
    "forms",
    "cells",
    "bulk",
    "options",
    "commands",
    "timeline",
    "past",
    "privacy",
    "record",
    "exchange",
    "duplicates",
)

urlpatterns = [path for name in MODULES for path in import_module(f"bihuan.web.views.{name}").paths]
