"""What the room does when something has happened."""

from __future__ import annotations

from django.utils.translation import gettext as _

from bihuan.core import event
from bihuan.core.access import SYSTEM, visible
from bihuan.core.run import Call, run
from bihuan.market.commands import measure_segment
from bihuan.market.opt_out import OptOut
from bihuan.market.segment import Segment
from bihuan.parties.commands import set_mailings
from bihuan.parties.contact import Contact


@event.on((event.Created, event.Changed), "segment")
def count_members(happened: event.Event) -> None:
    """A segment that asks for something else has another size; one that cannot be counted keeps what it had."""
    run(measure_segment, [Call(record=happened.record_id)], by=SYSTEM, on=Segment, partial=True)


@event.on(event.Created, "optout")
@event.on(event.Restored, "optout")
@event.on(event.Archived, "optout")
def tell_contacts(happened: event.Event) -> None:
    """Whoever has an address wants what its owner wants: it stands on the page of each contact with that address."""
    optout = OptOut._base_manager.get(pk=happened.record_id)
    wants_none = visible(SYSTEM, OptOut).filter(digest=optout.digest).exists()
    reason = _("The address was put on the list of opt-outs.") if wants_none else _("The opt-out was taken back.")
    rows = visible(SYSTEM, Contact).filter(email__iexact=optout.address, opted_out=not wants_none)
    calls = [Call({"opted_out": wants_none, "reason": reason}, key) for key in rows.values_list("pk", flat=True)]
    if optout.address and calls:
        run(set_mailings, calls, by=SYSTEM, on=Contact)
