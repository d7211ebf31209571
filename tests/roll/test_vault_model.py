"""Any order of loads, kept tables, lists and vacuums: every kept snapshot reads as it was published."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from made_rolls import NOW, ids, publish, stage, voter

from commonroll.roll.vault.vault import Vault

NUMBERS = st.lists(st.integers(1, 5), max_size=3, unique=True)


class VaultMachine(RuleBasedStateMachine):
    """A vault beside a dictionary: snapshot number -> ids of voters, and of voters with a district."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.vault = Vault(Path(self.folder.name), "nc")
        self.kept: dict[int, tuple[list[str], list[str]]] = {}
        self.left_out: set[str] = set()

    def teardown(self) -> None:
        self.folder.cleanup()

    def newest(self) -> tuple[list[str], list[str]]:
        return self.kept[max(self.kept)] if self.kept else ([], [])

    @rule(numbers=NUMBERS)
    def load_registration(self, numbers: list[int]) -> None:
        made = publish(self.vault, [voter(number) for number in numbers])
        self.kept[made.number] = (sorted(f"AA{n:06}" for n in numbers), self.newest()[1])

    @precondition(lambda self: self.kept)
    @rule(numbers=NUMBERS)
    def load_districts(self, numbers: list[int]) -> None:
        voters = sorted(f"AA{n:06}" for n in numbers)
        rows = [{"state_voter_id": v, "type": "school", "id": "1", "name": None} for v in voters]
        staged = {"districts": [stage(self.vault, "districts", rows)]}
        made = self.vault.publish(
            staged, parent=max(self.kept), load="d", state="NC", layouts=[], keep=None, now=NOW
        )
        self.kept[made.number] = (self.newest()[0], voters)

    @rule(numbers=NUMBERS)
    def protect(self, numbers: list[int]) -> None:
        voters = {f"AA{n:06}" for n in numbers}
        assert self.vault.suppress(sorted(voters)).added == len(voters - self.left_out)
        self.left_out |= voters

    @rule(keep=st.integers(1, 3))
    def vacuum(self, keep: int) -> None:
        self.vault.vacuum(keep=keep)
        self.kept = {number: self.kept[number] for number in sorted(self.kept)[-keep:]}

    @invariant()
    def every_kept_snapshot_reads_as_it_was_published(self) -> None:
        assert [s.number for s in self.vault.snapshots()] == sorted(self.kept, reverse=True)
        for number, (voters, with_district) in self.kept.items():
            snapshot = self.vault.snapshot(number)
            assert ids(self.vault, snapshot) == voters
            districts = pq.read_table(list(self.vault.files(snapshot, "districts")))
            assert sorted(districts["state_voter_id"].to_pylist()) == with_district
        assert set(self.vault.suppressed()["state_voter_id"].to_pylist()) == self.left_out


TestVault = VaultMachine.TestCase
TestVault.settings = settings(deadline=None, max_examples=8, stateful_step_count=10)
