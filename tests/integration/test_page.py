"""The web page in a real browser: what it shows while messages flow, what it lets nobody do, and whether everybody can use it."""
import os
from pathlib import Path

import pytest

from harness.page import Page
from harness.run import QUEUE

ANNA, BOB = {"author": "^anna$"}, {"author": "^bob$"}
PATIENT = {"OPERATOR_SESSION_UNUSED_TTL_SECONDS": "600"}
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


def assert_alone(tab, page):
    """No request to elsewhere, nothing that the policy had to stop, no cookie, nothing wrong, and the token is out of sight."""
    elsewhere = [url for url in tab.do("requests") if not url.startswith(page.origin + "/") or page.token in url]
    assert not elsewhere, elsewhere
    assert tab.eval("violations.join()") == "" and tab.do("said") == [] and tab.do("cookies") == []
    assert tab.eval("location.href") == page.origin + "/" and tab.eval("document.cookie + JSON.stringify(localStorage)") == "{}"


def test_s_14_the_page_shows_what_flows(run, browser, tmp_path):
    """Flows change while messages flow, and stop when they stop."""
    run.deploy(app={"instances": 1}, settings=PATIENT)
    producer = run.producer(rate=200)
    sessions = [run.ask(run.served_by, "anna", ANNA), run.ask(run.served_by, "bob", BOB),
                run.ask(run.served_by, "copy", {QUEUE: ({"author": "^(anna|bob)$"}, "mirror")})]
    for session in sessions:
        session.wait_ready()
    page = run._own(Page(tmp_path, run.served_by.environment()))
    tab = browser.tab(viewport={"width": 1280, "height": 900})
    tab.goto(page.url)
    for stream in ("[data-key=in]", ".application", ".session", ".mirror"):
        tab.wait(flowing(stream))
    assert tab.do("axe") == []
    picture(tab, tmp_path, "light", full=True)
    producer.stop()
    tab.wait("[...document.querySelectorAll('.stream')].every((s) => s.dataset.rate === '0.0')")
    assert_alone(tab, page)
