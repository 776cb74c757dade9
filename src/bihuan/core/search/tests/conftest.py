"""The search tests begin with an empty index."""

import pytest

from bihuan.core.search import forget
from bihuan.core.search.models import SearchEntry


@pytest.fixture(autouse=True)
def empty_index(db: None) -> None:
    for name in SearchEntry.objects.values_list("object", flat=True).distinct():
        forget(name, SearchEntry.objects.filter(object=name).values_list("record_id", flat=True))
