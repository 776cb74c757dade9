"""docs/add-an-object.md, followed to the letter in a copy of the package: the object it adds must work everywhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "add-an-object.md"
USE_IT = Path(__file__).with_name("use_the_loan.py")


def code_blocks() -> dict[str, str]:
    """The page's Python blocks by the file their first line names."""
    found = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        name, _, code = block.partition("\n")
        found[name.removeprefix("# ")] = code
    return found


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package in which the page has been followed, with its database."""
    tmp_path = tmp_path_factory.mktemp("product")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "tests"))
    for name, code in code_blocks().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(code)
    settings = tmp_path / "src/bihuan/site/settings.py"
    assert '"sales",' in settings.read_text()
    settings.write_text(settings.read_text().replace('"sales",', '"sales", "loans",', 1))
    in_product(tmp_path, "-m", "django", "makemigrations", "loans")
    in_product(tmp_path, "-m", "django", "migrate", "--verbosity=0")
    return tmp_path


def in_product(product: Path, *arguments: str, ends_with: int = 0) -> str:
    """Run Python in the copy, with a data directory of its own; it must end with that exit code."""
    data = product / "data"
    data.mkdir(exist_ok=True)
    surroundings = {
        **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        "PYTHONPATH": str(product / "src"), "BIHUAN_DATA": str(data), "BIHUAN_SECRET_KEY": "only for this test " * 3,
        "DJANGO_SETTINGS_MODULE": "bihuan.site.settings",
    }  # fmt: skip
    done = subprocess.run([sys.executable, *arguments], cwd=product, env=surroundings, capture_output=True, text=True)
    assert done.returncode == ends_with, done.stdout + done.stderr
    return done.stdout


def test_the_page_names_every_file():
    assert set(code_blocks()) == {
        f"src/bihuan/loans/{name}.py" for name in ("__init__", "apps", "models", "loan", "commands")
    }


def test_the_object_works_everywhere(product: Path):
    seen = in_product(product, str(USE_IT)).split()
    assert seen == ["list", "page", "form", "board", "command", "search", "rights"]
    (product / "loans.csv").write_text(
        "Purpose,Account,Stage,Deposit,Due back\nChiller,Trial Ltd,Out,99.50,2030-03-01\n,Nobody,Out,1,\n"
    )
    in_product(product, "-m", "bihuan", "import", "loan", "loans.csv", "--errors", "errors.csv", ends_with=1)
    assert "Nobody" in (product / "errors.csv").read_text("utf-8-sig")
    query = ("-m", "bihuan", "query", "loan", "--group", "stage", "--sum", "deposit", "--json")
    found = json.loads(in_product(product, *query))
    assert [(row["stage"], row["count"], row["deposit"]) for row in found] == [("Out", 1, 99.5), ("Back", 1, 1200)]
    in_product(product, "-m", "bihuan", "export", "loan", "out.csv")
    assert "Chiller" in (product / "out.csv").read_text("utf-8-sig")
