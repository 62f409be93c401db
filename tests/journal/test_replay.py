from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from optimizer.control.decide import decide
from optimizer.control.plan import Plan, initial_memory
from optimizer.control.report import TickReport
from optimizer.journal.reader import JournalReader
from optimizer.journal.writer import Journal
from optimizer.model.fields import DeviceNames
from optimizer.model.reading import known, unknown
from optimizer.model.state import Prices
from optimizer.rules.book.files import book_from_texts
from optimizer.rules.book.overrides import Override, merged
from tests.serve.house import BERLIN, NOON, SITE, state

RULES = """
version: 1
rules:
  - id: surplus-charging
    when: avg(pv.power_w, 2 min) > 500 W
    for: 30 s
    keep_for: 1 min
    claim:
      ev.mode: surplus
  - id: cheap
    when: price.rank < 25% and price.import_ct < 30ct
    priority: 30
    claim:
      ev.mode: fast
  - id: afternoon
    when: battery.soc > 20 %
    schedule: {cron: "0 14 * * *", lasts: 5min}
    claim:
      surplus.priority: ev_first
"""


def test_a_recorded_block_replays_to_the_identical_decisions(tmp_path: Path) -> None:
    names = DeviceNames(evs=("carport",), batteries=("cellar",), pvs=("roof",))
    plan = Plan(SITE, book_from_texts({"rules.yaml": RULES}, names, BERLIN))
    memory = initial_memory(plan)
    path = tmp_path / "journal.db"
    journal = Journal(path)
    for n in range(150):
        snapshot = state(1000.0 + 5.0 * n, pv_w=7000.0 + 31.7 * (n % 40), grid_w=-4000.0 + 33.3 * (n % 17))
        rank = unknown("not all prices are known", snapshot.mono_s) if n % 30 < 5 else known(n % 50.0, snapshot.mono_s)
        prices = Prices(import_ct=known(28.0 + n / 50.0, snapshot.mono_s), rank_percent=rank)
        snapshot = replace(snapshot, prices=prices)
        if n == 37:
            fast = Override("ev.carport.mode", "fast", snapshot.now + timedelta(minutes=3))
            memory = memory._replace(overrides=merged(memory.overrides, fast))
        decision, memory, verdict, _ = decide(snapshot, memory, plan)
        journal.on_tick(
            TickReport(snapshot, decision, verdict, 0.001, n, 0, book_version=plan.book.version, memory=memory)
        )
    assert journal.flush()
    journal.close()

    seen = 0
    for _, block in JournalReader(path).blocks(NOON, NOON + timedelta(hours=1)):
        memory = block.memory if block.memory is not None else initial_memory(plan)
        for tick in block.ticks:
            outcome = decide(tick.state, memory._replace(overrides=tick.overrides), plan)
            assert outcome.decision == tick.decision
            assert tick.state.prices.import_ct.known
            memory = outcome.memory
            seen += 1
    assert seen == 150
