"""A firm whose every text is an attempt to run something in the reader's browser, and the addresses that show it.

`fill` runs inside the product, in a process of its own.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from itertools import cycle
from typing import Any

#: What runs, if it runs, calls `__hit`.
TEXTS = (
    "<script>__hit()</script>",
    '"><img src=x onerror=__hit()>',
    "'><svg onload=__hit()>",
    '" autofocus onfocus="__hit()" x="',
    "' onmouseover='__hit()",
    "javascript:__hit()",
    "JaVaScRiPt:__hit()",
    "java\tscript:__hit()",
    "data:text/html,<script>__hit()</script>",
    "</script><script>__hit()</script>",
    "</textarea><script>__hit()</script>",
    "</title><img src=x onerror=__hit()>",
    "</style><script>__hit()</script>",
    "--><script>__hit()</script>",
    "]]><script>__hit()</script>",
    '<iframe srcdoc="<script>parent.__hit()</script>"></iframe>',
    "<details open ontoggle=__hit()>",
    "<body onload=__hit()>",
    '<a href="javascript:__hit()" autofocus>x</a>',
    "<svg><script>__hit()</script></svg>",
    "<svg/onload=__hit()>",
    '<math href="javascript:__hit()">x</math>',
    "<img src=x onerror=__hit()//",
    "<<script>__hit();//<</script>",
    "<input autofocus onfocus=__hit()>",
    "<video><source onerror=__hit()></video>",
    "<object data=javascript:__hit()>",
    "<embed src=javascript:__hit()>",
    '<meta http-equiv=refresh content="0;url=javascript:__hit()">',
    '<base href="javascript:__hit()//">',
    "<marquee onstart=__hit()>",
    "<form action=javascript:__hit()><button>x</button></form>",
    '<noscript><p title="</noscript><img src=x onerror=__hit()>">',
    "<template><script>__hit()</script></template>",
    "{{constructor.constructor('__hit()')()}}",
    "${__hit()}",
    "`${__hit()}`",
    "{{ __hit() }}",
    '<b hx-get="/" hx-trigger="load" hx-on::after-request="__hit()">x</b>',
    "<b hx-vals='js:{a:__hit()}' hx-get=/ hx-trigger=load>x</b>",
    '<b data-close data-guard data-undo="javascript:__hit()">x</b>',
    '"},"x":"</script><script>__hit()</script>',
    "\\u003cscript\\u003e__hit()\\u003c/script\\u003e",
    "\\x3cimg src=x onerror=__hit()\\x3e",
    "&lt;script&gt;__hit()&lt;/script&gt;",
    "&#60;img src=x onerror=__hit()&#62;",
    "%3Cscript%3E__hit()%3C/script%3E",
    "＜script＞__hit()＜/script＞",
    "<ſcript>__hit()</ſcript>",
    "<img\u2028src=x onerror=__hit()>",
    "\ufeff<script>__hit()</script>",
    "<scr\u200bipt>__hit()</script>",
    "<IMG SRC=&#106;&#97;vascript:__hit()>",
    "*/__hit()/*",
    "';__hit();//",
    '\\";__hit();//',
    "</template><script>__hit()</script>",
    "<style>@import'javascript:__hit()';</style>",
    '<p style="background:url(javascript:__hit())">',
    "<x onclick=__hit() tabindex=1 autofocus onfocus=__hit()>",
)
LONG = os.environ.get("BIHUAN_TEST_LONG") == "1"
KINDS = ("text", "longtext", "number", "phone", "mail", "url")


def fill(texts: list[str]) -> None:
    """Records of every object, until each text stands in some field and each field has held some; in the long form each in each."""
    from bihuan.core import registry
    from bihuan.core.access import acting
    from tests.cast import record

    zhou = acting(record("user", username="zhou").pk)
    wanted, told = cycle(texts), 0
    for desk in registry.desks():
        fields = [each.name for each in registry.maker(desk).inputs(desk, zhou).values() if each.kind.name in KINDS]
        is_file = any(each.kind.name == "file" for each in registry.maker(desk).inputs(desk, zhou).values())
        for n in range(-(-len(texts) // max(1, len(fields))) if LONG or is_file else 2):
            told += hostile_record(desk, zhou, 500 + n, {name: next(wanted) for name in fields})
    print(told)


def hostile_record(desk: Any, actor: Any, n: int, texts: dict[str, str]) -> int:
    """A record with these texts, but for those that its fields refuse; returns how many stand in it."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from bihuan.core import registry
    from bihuan.core.errors import Refused
    from bihuan.core.run import do
    from tests.contract.values import inputs

    proper = inputs(desk, actor, n)
    fields = registry.maker(desk).inputs(desk, actor)
    if "file" in fields:
        proper["file"] = SimpleUploadedFile(f"{TEXTS[n % len(TEXTS)]}.html", b"<script>__hit()</script>", "text/html")
    given = {name: text[: fields[name].max_length or 10_000] for name, text in texts.items()}
    while True:
        try:
            do(registry.maker(desk), by=actor, on=desk.model, **proper | given)
            return len(given)
        except Refused as refusal:
            wrong = set(refusal.errors) & set(given)
            if not wrong:
                return 0
            given = {name: text for name, text in given.items() if name not in wrong}


def addresses(rows: Any, newest: int) -> Iterator[str]:
    """Every page that shows what others wrote; of records the newest so many."""
    from urllib.parse import quote

    from bihuan.core import registry

    for desk in registry.desks():
        slug = desk.slug
        yield f"/{slug}?columns={','.join(desk.declared_fields)}&q="
        if desk.board:
            yield f"/{slug}/board?q="
        for (key,) in rows(f'SELECT id FROM "{desk.model._meta.db_table}" ORDER BY id DESC LIMIT {newest}'):  # noqa: S608
            yield from (f"/{slug}/{key}", f"/{slug}/{key}?tab=changes", f"/{slug}/{key}/edit")
    yield from (f"/search?q={quote(text)}" for text in ("__hit", *TEXTS[:: max(1, 30 // newest)]))
    yield from (
        f"/settings/{name}"
        for name in ("stages", "choices/channel", "choices/account_level", "numbers", "units", "users", "roles/1")
    )
    yield from (
        "/jobs",
        "/notices",
        "/profile",
        "/sign-in?next=javascript:__hit()",
        "/account/new?name=%22%3E%3Cscript%3E__hit()%3C/script%3E",
    )
    yield (
        "/account?address.contains="
        + quote('"><script>__hit()</script>')
        + "&view="
        + quote("<script>__hit()</script>")
    )


if __name__ == "__main__":
    import django

    django.setup()
    fill(json.loads(sys.stdin.read()))
