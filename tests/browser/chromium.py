"""A Chromium for the browser tests: one that is there, else one installed now, else a sentence that says how."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

NAMES = (
    "chromium-headless-shell", "chrome-headless-shell",  # without windows and menus: a third less work for each page
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge",
)  # fmt: skip
MINUTES = 10  # that an installation may take

HELP = (
    "The browser tests need Chromium, and none could be found or installed. Install one (Debian, Ubuntu: "
    "apt-get install chromium; elsewhere: python -m playwright install --with-deps chromium), or name the one you "
    "have in the environment variable SEQVIZ_CHROMIUM. What was tried:\n"
)


class NoChromiumError(Exception):
    """There is no Chromium here, and none could be installed; the message says what to do."""


def candidates() -> Iterator[str | None]:
    """Each Chromium that may be there, as a path; None is the one that Playwright itself looks after."""
    named = os.environ.get("SEQVIZ_CHROMIUM")
    if named:
        yield named
        return  # who names one wants this one
    yield from filter(None, map(shutil.which, NAMES))
    yield None


def installers() -> Iterator[list[list[str]]]:
    """Each way to install one, as commands."""
    yield [[sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]]
    if is_root_on_debian():
        yield [["apt-get", "update"], ["apt-get", "install", "-y", "chromium-headless-shell"]]
        yield [["apt-get", "install", "-y", "chromium"]]  # where Debian's relatives have no other


def is_root_on_debian() -> bool:
    return getattr(os, "geteuid", lambda: 1)() == 0 and shutil.which("apt-get") is not None


def installed(commands: list[list[str]]) -> str:
    """Runs the commands; returns "" where all went well, else what went wrong."""
    for command in commands:
        try:
            environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            run = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                timeout=60 * MINUTES,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"{' '.join(command)}: {error}"
        if run.returncode:
            return f"{' '.join(command)}: {(run.stderr or run.stdout).strip()[-600:]}"
    return ""


def launched(launch):
    """`launch(path)` of the first Chromium that starts; installs one where none does. Raises NoChromiumError."""
    complaints = []

    def first_that_starts():
        for path in candidates():
            try:
                return launch(path)
            except Exception as error:
                complaints.append(f"{path or 'the Chromium of Playwright'}: {str(error).strip()[:600]}")
        return None

    browser = first_that_starts()
    for commands in installers() if browser is None and not os.environ.get("SEQVIZ_CHROMIUM") else ():
        trouble = installed(commands)
        complaints += filter(None, [trouble])
        browser = first_that_starts()
        if browser is not None:
            break
    if browser is None:
        raise NoChromiumError(HELP + "\n".join(dict.fromkeys(complaints)))
    return browser
