"""An archive on its way through the wizard: its files, and the object that each of them is about."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from bihuan.core import registry, works
from bihuan.core.access import Actor
from bihuan.core.errors import NotFound, Refused
from bihuan.core.exchange import archive, reading
from bihuan.web.import_draft import Draft


@dataclass
class Bundle:
    """`files` are dictionaries: `name`, `folder` (where it is kept), `object` (what it is about; "": left out), `head`."""

    key: str
    user: int
    name: str
    files: list[dict[str, Any]]

    @classmethod
    def begin(cls, actor: Actor, upload: UploadedFile) -> Bundle:
        """Unpack an archive and look at its files. Raises Refused where one of them is no table."""
        bundle = cls(works.keep([]), actor.user_id or 0, upload.name or "", [])
        try:
            for member in archive.members(upload.file):  # type: ignore[arg-type]
                bundle.files.append(_looked_at(member, actor))
        except Refused:
            for folder in (bundle.key, *(each["folder"] for each in bundle.files)):
                shutil.rmtree(works.folder_of(folder))
            raise
        (works.folder_of(bundle.key) / "bundle.json").write_text(json.dumps(asdict(bundle), ensure_ascii=False))
        return bundle

    @classmethod
    def find(cls, actor: Actor, key: str) -> Bundle:
        """One's own bundle. Raises NotFound."""
        try:
            bundle = cls(**json.loads((works.folder_of(UUID(key).hex) / "bundle.json").read_text()))
        except (ValueError, FileNotFoundError):
            raise NotFound() from None
        if bundle.user != actor.user_id:
            raise NotFound()
        return bundle

    def go_on(self, actor: Actor, objects: Sequence[str]) -> Draft:
        """Begin an import for every file that is not left out, each to be followed by the next; returns the first."""
        order = [desk.slug for desk in archive.offered(actor)]
        chosen = [(file, slug) for file, slug in zip(self.files, objects, strict=True) if slug]
        if not chosen:
            raise Refused(_("Choose an object for at least one file."))
        following: list[list[str]] = []
        for file, slug in sorted(chosen, key=lambda each: order.index(each[1]), reverse=True):
            draft = Draft.of(registry.desk(slug), actor, file["folder"], file["name"])
            draft.following = list(following)
            draft.save()
            following.insert(0, [slug, draft.key, file["name"]])
        return draft


def _looked_at(member: archive.Member, actor: Actor) -> dict[str, Any]:
    folder = works.keep(member.blocks)
    try:
        with (works.folder_of(folder) / "source").open("rb") as source:
            table = reading.read(source, member.name)
            return {
                "name": member.name,
                "folder": folder,
                "object": archive.fitting(table, member.name, actor),
                "head": table.head,
            }
    except Refused as refusal:
        shutil.rmtree(works.folder_of(folder))
        told = {"file": member.name, "reason": refusal.sentence}
        raise Refused(_("%(file)s: %(reason)s") % told) from None
