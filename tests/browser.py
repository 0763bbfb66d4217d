"""A real browser and a real JupyterLab for tests: started, driven and ended from here.

Chromium is driven over its own DevTools protocol with websocket-client, which JupyterLab brings along. Its
input events are true ones: the page cannot tell them from a hand's.
"""

import base64
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import time

import psutil
import websocket

NAMES = "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run "
    "--no-default-browser-check --no-proxy-server --disable-background-networking --disable-component-update "
    "--disable-sync --disable-extensions --password-store=basic --remote-debugging-port=0"
).split()
REST = """async element => {
    for (let last = "", box = []; ; last = String(box)) {
        element.scrollIntoView({block: "center"});
        await new Promise(done => setTimeout(done, 50));
        const {x, y, width, height} = element.getBoundingClientRect();
        box = [x, y, width, height];
        const top = document.elementFromPoint(x + width / 2, y + height / 2); // nothing hides it?
        if (String(box) === last && element.contains(top)) return box;
    }
}"""


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
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
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
def chromium(scratch):
    """Start a headless Chromium with a profile of its own; yields what opens an address in a tab."""
    profile = scratch / "profile"
    command = [find_chromium(), *FLAGS, f"--user-data-dir={profile}", "--window-size=1100,900", "about:blank"]
    log = scratch / "chromium.log"
    with process(command, log) as browser:

        def ready():
            assert browser.poll() is None, f"Chromium ended:\n{log.read_text(errors='replace')[-3000:]}"
            with contextlib.suppress(OSError, ValueError):  # not there yet, or half written
                port, path = (profile / "DevToolsActivePort").read_text().split()
                return f"ws://127.0.0.1:{port}{path}"

        address = wait_for(ready, 60, "Chromium to start")
        socket = websocket.create_connection(address, timeout=60, suppress_origin=True, http_no_proxy=["127.0.0.1"])
        numbers = itertools.count(1)
        try:
            yield lambda url: Page(socket, numbers, url)
        finally:
            socket.close()


class Page:
    """One tab of a browser.

    Attributes
    ----------
    errors : list of str
        What scripts in the page threw and did not catch, or logged as an error.
    """

    def __init__(self, socket, numbers, url):
        self._socket, self._numbers, self._session, self.errors = socket, numbers, {}, []
        self._target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        self._session = {"sessionId": session}
        self.call("Page.enable")
        self.call("Runtime.enable")
        self.call("Page.navigate", url=url)

    def close(self):
        """Close the tab, unsaved changes or not."""
        self._session = {}
        self.call("Target.closeTarget", targetId=self._target)

    def call(self, method, **parameters):
        """Call a method of the protocol and return its answer."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters, **self._session}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == number:
                assert "error" not in message, f"{method}: {message['error']}"
                return message["result"]
            if message.get("sessionId") == self._session.get("sessionId"):
                self._note(message.get("method"), message.get("params", {}))

    def _note(self, event, about):
        if event == "Runtime.exceptionThrown":
            details = about["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif event == "Runtime.consoleAPICalled" and about["type"] == "error":
            self.errors.append(" ".join(str(a.get("description", a.get("value"))) for a in about["args"]))

    def run(self, script, seconds=60):
        """Evaluate an expression in the page, wait if it is a promise, and return its value."""
        self._socket.settimeout(seconds)
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, f"{script}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    def wait(self, script, seconds=30):
        """Wait until an expression is true in the page, and return its value."""
        return wait_for(lambda: self.run(script), seconds, script)

    def mouse(self, kind, x, y):
        """Send a mouse event: "mousePressed", "mouseMoved" or "mouseReleased"."""
        held = {"button": "left", "buttons": int(kind != "mouseReleased"), "clickCount": 1}
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, pointerType="mouse", **held)

    def touch(self, kind, *places):
        """Send a touch event, "touchStart", "touchMove" or "touchEnd", with the places of the fingers."""
        self.call("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y} for x, y in places])

    def key(self, key, code, number, text="", control=False):
        """Press and release a key."""
        names = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": 2 * control}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **names)
        self.call("Input.dispatchKeyEvent", type="keyUp", **names)

    def box(self, selector):
        """Scroll an element into sight, wait until it rests, and return its left, top, width and height."""
        return self.run(f"({REST})(document.querySelector({json.dumps(selector)}))")

    def click(self, selector):
        """Click into the middle of an element."""
        x, y, width, height = self.box(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, x + width / 2, y + height / 2)

    def screenshot(self, file, selector=None, scale=2):
        """Save a picture of the page, or of one element, as PNG."""
        options = {}
        if selector:
            x, y, width, height = self.box(selector)
            clip = {"x": x, "y": y, "width": width, "height": height, "scale": scale}
            options = {"clip": clip}
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", **options)["data"]))
