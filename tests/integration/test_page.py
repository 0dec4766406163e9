"""The web page in a real browser: what it shows while messages flow, what it lets nobody do, and whether everybody can use it."""
import json
import os
import sys
import tempfile
from pathlib import Path

import pytest

from harness.page import Page
from harness.run import QUEUE
from harness.supervisor import CHECKOUT

sys.path.insert(0, str(CHECKOUT / "tests" / "component" / "cli"))   # a small API that says whatever it is told to
from fake_api import FakeApi  # noqa: E402

ANNA, BOB = {"author": "^anna$"}, {"author": "^bob$"}
PATIENT = {"OPERATOR_SESSION_UNUSED_TTL_SECONDS": "600"}
HOSTILE = "\"><img src=x onerror='hurt=1'><script>hurt=1</script>{{7*7}}javascript:hurt=1\u202e\x1b[31m"
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PICTURES = os.environ.get("SLUICE_PAGE_PICTURES")   # a folder: pictures for the guide are written there


@pytest.fixture
def browser(tmp_path):
    from testbed.browser import Browser
    found = Browser(tmp_path)
    yield found
    found.close()


def picture(tab, tmp_path, name, **options):
    tab.do("picture", path=str(Path(PICTURES or tmp_path) / f"{name}.png"), **options)


def flowing(key):
    """The stream of that kind in the picture carries something."""
    return f"Number(document.querySelector('.stream{key}')?.dataset.rate) > 5"


def assert_alone(tab, page, said=()):
    """No request to elsewhere, nothing that the policy had to stop, no cookie, nothing wrong, and the token is out of sight."""
    elsewhere = [url for url in tab.do("requests") if not url.startswith(page.origin + "/") or page.token in url]
    assert not elsewhere, elsewhere
    assert tab.eval("violations.join()") == "" and tab.do("cookies") == []
    assert [line for line in tab.do("said") if not any(words in line for words in said)] == []
    assert tab.eval("location.href") == page.origin + "/" and tab.eval("document.cookie + JSON.stringify(localStorage)") == "{}"


def assert_for_everybody(tab, what):
    """WCAG 2.2 AA as far as a program can judge it, and nothing that is wider than the window."""
    assert tab.do("axe") == [], what
    assert tab.eval("document.documentElement.scrollWidth <= innerWidth"), f"{what}: wider than the window"


def focus(tab, name):
    """Tab until a control of that name has the focus: everything can be reached without a mouse, and is seen when it is."""
    named = f"(document.activeElement.ariaLabel ?? document.activeElement.textContent).trim() === {json.dumps(name)}"
    for _ in range(60):
        if tab.eval(named):
            assert tab.eval("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
        tab.do("press", key="Tab")
    raise AssertionError(f"{name} is not reached: {tab.do('tree')}")


def test_s_14_the_page_shows_what_flows(run, browser, tmp_path):
    """Flows change while messages flow, and stop when they stop; the log is followed; a session is ended with the keyboard; light, dark and on a phone."""
    run.deploy(app={"instances": 1}, settings=PATIENT)
    page = run._own(Page(tmp_path, run.served_by.environment()))
    tab = browser.tab(viewport=DESK, colorScheme="light")
    tab.goto(page.url)
    tab.wait("document.getElementById('splits-none').checkVisibility()")
    producer = run.producer(rate=200)
    sessions = [run.ask(run.served_by, "anna", ANNA), run.ask(run.served_by, "bob", BOB),
                run.ask(run.served_by, "copy", {QUEUE: ({"author": "^(anna|bob)$"}, "mirror")}), run.ask(run.served_by, "nobody", {QUEUE: {HOSTILE: ".*"}})]
    for session in sessions:
        session.wait_ready()
    for stream in ("[data-key=in]", ".application", ".session", ".mirror"):
        tab.wait(flowing(stream))
    tab.wait(f"document.getElementById('sessions').textContent.includes({json.dumps(HOSTILE)})")
    tab.wait("/Active/.test(document.getElementById('events').textContent)")
    if PICTURES:
        tab.wait("document.querySelector('.plot').ariaLabel.includes('received') && performance.now() > 60000", 90)
    assert_for_everybody(tab, "light")
    picture(tab, tmp_path, "light")
    tab.do("emulate", media={"colorScheme": "dark", "reducedMotion": "reduce"})
    tab.wait("getComputedStyle(document.querySelector('.moving')).animationName === 'none'")
    assert_for_everybody(tab, "dark")
    picture(tab, tmp_path, "dark")
    tab.do("emulate", media={"colorScheme": "light", "reducedMotion": "no-preference"})
    tab.do("size", **PHONE)
    tab.wait("document.querySelector('svg.flow').getBoundingClientRect().right <= innerWidth")
    assert_for_everybody(tab, "phone")
    picture(tab, tmp_path, "phone")
    tab.do("size", **DESK)

    focus(tab, "Log of the worker")
    tab.do("press", key="Enter")
    tab.wait("document.querySelector('[role=log]').childElementCount > 3")
    assert_for_everybody(tab, "with a log")
    bob = sessions[1].document()["metadata"]["uid"]
    assert tab.eval(f"document.querySelectorAll('.stream[data-key=\"uid:{bob}\"]').length") == 1
    focus(tab, "End session bob")
    tab.do("press", key="Enter")
    assert tab.eval("document.activeElement.id") == "confirm-no"    # what does no harm comes first
    tab.do("press", key="Escape")
    tab.do("press", key="Enter")
    tab.do("press", key="Tab")
    assert_for_everybody(tab, "asking")
    tab.do("press", key="Enter")
    tab.wait(f"!document.querySelector('.stream[data-key=\"uid:{bob}\"]')")
    assert "bob" not in [t.get("session") for t in run.split()["spec"]["temporaries"]]
    producer.stop()
    tab.wait("[...document.querySelectorAll('.stream')].every((s) => s.dataset.rate === '0.0')")
    run.served_by.kill_supervisor()
    tab.wait("document.getElementById('link').textContent === 'Live' && !document.getElementById('trouble').checkVisibility()")
    assert_alone(tab, page, said=("502", "404", "net::ERR_"))   # while the supervisor was away


def hostile_documents():
    meta = {"namespace": HOSTILE, "creationTimestamp": HOSTILE, "uid": "__proto__"}
    condition = {"type": "Degraded", "status": "True", "reason": HOSTILE, "message": HOSTILE, "nextStep": HOSTILE}
    target = {"kind": HOSTILE, "name": HOSTILE, "container": HOSTILE}
    queue = {"id": HOSTILE, "mode": HOSTILE, "messageFilter": {HOSTILE: HOSTILE, "__proto__": HOSTILE}, "jqFilter": HOSTILE}
    session = {"metadata": {"name": HOSTILE, **meta}, "spec": {"target": target, "owner": {"username": HOSTILE, "hostname": HOSTILE}, "queues": [queue]},
               "status": {"phase": HOSTILE, "waitsFor": HOSTILE, "conditions": [condition]}}
    split = {"metadata": {"name": HOSTILE, **meta},
             "spec": {"target": target, "queue": {"type": HOSTILE, "name": HOSTILE, "group": HOSTILE, "ids": [HOSTILE]},
                      "temporaries": [{"name": HOSTILE, "role": "fallback"}, {"name": HOSTILE, "role": "session", "session": HOSTILE, "sessionUid": "__proto__"}]},
             "status": {"phase": HOSTILE, "waitsFor": HOSTILE, "delivery": HOSTILE, "conditions": [condition],
                        "workers": [{"incarnation": HOSTILE, "pod": HOSTILE, "state": HOSTILE, "lastEnd": HOSTILE, "pid": HOSTILE}],
                        "lastWords": {"incarnation": HOSTILE, "at": HOSTILE, "message": HOSTILE, "log": [HOSTILE, HOSTILE]}}}
    event = {"id": 1, "atMs": 1, "kind": HOSTILE, "namespace": HOSTILE, "name": HOSTILE, "warning": True, "reason": HOSTILE, "note": HOSTILE, "count": 2}
    return session, split, event


@pytest.fixture
def socket_folder():
    """With a path that is short enough for a socket, wherever the tests write."""
    with tempfile.TemporaryDirectory(prefix="sluice-page-") as folder:
        yield Path(folder)


def test_s_11_s_14_what_others_wrote_stays_text(browser, tmp_path, socket_folder):
    """Whatever a name, an owner, a filter, a message, an event or a line of a log holds, it is shown as text and does nothing."""
    api = FakeApi(socket_folder / "api.sock").start()
    session, split, event = hostile_documents()
    try:
        api.put("splitsessions", session)
        api.put("queuesplits", split)
        api.raw["/sluice/v1/events"] = (200, {"events": [event]})
        counted = {"received": 5, "delivered": 2, "mirrored": 1}
        api.raw["/sluice/v1/figures"] = (200, {"atMs": 1, "splits": [{"namespace": HOSTILE, "name": HOSTILE, **counted, "sessions": [{"uid": "__proto__", "name": HOSTILE, **counted}]}]})
        page = Page(tmp_path, {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "SLUICE_SOCKET": str(socket_folder / "api.sock")}, ["-A"])
        try:
            tab = browser.tab(viewport=DESK)
            tab.goto(page.url)
            tab.wait("document.querySelectorAll('#splits article, #sessions tbody tr, #events tbody tr').length === 3")
            tab.wait("document.querySelector('.flow text')")
            tab.do("click", role="button", name="Log of the worker")
            tab.wait("document.querySelector('.log [role=status]').textContent.startsWith('No log')")
            tab.eval("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
            shown = tab.eval("document.body.innerText")
            assert shown.count("<script>hurt=1</script>") > 15, shown
            assert tab.eval("typeof hurt") == "undefined"
            assert tab.eval("document.querySelectorAll('img, body script, iframe, object, embed, a, [onerror], form').length") == 0
            assert_for_everybody(tab, "hostile")
            assert_alone(tab, page, said=("404",))
            other = browser.tab()
            other.goto(page.origin)
            other.wait("/token of this start is missing/.test(document.getElementById('trouble').textContent)")
            assert HOSTILE not in other.eval("document.body.textContent")
        finally:
            page.close()
    finally:
        api.stop()
