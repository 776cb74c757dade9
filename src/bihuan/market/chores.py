"""What this room does every so often: once a day it notes the size of every segment."""

from bihuan.core import chore
from bihuan.market import segment_sizes

chore.every(600, segment_sizes.keep)
