"""What somebody is after on a website: six activities that rules are commonly written about.

An intent is told by the words of the task and by what the site is for, never by a site's or product's name. Looking for
something counts as going for it: whoever searches flights is booking one.
"""

from __future__ import annotations

from lukhas_common.guardian.actions.kinds import Intent
from lukhas_common.guardian.actions.words import phrases, starts_of


def _set(text: str) -> frozenset[str]:
    """Each phrase, singular and plural."""
    written = (phrase.strip() for phrase in text.replace("\n", " ").split(","))
    return frozenset(form for phrase in written for form in (phrase, phrase + "s"))


_CAR = _set("car, suv, truck, van, minivan, vehicle, sedan, automobile, coupe, motorcycle, pickup truck")
_FLIGHT = _set("flight, fly, flying, airfare, plane ticket, airline ticket, flight ticket")
_HOTEL = _set("hotel, resort, motel, lodging, accommodation, hostel, check in, room, stay, night, cabin, campground")
_MEDIA = _set("""
    movie, film, song, music, video, album, artist, trailer, playlist, tv show, series, episode, soundtrack, track,
    podcast, lyric, genre, actor, actress, director, musician, band
""")
_JOB = _set("job, career, vacancy, job opening, internship, employment, hiring, job application")
_BUY = _set("""
    buy, purchase, order, cart, bag, basket, checkout, shop, shopping, add to cart, ticket, gift card, registry,
    wishlist
""")
_SERVICE = _set("""
    store hours, nearest store, store locator, return policy, refund, track order, order status, customer service,
    contact, baggage, luggage, flight status, support, policy, faq, news, review
""")

_SIGNS = (
    (Intent.BUY_OR_RENT_CAR, _CAR),
    (Intent.BOOK_FLIGHT, _FLIGHT),
    (Intent.BOOK_HOTEL, _HOTEL),
    (Intent.SEARCH_MEDIA, _MEDIA),
)

_STARTS = starts_of(_CAR, _FLIGHT, _HOTEL, _MEDIA, _JOB, _BUY, _SERVICE)

_SUBDOMAINS = {
    "auto": Intent.BUY_OR_RENT_CAR,
    "car rental": Intent.BUY_OR_RENT_CAR,
    "airlines": Intent.BOOK_FLIGHT,
    "hotel": Intent.BOOK_HOTEL,
    "movie": Intent.SEARCH_MEDIA,
    "music": Intent.SEARCH_MEDIA,
}
"""What a site of this kind is for."""


def intents_of(task: list[str], domain: str, subdomain: str) -> frozenset[Intent]:
    """What a task of these words on a site of this kind is after."""
    said = set(phrases(task, _STARTS))
    if not said.isdisjoint(_JOB):
        return frozenset({Intent.APPLY_JOB})
    special = frozenset(intent for intent, signs in _SIGNS if not said.isdisjoint(signs))
    if special:
        return special
    if subdomain in _SUBDOMAINS:
        return frozenset({_SUBDOMAINS[subdomain]})
    shops = not said.isdisjoint(_BUY) or (domain == "shopping" and said.isdisjoint(_SERVICE))
    return frozenset({Intent.SHOP}) if shops else frozenset()
