"""What templates need to point at the built front end: `asset` and `icon`.

`npm run build` writes the files into `static/web/`; Django's static files storage gives each
its public, hashed address.
"""

from functools import cache

from django.contrib.staticfiles.storage import staticfiles_storage
from markupsafe import Markup


def asset(name: str) -> str:
    """The URL of a built file, `asset("app.css")`.

    Raises ValueError if a manifest storage is in use and does not know the file, which means
    that the front end was not built before `collectstatic`.
    """
    return staticfiles_storage.url(f"web/{name}")


@cache
def icon(name: str, size: str = "") -> Markup:
    """A decorative drawing from the sprite; the names are those in `frontend/icons.txt`.

    `size` is "" for 16 px or "s" for 14 px. The text beside it, or the `aria-label` of the
    control around it, says what it means.
    """
    return Markup('<svg class="i"{} aria-hidden="true"><use href="{}#{}"/></svg>').format(
        Markup(' data-size="{}"').format(size) if size else "", asset("icons.svg"), name
    )
