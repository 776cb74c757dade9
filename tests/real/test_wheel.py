"""The product as it is given away: a wheel that works wherever there is Python, without Node, a checkout or a network."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bihuan import __version__

ROOT = Path(__file__).resolve().parents[2]


def build(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    return subprocess.run(command, cwd=source, capture_output=True, text=True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist")
    done = build(ROOT, target)
    assert done.returncode == 0, done.stderr
    (built,) = target.glob("*.whl")
    return built


def test_all_of_the_product_is_in_it(wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "src/bihuan"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    tracked = {name.removeprefix("src/") for name in listed.splitlines() if "/tests/" not in name}
    held = set(zipfile.ZipFile(wheel).namelist())
    assert len(tracked) > 300
    assert tracked - held == set()
    for built in (
        r"site/assets/web/app\.\w+\.css",
        r"site/assets/web/app\.\w+\.js",
        r"locale/zh_Han[st]/LC_MESSAGES/django\.mo",
    ):
        assert any(re.fullmatch(f"bihuan/{built}", name) for name in held), built


def test_nothing_else_is_in_it(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    strays = [
        name for name in archive.namelist() if re.search(r"/tests/|/data/|__pycache__|/\.|sqlite3$|secret_key$", name)
    ]
    assert strays == []
    places = [text.encode() for text in {str(ROOT), str(Path.home())} if len(text) > len("/root")]
    assert [name for name in archive.namelist() for place in places if place in archive.read(name)] == []


def test_there_is_none_before_the_front_end_is_built(tmp_path: Path) -> None:
    (tmp_path / "src" / "bihuan").mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE", "packaging/build_hook.py", "src/bihuan/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    done = build(tmp_path, tmp_path / "dist")
    assert done.returncode != 0
    assert "Run scripts/prepare first: the front-end assets and the translations" in done.stdout + done.stderr
    assert not list(tmp_path.glob("dist/*.whl"))


def test_it_serves_from_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    program = installed(wheel, tmp_path / "venv")

    def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([program, *arguments], cwd=home, env=environment, capture_output=True, text=True)

    assert ask("--version").stdout.strip() == __version__
    with serving(program, home, environment) as address:
        page = urllib.request.Request(f"{address}/", headers={"Accept-Language": "zh-TW"})
        text = urllib.request.urlopen(page).read().decode()
        assert 'lang="zh-Hant"' in text
        for asset in re.findall(r'"(/static/[^"]+)"', text):
            assert urllib.request.urlopen(f"{address}{asset}").status == 200, asset
        assert re.search(r"/static/web/app\.\w+\.css", text)
    assert (home / ".local/share/bihuan/db.sqlite3").exists(), (
        "an installed program keeps its data with the user's other data"
    )
    assert [each.name for each in home.iterdir()] == [".local"]
    done = ask("backup", "firm.tar.gz")
    assert done.returncode == 0, done.stderr
    done = ask("--data", "copy", "restore", "firm.tar.gz")
    assert done.returncode == 0, done.stderr


def installed(wheel: Path, venv: Path) -> Path:
    """The program in a new environment, which finds the packages that Bihuan needs and neither its source nor its tests."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    command = [
        ROOT / ".venv/bin/uv",
        "pip",
        "install",
        "--quiet",
        "--offline",
        "--no-deps",
        "--python",
        venv / "bin/python",
        wheel,
    ]
    subprocess.run(command, check=True)
    (packages,) = venv.glob("lib/python*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    return venv / "bin" / "bihuan"


@contextmanager
def serving(program: Path, place: Path, environment: dict[str, str]) -> Iterator[str]:
    """The product at an address of its own until the end of the context."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [program, "up", "--empty", "--port", str(port)], cwd=place, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)
