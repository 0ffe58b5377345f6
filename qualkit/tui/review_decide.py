"""Deciding on suggestions from the Review screen, and going on to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.tui.desk import Offer, Standing
from qualkit.tui.language import _
from qualkit.tui.panels import name_of
from qualkit.tui.queue import Onward, Order, disagreeing, following, next_interview, others_codes
from qualkit.tui.review_panels import ORDERS

if TYPE_CHECKING:
    from qualkit.tui.review_screen import ReviewScreen


def accept(screen: ReviewScreen) -> None:
    """Accept the suggestion in focus."""
    if (offer := screen.offer) is None:
        screen.tell(_("Nothing is suggested here."))
    elif offer.standing is Standing.ACCEPTED:
        on_to_next(screen, offer)
    else:
        screen.desk.accept(offer.suggestion)
        on_to_next(screen, offer, _("accepted"))


def reject(screen: ReviewScreen) -> None:
    """Reject the suggestion in focus."""
    if (offer := screen.offer) is None:
        screen.tell(_("Nothing is suggested here."))
    else:
        screen.desk.reject(offer.suggestion)
        on_to_next(screen, offer, _("rejected"))


def on_to_next(screen: ReviewScreen, offer: Offer, what: str = "") -> None:
    """Focus the next open suggestion: here, else on the next open passage."""
    name = name_of(screen.desk.codebook, offer.suggestion.code, screen.language)
    open_ = [i for i, o in enumerate(screen.offers) if o.standing is Standing.OPEN and o.suggestion.shown]
    if open_:
        screen.offer_focus = next((i for i in open_ if i > screen.offer_focus), open_[0])
        screen.shown_code = ""
    else:
        undecided(screen, 1)
    if what:
        screen.saved(f"{name}: {what}")


def number(screen: ReviewScreen, number: int) -> None:
    """Give or take the code of a suggestion by its number."""
    if number > len(screen.offers):
        screen.tell(_("There is no suggestion {n} here.").format(n=number))
        return
    offer = screen.offers[number - 1]
    screen.offer_focus, screen.shown_code = number - 1, ""
    screen.desk.toggle(offer)
    name = name_of(screen.desk.codebook, offer.suggestion.code, screen.language)
    screen.saved(f"{name}: " + (_("removed") if offer.coding else _("accepted")))


def nothing(screen: ReviewScreen) -> None:
    """Nothing (more) here."""
    if screen.passage is not None:
        screen.desk.nothing(screen.view.cursor)
        undecided(screen, 1)
        screen.saved(_("nothing more here"))


def undecided(screen: ReviewScreen, step: int) -> None:
    """To the next open passage in the order of work."""
    target = useful(screen) if screen.order is Order.USEFUL and step > 0 else None
    if screen.order is Order.DISAGREEMENT:
        queue = disagreeing(screen.desk, screen.others)
        at = queue.index(screen.view.cursor) + step if screen.view.cursor in queue else 0
        target = queue[at % len(queue)] if queue else None
        if target is None:
            screen.tell(_("Nobody has coded this interview otherwise."))
            return
    elif target is None:
        target = following(screen.desk, screen.order, screen.view.cursor, step)
    if target is None:
        on_to_interview(screen) if step > 0 else screen.tell(_("No open suggestion left in this interview."))
    else:
        screen.view.cursor = target


def on_to_interview(screen: ReviewScreen) -> None:
    """Say where the work goes on; asked once more, go there."""
    ahead = next_interview(screen.desk.project, screen.desk.interview.id, screen.onward)
    if ahead is None:
        screen.tell(_("No open suggestion left in this interview."))
    elif screen.leaving:
        screen.app.go_on(ahead, screen.order, screen.onward)  # type: ignore[attr-defined]
    else:
        screen.tell(_("No open suggestion left here: J again goes to {interview}.").format(interview=ahead))
        screen.leaving = True


def onward(screen: ReviewScreen) -> None:
    """Where J goes on from the last open passage."""
    screen.onward = Onward.SITE if screen.onward is Onward.LIST else Onward.LIST
    by_site = screen.onward is Onward.SITE
    screen.tell(_("On to: the next interview of this site") if by_site else _("On to: the next interview"))


def useful(screen: ReviewScreen) -> int | None:
    """What the engine wants decided next; passages drawn by lot are shown without its suggestions."""
    units = screen.ranking.useful() or []
    named = [(screen.desk.passage_at(start), lot) for start, _end, lot in units]
    screen.blind |= {index for index, lot in named if lot and not screen.desk.touched(index)}
    return next((index for index, _lot in named if index != screen.view.cursor), None)


def order(screen: ReviewScreen) -> None:
    """Another order of work."""
    orders = list(Order)
    screen.order = orders[(orders.index(screen.order) + 1) % len(orders)]
    screen.others = others_codes(screen.desk) if screen.order is Order.DISAGREEMENT else {}
    screen.update_panels()
    screen.tell(_("Next open: {order}").format(order=ORDERS[screen.order]))
