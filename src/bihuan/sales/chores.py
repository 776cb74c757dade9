"""What this room does every so often: it looks for promises that contradict each other, and keeps the forecast of the week."""

from bihuan.core import chore
from bihuan.sales import forecast_snapshot, promises

chore.every(600, promises.look)
chore.every(600, forecast_snapshot.keep)
