"""Opens a report in headless Chromium and prints, as JSON, what the page contains and how it behaves.

    browser.py REPORT.html [--picture FILE.png] [--pictures FOLDER] [--looks light,dark,narrow,narrow-dark,paper]

Needs playwright and axe-playwright-python (.ci/setup tests puts them into .build/python) and Debian's chromium.
"""

import argparse
import json
import pathlib

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

parser = argparse.ArgumentParser()
parser.add_argument("report", type=pathlib.Path)
parser.add_argument("--picture", type=pathlib.Path, help="the head of the page, as the README shows it")
parser.add_argument("--pictures", type=pathlib.Path, help="a folder for the whole page in each look")
parser.add_argument("--looks", default="light,dark,narrow,narrow-dark,paper", help="which looks to check, with commas between")
arguments = parser.parse_args()
url = arguments.report.resolve().as_uri()

WIDE = {"width": 1180, "height": 900}
NARROW = {"width": 390, "height": 844}
# A4 at 96 pixels per inch, less margins of one centimetre.
PAPER = {"width": 718, "height": 1047}
LOOKS = {"light": ("light", WIDE), "dark": ("dark", WIDE), "narrow": ("light", NARROW), "narrow-dark": ("dark", NARROW),
         "paper": ("dark", PAPER)}


def column(table, place):
    return table.evaluate(
        "(table, place) => Array.from(table.tBodies[0].rows).map(row => row.cells[place].textContent)", place)


def sorting(page):
    """The cells of the first number column of the table of causes: as written, and after each click on its head."""
    table = page.locator("#differences table[data-sortable]").last
    if table.count() == 0 or table.locator("thead button.sort").count() < 2:
        return None
    seen = [column(table, 1)]
    for _ in range(2):
        table.locator("thead button.sort").nth(1).click()
        seen.append(column(table, 1))
    return {"as_written": seen[0], "first_click": seen[1], "second_click": seen[2],
            "total_is_last": table.evaluate("t => t.tFoot.rows[0].cells[0].textContent")}


def filtering(page):
    box = page.locator("label.filter input").first
    if box.count() == 0:
        return None
    rows = page.locator("#patterns table").first.locator("tbody tr")
    word = rows.first.locator("th").text_content()
    box.fill(word)
    result = {"word": word, "all": rows.count(), "shown": [row.text_content() for row in rows.all() if row.is_visible()],
              "says": page.locator("label.filter output").first.text_content()}
    box.fill("")
    result["shown_again"] = sum(row.is_visible() for row in rows.all())
    return result


def unfolding(page):
    users = page.locator("details.user")
    if users.count() == 0:
        return None
    first = users.first
    inner = first.locator("table, .detail, pre").first
    result = {"before": inner.is_visible()}
    first.locator("summary").first.click()
    result["after"] = inner.is_visible()
    button = page.locator("button.all")
    if button.count():
        button.click()
        result["all"] = page.locator("details.user[open]").count() == users.count()
        button.click()
        result["none"] = page.locator("details.user[open]").count() == 0
    return result


def look(browser, name, folder):
    scheme, size = LOOKS[name]
    page = browser.new_page(color_scheme=scheme, viewport=size)
    page.goto(url)
    if name == "paper":
        page.emulate_media(media="print", color_scheme=scheme)
    else:
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = {
        "overflow": page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"),
        "background": page.evaluate("getComputedStyle(document.body).backgroundColor"),
        # The text colour of the verdict's badge: dark on paper, whatever the system's colour scheme.
        "badge": page.evaluate("getComputedStyle(document.querySelector('.badge')).color"),
        # The size of the smallest text in a picture, in pixels: it must be readable at any width.
        "smallest_word": page.evaluate("""() => {
          const sizes = Array.from(document.querySelectorAll('svg text')).map(
            (text) => { const m = text.getScreenCTM(); return parseFloat(getComputedStyle(text).fontSize) * Math.hypot(m.a, m.b); });
          return sizes.length ? Math.min(...sizes) : null;
        }"""),
    }
    # Users look alike, so only the first two are checked unfolded.
    page.evaluate("Array.from(document.querySelectorAll('details.user')).slice(2).forEach(d => d.open = false)")
    found |= {
        "axe": [
            {"rule": violation["id"], "help": violation["help"], "nodes": [node["html"][:200] for node in violation["nodes"][:3]]}
            for violation in Axe().run(page).response["violations"]
        ],
    }
    if folder:
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
        for user in page.locator("details.user").all()[:1]:
            user.locator("summary").first.click()
        page.screenshot(path=str(folder / f"{name}.png"), full_page=True)
    page.close()
    return found


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--force-color-profile=srgb"])
    page = browser.new_page(color_scheme="light", viewport=WIDE)
    console, requests, dialogs = [], [], []
    page.on("console", lambda message: console.append(message.text))
    page.on("pageerror", lambda error: console.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(url)
    seen = {
        "title": page.title(),
        "headline": page.locator("h1").evaluate("h => Array.from(h.childNodes).filter(n => n.nodeType === 3).map(n => n.data).join('')"),
        "verdict": page.locator("#verdict").text_content(),
        "exit": page.locator("#verdict").get_attribute("data-exit"),
        "counts": page.evaluate("""() => Object.fromEntries(Array.from(document.querySelectorAll('[data-count]')).map(
          e => [e.dataset.count, Number(e.textContent.replaceAll(',', ''))]))"""),
        "users": page.evaluate("""() => Array.from(document.querySelectorAll('details.user')).map(
          d => ({name: d.dataset.user, rows: d.querySelectorAll('.row').length, fields: d.querySelectorAll('.row tbody tr').length}))"""),
        "headings": page.evaluate("""() => Array.from(document.querySelectorAll('h1,h2,h3,h4')).map(
          h => [Number(h.tagName[1]), h.textContent])"""),
        "pictures": page.evaluate("""() => Array.from(document.querySelectorAll('figure')).map(f => ({
          label: f.querySelector('svg').getAttribute('aria-label'), title: f.querySelector('h3').textContent,
          tips: f.querySelectorAll('svg title').length, rows: f.querySelectorAll('table tbody tr').length}))"""),
        "sections": page.evaluate("Array.from(document.querySelectorAll('section')).map(s => s.id)"),
        "links": page.evaluate("""() => Array.from(document.querySelectorAll('a')).map(a => a.getAttribute('href'))"""),
        # Elements that only markup from the data could have made.
        "foreign": page.evaluate("""() => Array.from(document.querySelectorAll(
          'img,iframe,object,embed,link,form,video,audio,base,[style],[onerror],[onload],[onclick]')).map(e => e.outerHTML)"""),
        "scripts": page.evaluate("document.scripts.length"),
        "planted": page.evaluate("window.planted === undefined ? null : String(window.planted)"),
        "text": page.locator("main").text_content(),
    }
    seen["sorting"], seen["filtering"], seen["unfolding"] = sorting(page), filtering(page), unfolding(page)
    seen["looks"] = {name: look(browser, name, arguments.pictures) for name in arguments.looks.split(",")}

    without = browser.new_context(java_script_enabled=False, viewport=WIDE).new_page()
    without.goto(url)
    seen["without_script"] = {
        "verdict": without.locator("#verdict").text_content(), "buttons": without.locator("button, input").count()}
    if seen["users"]:
        without.locator("details.user summary").first.click()
        seen["without_script"]["unfolds"] = without.locator("details.user").first.locator("pre, .row").first.is_visible()
    if arguments.picture:
        head = browser.new_page(color_scheme="light", viewport={"width": 1080, "height": 1000})
        head.goto(url)
        head.screenshot(path=str(arguments.picture))
    seen |= {"console": console, "requests": requests, "dialogs": dialogs}
    browser.close()
print(json.dumps(seen, ensure_ascii=False, indent=1))
