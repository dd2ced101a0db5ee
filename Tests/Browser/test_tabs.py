"""The tabs of these tests notice errors of pages."""

import pytest
from browser import Tabs, open_dashboard
from daemons import eventually


@pytest.mark.parametrize("act, complaint", [
    ("() => console.error('it is bad')", "it is bad"),
    ("() => setTimeout(() => { throw new Error('it is worse'); })", "it is worse"),
    ("() => fetch('/api/v1/nothing')", "404"),
    ("() => { document.createElement('img').src = 'http://elsewhere.example/a.png'; }", "elsewhere.example"),
    ("() => { document.body.setAttribute('style', 'x: y'); document.body.append(document.createElement('style')); "
     "document.querySelector('body > style').textContent = 'p {}'; }", "Content Security Policy"),
    ("() => setTimeout(() => alert('look'))", "a dialog: look"),
])
def test_a_complaint_is_noticed(chromium, master, act, complaint):
    tabs = Tabs(chromium)
    page = tabs(master)
    open_dashboard(page)
    assert tabs.complaints == []
    page.evaluate(act)

    def is_noticed():
        page.evaluate("0")
        return any(complaint in each for each in tabs.complaints)
    eventually("the complaint is noticed", is_noticed)
    with pytest.raises(AssertionError):
        tabs.close()


def test_an_expected_complaint_is_ignored(chromium, master):
    tabs = Tabs(chromium)
    page = tabs(master)
    open_dashboard(page)
    tabs.expect("it is (not )?bad")
    page.evaluate("() => console.error('it is bad')")
    tabs.close()
    assert tabs.complaints
