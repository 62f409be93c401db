"""Makes grafana/dashboards/*.json. Run it after a change:  python grafana/build.py"""

from __future__ import annotations

import json
from pathlib import Path

from health import HEALTH
from house import HOUSE
from money import MONEY
from why import WHY

DASHBOARDS = (HOUSE, WHY, MONEY, HEALTH)
FOLDER = Path(__file__).parent / "dashboards"


def files() -> dict[str, str]:
    """File name → text."""
    return {
        f"{dashboard.uid}.json": json.dumps(dashboard.json(), indent=1, ensure_ascii=False) + "\n"
        for dashboard in DASHBOARDS
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
