"""No wheel and no sdist without what scripts/prepare builds: installed, it could neither draw a page nor speak Chinese."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: Each with the step of scripts/prepare that makes it.
BUILT = {
    "src/bihuan/site/assets/staticfiles.json": "the front-end assets",
    "src/bihuan/locale/zh_Hans/LC_MESSAGES/django.mo": "the translations",
    "src/bihuan/locale/zh_Hant/LC_MESSAGES/django.mo": "the translations",
}


class Built(BuildHookInterface):
    """Refuses to build anything to be handed on while one of BUILT is missing."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        missing = sorted({what for file, what in BUILT.items() if not (Path(self.root) / file).exists()})
        if version != "editable" and missing:
            raise SystemExit(f"Run scripts/prepare first: {' and '.join(missing)} have not been built.")
