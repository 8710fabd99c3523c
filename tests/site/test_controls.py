"""What a reader does with a page: open the contents, search, change the theme, go through it by keyboard."""

import pytest

pytestmark = pytest.mark.browser

COVER = "book/index.html"


def test_menu_opens_at_a_tap_on_a_phone(phone, site):
    phone.goto(f"{site}/{COVER}")
    chapter = phone.locator("nav.bd-links a", has_text="Bibliography")
    assert not chapter.is_visible()
    phone.locator("button.primary-toggle").tap()
    chapter.wait_for(state="visible", timeout=2000)
    chapter.tap()
    phone.wait_for_url("**/bibliography.html")


def test_search_finds_a_word_of_the_cover(phone, site):
    phone.goto(f"{site}/book/bibliography.html")
    phone.locator(".search-button__button:visible").tap()
    phone.locator("#pst-search-dialog input[type=search]").fill("backpropagation")
    phone.keyboard.press("Enter")
    phone.wait_for_url("**/search.html?q=backpropagation")
    phone.locator("#search-results li a", has_text="Large AI Models").first.wait_for(timeout=5000)


def test_theme_button_changes_the_colors_of_figures(laptop, site):
    laptop.goto(f"{site}/{COVER}")
    painted = laptop.locator('.lm-figure svg [style*="var(--lm-"]').first
    look = "e => getComputedStyle(e).fill + getComputedStyle(e).stroke"
    theme = "document.documentElement.dataset.theme"
    light, before = painted.evaluate(look), laptop.evaluate(theme)
    for _ in range(3):  # the button goes through light, dark and the system's own
        laptop.locator("button.theme-switch-button:visible").click()
        if laptop.evaluate(theme) != before:
            break
    assert (before, laptop.evaluate(theme)) == ("light", "dark")
    assert painted.evaluate(look) != light


def test_first_key_offers_to_skip_to_the_text(laptop, site):
    laptop.goto(f"{site}/{COVER}")
    laptop.keyboard.press("Tab")
    assert laptop.evaluate("document.activeElement.closest('#pst-skip-link') !== null")
    assert laptop.evaluate("document.activeElement.getBoundingClientRect().top >= 0"), (
        "the skip link stays out of sight"
    )
    laptop.keyboard.press("Enter")
    assert laptop.evaluate("location.hash") == "#main-content"


def test_solution_opens_by_keyboard(laptop, site, settings):
    page = next(
        path for path in sorted(settings.html.glob("book/*/*.html")) if "solution dropdown" in path.read_text("utf-8")
    )
    laptop.goto(f"{site}/{page.relative_to(settings.html).as_posix()}")
    solution = laptop.locator(".admonition.solution.dropdown").first
    assert "toggle-hidden" in solution.get_attribute("class")
    # Start reading at the solution's exercise, as a reader who went there through a link.
    solution.evaluate(
        "e => { const text = e.previousElementSibling; text.tabIndex = -1; text.focus({ preventScroll: true }) }"
    )
    for _ in range(12):
        laptop.keyboard.press("Tab")
        if solution.evaluate("e => e.contains(document.activeElement) && document.activeElement.tagName === 'BUTTON'"):
            break
    laptop.keyboard.press("Enter")
    assert "toggle-hidden" not in solution.get_attribute("class")
