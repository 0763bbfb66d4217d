"""A real browser and a real JupyterLab for tests: started and ended from here, driven by Playwright.

Playwright drives the Chromium or Chrome that is installed; it downloads none. Its events of mouse and keyboard are
true ones: the page cannot tell them from a hand's. Its plain (not async) interface keeps an event loop of its own
running in this thread, so tests that use it stay in files of their own.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time

import psutil
import pytest
from playwright.sync_api import sync_playwright

NAMES = "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"
ARGUMENTS = "--no-sandbox", "--no-proxy-server"


def find_chromium():
    """Return the path of a Chromium or Chrome, None if there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def wait_for(look, seconds, what):
    """Return what ``look()`` returns as soon as it is true; AssertionError after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.05)
    return found


@contextlib.contextmanager
def process(command, log, **options):
    """Run a command; at the end, end it and all that it started. Its output goes to the file ``log``."""
    with open(log, "wb") as output:
        started = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **options)
    family = [psutil.Process(started.pid)]
    try:
        yield started
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            family += family[0].children(recursive=True)
        for end in (psutil.Process.terminate, psutil.Process.kill):
            for member in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    end(member)
            family = psutil.wait_procs(family, timeout=10)[1]
        started.wait(10)


@contextlib.contextmanager
def jupyter_lab(folder, scratch):
    """Start JupyterLab on a folder, offline and with settings of its own in ``scratch``; yields its address.

    Yields
    ------
    function
        From the path of a notebook in ``folder`` to the address that opens it.
    """
    settings = {
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
        "notebook-extension/tracker": {"windowingMode": "none"},  # cells out of sight are there, too
        "docmanager-extension/plugin": {"autosave": False},
    }
    for name, values in settings.items():
        file = scratch / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values), encoding="utf-8")
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", f"--ServerApp.root_dir={folder}"]
    command += ["--expose-app-in-browser"]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    command += ["--LabApp.extension_manager=readonly"]
    environment = {**os.environ, **{name: str(scratch / place) for name, place in places.items()}}
    log = scratch / "jupyter.log"
    with process(command, log, env=environment) as lab:

        def ready():
            assert lab.poll() is None, f"JupyterLab ended:\n{log.read_text(errors='replace')[-3000:]}"
            for file in (scratch / "runtime").glob("jpserver-*.json"):
                with contextlib.suppress(ValueError):  # half written
                    return json.loads(file.read_text(encoding="utf-8"))

        server = wait_for(ready, 60, "JupyterLab to start")
        yield lambda path: f"{server['url']}doc/tree/{path}?token={server['token']}"


@contextlib.contextmanager
def chromium():
    """Start a headless Chromium; yields a browser context of Playwright's, which opens tabs: ``new_page()``.

    Where no Chromium is installed, the test is skipped.
    """
    if find_chromium() is None:
        pytest.skip("no Chromium or Chrome is installed (on Debian: apt-get install chromium)")
    view = {"viewport": {"width": 1100, "height": 900}, "device_scale_factor": 2}
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS) as browser,
        browser.new_context(**view) as context,
    ):
        yield context


@contextlib.contextmanager
def tab(context, address):
    """Open an address in a tab; at the end, nothing in it may have thrown or logged an error.

    Yields
    ------
    playwright.sync_api.Page
    """
    with context.new_page() as page:
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.goto(address)
        yield page
        page.evaluate("0")  # what has just happened in the page is told now
        assert not errors, errors


def box(element):
    """Scroll an element into sight, wait until it rests and nothing hides it; return left, top, width and height."""
    element.click(trial=True)
    place = element.bounding_box()
    return place["x"], place["y"], place["width"], place["height"]


def touch(page, moments):
    """Put fingers down, move them and lift them: ``moments`` are lists of places (x, y), one for each finger."""
    session = page.context.new_cdp_session(page)  # Playwright itself only taps

    def send(kind, places):
        points = [{"x": float(x), "y": float(y), "id": finger} for finger, (x, y) in enumerate(places)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", moments[0])
    for places in moments[1:]:
        send("touchMove", places)
    send("touchEnd", [])
    session.detach()
