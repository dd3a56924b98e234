"""How the browser tests come by a browser: found, installed, or asked for in one sentence; never skipped."""

import subprocess
import sys

import chromium
import pytest

PLAYWRIGHT = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
UPDATE, SHELL, CHROMIUM = (
    ["apt-get", *words]
    for words in (["update"], ["install", "-y", "chromium-headless-shell"], ["install", "-y", "chromium"])
)


class Machine:
    """A machine with nothing on its PATH, where commands are written down instead of run."""

    def __init__(self, fails=()):
        self.ran, self.fails, self.starts = [], fails, set()

    def run(self, command, **_options):
        self.ran.append(command)
        failed = command[0] in self.fails or command[-1] in self.fails
        if not failed and "install" in command:
            self.starts.add(f"/usr/bin/{command[-1]}" if command[0] == "apt-get" else None)
        return subprocess.CompletedProcess(command, int(failed), "", "no network" if failed else "")

    def launch(self, path):
        if path not in self.starts:
            raise RuntimeError("not there")
        return f"browser {path}"


@pytest.fixture
def machine(monkeypatch, tmp_path, request):
    made = Machine(**getattr(request, "param", {}))
    monkeypatch.delenv("SEQVIZ_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium.subprocess, "run", made.run)
    monkeypatch.setattr(chromium, "is_root_on_debian", lambda: False)
    return made


def as_root_on_debian(monkeypatch, machine):
    monkeypatch.setattr(chromium, "is_root_on_debian", lambda: True)
    monkeypatch.setattr(
        chromium.shutil, "which", lambda name: f"/usr/bin/{name}" if f"/usr/bin/{name}" in machine.starts else None
    )


def test_a_chromium_on_the_path_is_taken(machine, tmp_path):
    for name in ("chromium-browser", "google-chrome"):
        (tmp_path / name).touch(mode=0o755)
    machine.starts = {str(tmp_path / "google-chrome")}
    assert chromium.launched(machine.launch) == f"browser {tmp_path / 'google-chrome'}"
    assert machine.ran == []


def test_the_chromium_that_is_named_is_the_only_one_tried(machine, monkeypatch):
    monkeypatch.setenv("SEQVIZ_CHROMIUM", "/opt/chrome")
    machine.starts = {None}
    with pytest.raises(chromium.NoChromiumError, match="/opt/chrome: not there"):
        chromium.launched(machine.launch)
    assert machine.ran == []
    machine.starts = {"/opt/chrome"}
    assert chromium.launched(machine.launch) == "browser /opt/chrome"


def test_playwright_installs_one_where_there_is_none(machine):
    assert chromium.launched(machine.launch) == "browser None"
    assert machine.ran == [PLAYWRIGHT]


@pytest.mark.parametrize("machine", [{"fails": (sys.executable,)}], indirect=True)
def test_apt_installs_one_for_root_on_debian_where_playwright_cannot(machine, monkeypatch):
    as_root_on_debian(monkeypatch, machine)
    assert chromium.launched(machine.launch) == "browser /usr/bin/chromium-headless-shell"
    assert machine.ran == [PLAYWRIGHT, UPDATE, SHELL]


@pytest.mark.parametrize("machine", [{"fails": (sys.executable, "chromium-headless-shell")}], indirect=True)
def test_apt_installs_the_whole_browser_where_it_has_no_other(machine, monkeypatch):
    as_root_on_debian(monkeypatch, machine)
    assert chromium.launched(machine.launch) == "browser /usr/bin/chromium"
    assert machine.ran == [PLAYWRIGHT, UPDATE, SHELL, CHROMIUM]


@pytest.mark.parametrize("machine", [{"fails": (sys.executable, "apt-get")}], indirect=True)
def test_a_sentence_says_what_to_install_where_nothing_helps(machine, monkeypatch):
    as_root_on_debian(monkeypatch, machine)
    with pytest.raises(chromium.NoChromiumError, match="Install one") as failure:
        chromium.launched(machine.launch)
    assert "apt-get update: no network" in str(failure.value)
    assert machine.ran == [PLAYWRIGHT, UPDATE, CHROMIUM]


def test_without_rights_only_playwright_is_tried(machine):
    machine.fails = (sys.executable,)
    with pytest.raises(chromium.NoChromiumError):
        chromium.launched(machine.launch)
    assert machine.ran == [PLAYWRIGHT]
