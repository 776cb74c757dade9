"""What this room does every so often: it reminds of tasks, and tells managers who has waited too long."""

from bihuan.core import chore
from bihuan.touch import reminder, response

chore.every(60, reminder.remind)
chore.every(60, response.escalate)
