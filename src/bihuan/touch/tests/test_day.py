"""The pages of a day: the inbox, the calendar, tasks by weight, and the calendar for other programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.run import do
from bihuan.core.verbs import archive, create
from bihuan.people.session import begin  # noqa: F401
from bihuan.touch.agenda import by_weight, calendar, month_of, today, week_of
from bihuan.touch.inbox import count, duration, inbox
from bihuan.touch.models import CalendarFeed, Task, Touchpoint, Waiting
from tests.cast import new, record

pytestmark = pytest.mark.django_db
