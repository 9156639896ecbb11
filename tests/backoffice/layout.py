"""What a person would see to be wrong with the layout of a page."""

from playwright.sync_api import Page


def cut_off(page: Page) -> list[str]:
    """The fields, buttons and help texts that reach out of their card, which hides what does."""
    found: list[str] = page.evaluate(
        """[...document.querySelectorAll(".module, .card, .changelist-form-container")].flatMap(
            card => [...card.querySelectorAll("input, select, textarea, button, .help")].filter(
                each => !each.closest(".results, .scroll, details")
                    && each.getBoundingClientRect().right > card.getBoundingClientRect().right
            ).map(each => each.outerHTML.slice(0, 160)))"""
    )
    return found


def against_the_eye(page: Page) -> list[str]:
    """What the keyboard reaches after something that stands below it, in the same column."""
    found: list[str] = page.evaluate(
        """() => {
            const all = [...document.querySelectorAll("a[href], input, select, textarea, summary")]
                .filter(each => each.closest("#content") && each.checkVisibility() &&
                    each.type !== "hidden")
                .map(each => [each.getBoundingClientRect(), each.outerHTML.slice(0, 100)]);
            return all.slice(1).filter(([here, _], number) => {
                const before = all[number][0];
                return here.bottom <= before.top && here.left <= before.right;
            }).map(([_, html]) => html);
        }"""
    )
    return found


def torn(page: Page) -> list[str]:
    """The cells of which, on a phone, one part stands where another cell has its label."""
    found: list[str] = page.locator("table.as-cards td, #result_list td").evaluate_all(
        """cells => cells.filter(cell =>
            getComputedStyle(cell).display === "grid" &&
            [...cell.childNodes].filter(each => each.textContent.trim()).length > 1
        ).map(cell => cell.textContent)"""
    )
    return found
