"""What this room does every so often: it looks for promises that contradict each other, keeps the forecast of the week, and sends
mailings beside what the worker does for mail.
"""

from bihuan.core import chore
from bihuan.sales import forecast_snapshot, promises
from bihuan.sales.mailing import sending
from bihuan.touch import worker

chore.every(600, promises.look)
chore.every(600, forecast_snapshot.keep)
chore.every(60, sending.give_up_unknown)
worker.also(sending.due)
