"""Make sure that the tests have a Chromium: Playwright's own, the system's, or one it may install.

Prints where it is; fails, with what to do, when there is none.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Give the path of a Chromium, or None."""
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> None:
    """Try Playwright's download, then the system's package, when we may."""
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if find() is None and os.geteuid() == 0 and (apt := shutil.which("apt-get")):
        subprocess.run([apt, "update", "-qq"], check=False)
        subprocess.run([apt, "install", "-y", "-qq", "chromium"], check=False)


def main() -> None:
    """Find a browser, installing one if need be."""
    if find() is None:
        install()
    path = find()
    if path is None:
        sys.exit(
            "Aucun Chromium : installez le paquet « chromium » de votre système, "
            "ou lancez « .venv/bin/playwright install chromium », puis « make test »."
        )
    print(f"Chromium : {path}")


if __name__ == "__main__":
    main()
