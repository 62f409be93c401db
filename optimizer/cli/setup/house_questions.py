"""The questions of `optimizer init` about the house: its connection, prices, cars, and roofs."""

from __future__ import annotations

from dataclasses import replace

from optimizer.cli.setup import entered
from optimizer.cli.setup.answers import KINDS, Answers, CarAnswer, DeviceAnswer, PriceAnswer, RoofAnswer
from optimizer.cli.setup.asking import Asker
from optimizer.words.language import ENGLISH, language_of, speak, tags
from optimizer.words.text import Text

SITE, PRICES, CAR, FORECAST = "site", "prices", "car", "forecast"
MARKET = {
    "Europe/Vienna": ("at", "AT", "20"),
    "Europe/Berlin": ("de", "DE-LU", "19"),
}
"""By time zone: country of aWATTar, bidding zone, VAT in %."""
SERVICES = ("awattar", "energy_charts", "tibber")
SECRET_OF = "tibber"  # noqa: S105 - the name of a service
"""The service that wants a token."""


def asked_language(asker: Asker, proposed: str) -> str:
    """The language of the questions that follow, and of the messages of the service."""
    names = " ".join(f"{tag} ({language.name})" for tag in tags() if (language := language_of(tag)) is not None)
    tag = asker.text(Text("Language: {names}", names=names), proposed, lambda text: entered.one_of(text, tags()), SITE)
    speak(language_of(tag) or ENGLISH)
    return tag


def asked_connection(asker: Asker, answers: Answers) -> Answers:
    """Fuse and unbalance."""
    asker.say(Text("No setpoint exceeds the fuse, so the service must know it. It is written in the meter cabinet."))
    question = Text("Fuse of each phase at the grid connection, in A, such as 35 or 3x35")
    fuse_a = asker.text(question, f"{answers.fuse_a:g}", entered.fuse, SITE)
    question = Text("Largest single-phase load in A (20 in Germany, 16 in Austria, 0: no such rule)")
    unbalance_a = asker.text(question, "0", entered.unbalance, SITE)
    return replace(answers, fuse_a=float(fuse_a), unbalance_a=float(unbalance_a) or None)


def asked_prices(asker: Asker, time_zone: str, passwords: dict[str, str]) -> PriceAnswer:
    """A fixed price, or a service with the prices of each hour."""
    asker.say("")
    asker.say(Text("Prices. The page then shows cost and savings, and a car can charge in the cheapest hours."))
    kind = asker.maybe(
        Text("Is your price `fixed` or `dynamic` (another one each hour)?"),
        lambda text: entered.one_of(text, ("fixed", "dynamic")),
        PRICES,
    )
    if kind is None:
        return PriceAnswer()
    inner = asker.inside()
    if kind == "dynamic":
        answer = _asked_service(inner, time_zone, passwords)
    else:
        answer = PriceAnswer(import_ct=_cents(inner, Text("Price of a kWh from the grid, in ct")))
    feed_in_ct = _cents(inner, Text("Payment for a kWh that you feed in, in ct"))
    inner.say(Text("The service compares charging at home with what the car costs elsewhere."))
    alternative = Text("Price of a kWh for the car elsewhere, in ct: a night tariff or a public charger")
    return replace(answer, feed_in_ct=feed_in_ct, alternative_ct=_cents(inner, alternative))


def _asked_service(asker: Asker, time_zone: str, passwords: dict[str, str]) -> PriceAnswer:
    country, bidding_zone, vat = MARKET.get(time_zone, ("", "", "later"))
    asker.say(Text("awattar: market of Germany or Austria. energy_charts: market of a European bidding zone."))
    asker.say(Text("tibber: the prices of your own contract; it wants a token from developer.tibber.com."))
    service = asker.maybe(
        Text("Which service ({names})?", names=", ".join(SERVICES)), lambda text: entered.one_of(text, SERVICES), PRICES
    )
    if service is None:
        return PriceAnswer()
    if service == SECRET_OF:
        hint = Text("it is here: {where}", where="developer.tibber.com")
        passwords[service] = asker.secret(Text("Its token (`later` if you do not have it yet)"), hint)
        return PriceAnswer(service=service)
    if service == "awattar":
        question, usual = Text("Country, de or at"), country or "de"
        area = asker.text(question, usual, lambda text: entered.one_of(text.lower(), ("de", "at")), PRICES)
    else:
        area = asker.text(
            Text("Bidding zone, such as DE-LU, AT, or NL"), bidding_zone or "DE-LU", entered.short, PRICES
        )
    asker.say(Text("The market price is only a part. Your contract names the rest: network fee, levies, markup."))
    fees_ct = _cents(asker, Text("All fees for a kWh together, in ct, before value-added tax"))
    vat_percent = asker.maybe(Text("Value-added tax on the sum, in %"), entered.percent, PRICES, proposed=vat)
    return PriceAnswer(
        service=service,
        area=area,
        fees_ct=fees_ct,
        vat_percent=None if vat_percent is None else float(vat_percent),
    )


def _cents(asker: Asker, question: str) -> float | None:
    text = asker.maybe(question, entered.cents, PRICES)
    return None if text is None else float(text)


def asked_cars(
    asker: Asker, devices: tuple[DeviceAnswer, ...]
) -> tuple[tuple[CarAnswer, ...], tuple[DeviceAnswer, ...]]:
    """The car at each charger, and the devices with what the car needs of its charger."""
    chargers = [one for one in devices if KINDS[one.type].charger]
    if not chargers:
        return (), devices
    asker.say("")
    asker.say(Text("Cars. With the capacity, a goal can be a state of charge: 80 % by 7:00."))
    cars, inner = [], asker.inside()
    changed = {one.name: one for one in devices}
    for one in chargers:
        question = Text("Usable battery capacity of the car on {name}, in kWh", name=one.name)
        capacity_wh = inner.maybe(question, entered.car_capacity, CAR)
        if capacity_wh is not None:
            cars.append(CarAnswer(one.name, float(capacity_wh)))
        question = Text("Least current at which this car charges, in A (? = the service learns it)")
        least = inner.text(question, "?", lambda text: "?" if text == "?" else entered.charger_amps(text), CAR)
        question = Text("Phases that this car uses, 1, 2, or 3 (? = the service learns it)")
        phases = inner.text(question, "?", lambda text: entered.one_of(text, ("?", "1", "2", "3")), CAR)
        changed[one.name] = replace(
            one,
            car_min_current_a=None if least == "?" else float(least),
            car_phases=None if phases == "?" else int(phases),
        )
    return tuple(cars), tuple(changed.values())


def asked_roofs(asker: Asker) -> tuple[tuple[float, float] | None, tuple[RoofAnswer, ...]]:
    """Ask for the position of the house (latitude, longitude) and its roofs, for a forecast. None: no position."""
    asker.say("")
    asker.say(Text("Roofs. With a forecast, schedule and rules know how much sun the next two days bring."))
    asker.say(Text("The weather comes from open-meteo.com, which gets the coordinates below. Two decimals are enough."))
    inner = asker.inside()
    latitude = inner.maybe(Text("Latitude, such as 48.80"), lambda text: entered.degrees(text, -90, 90), FORECAST)
    if latitude is None:
        return None, ()
    longitude = inner.maybe(Text("Longitude, such as 9.20"), lambda text: entered.degrees(text, -180, 180), FORECAST)
    if longitude is None:
        return None, ()
    roofs: list[RoofAnswer] = []
    # `later` takes the default, which is empty and ends the questions.
    while peak_kw := inner.text(Text("Peak power of a roof in kWp (empty to finish)"), "", entered.kwp, FORECAST):
        tilt = inner.text(
            Text("Tilt: 0° is flat, 90° is a wall"), "35", lambda text: entered.degrees(text, 0, 90), FORECAST
        )
        azimuth = inner.text(
            Text("Azimuth: 0° is south, -90° is east, 90° is west"), "0",
            lambda text: entered.degrees(text, -180, 180), FORECAST,
        )  # fmt: skip
        roofs.append(RoofAnswer(1000.0 * float(peak_kw), float(tilt), float(azimuth)))
    if not roofs:
        asker.note(FORECAST)
    return (float(latitude), float(longitude)), tuple(roofs)
