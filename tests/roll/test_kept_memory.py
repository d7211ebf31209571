"""A load's memory: Arrow's pool rests in the block and is back afterwards, whatever ended it."""

from __future__ import annotations

import pyarrow as pa
import pytest

from commonroll.roll.reading.kept_memory import kept_memory


def test_arrows_own_pool_rests_until_the_block_ends() -> None:
    before = pa.default_memory_pool().backend_name
    with pytest.raises(ZeroDivisionError), kept_memory():
        assert pa.default_memory_pool().backend_name == "system"
        raise ZeroDivisionError
    assert pa.default_memory_pool().backend_name == before
