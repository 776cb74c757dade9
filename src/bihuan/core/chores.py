"""What the kernel does every so often."""

from bihuan.core import chore, seal, stuck, sweep, tally

chore.every(60, seal.seal)  # for so long an entry of the audit stands unsealed
chore.every(60, tally.fold)
chore.every(600, stuck.tell_owners)
chore.every(3600, sweep.sweep)
