"""The settings of prices: sources with market prices, and the contracts for import and feed-in."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints

from optimizer.settings.devices import Name, Url
from optimizer.settings.meters import JmesPath
from optimizer.settings.secret import Token
from optimizer.settings.site import Section
from optimizer.words.text import Text

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY = "holiday"
"""A day of a zone: every public holiday of `site.holidays`."""
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
TO = ".."
"""Between the first and the last word of a range: `mon..fri`."""

QuarterHour = Annotated[str, StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):(00|15|30|45)|24:00)$")]
Ct = Annotated[float, Field(ge=-100, le=500)]


def spread(words: tuple[str, ...], known: tuple[str, ...]) -> frozenset[int]:
    """The positions in `known` of words and of ranges such as `oct..mar`. Raises ValueError for another word."""
    found: set[int] = set()
    for word in words:
        first, given, last = word.partition(TO)
        for end in (first, last) if given else (first,):
            if end not in known:
                raise ValueError(
                    Text(
                        "“{end}” is not one of {names}; a range is {first}{to}{last}",
                        end=end,
                        names=", ".join(known),
                        first=known[0],
                        to=TO,
                        last=known[4],
                    )
                )
        start, stop = known.index(first), known.index(last if given else first)
        found.update(position % len(known) for position in range(start, stop + 1 + (len(known) if stop < start else 0)))
    return frozenset(found)


def weekdays(words: tuple[str, ...]) -> frozenset[int]:
    """The weekdays in the days of a zone, 0 = Monday. Raises ValueError for another word."""
    return spread(tuple(word for word in words if word != HOLIDAY), DAYS)


def _days(words: tuple[str, ...]) -> tuple[str, ...]:
    weekdays(words)
    return words


def _months(words: tuple[str, ...]) -> tuple[str, ...]:
    spread(words, MONTHS)
    return words


class PriceZone(Section):
    """A price at certain times of the local clock."""

    ct: Ct
    """Price in ct/kWh."""
    start: QuarterHour = Field(default="00:00", alias="from")
    """First quarter hour, such as 22:00."""
    end: QuarterHour = Field(default="24:00", alias="to")
    """End, exclusive. If it is not after `from`, the zone ends on the next day."""
    days: Annotated[tuple[str, ...], AfterValidator(_days)] = ("mon..sun",)
    """Days on which the zone begins: words and ranges, such as [mon..fri] or [sun, holiday]. `holiday` is every public
    holiday of `site.holidays`, whatever its weekday. A zone with [mon..fri] begins on holidays too, so write the zone
    of the holidays after it."""
    months: Annotated[tuple[str, ...], AfterValidator(_months)] = ("jan..dec",)
    """Months in which the zone begins: words and ranges, such as [oct..mar]."""


class PriceByTime(Section):
    """A price per kWh that may depend on the time."""

    ct: Ct
    """Price in ct/kWh outside all zones."""
    zones: tuple[PriceZone, ...] = Field(default=(), max_length=60)
    """Other prices by time. If several apply, the last one wins."""


class ImportSettings(Section):
    """The price of a kWh from the grid: (`ct` or the price of `source`, plus fees) × (1 + VAT)."""

    ct: Ct | None = None
    """Fixed price in ct/kWh outside all zones."""
    zones: tuple[PriceZone, ...] = Field(default=(), max_length=60)
    """Other fixed prices by time. If several apply, the last one wins."""
    source: Name | None = None
    """Name of the source that the price follows, instead of `ct`."""
    average: Literal["none", "hour"] = "none"
    """`hour` if the supplier bills the mean of each hour of the market price."""
    fees: dict[Name, PriceByTime] = Field(default_factory=dict, max_length=12)
    """Further parts per kWh before VAT, by a name of your choice: markup, network, levies."""
    vat_percent: float = Field(default=0.0, ge=0, le=40)
    """Value-added tax on the sum in %. 0: the prices contain it."""


class FeedInSettings(Section):
    """The payment for an exported kWh."""

    ct: Ct | None = None
    """Fixed payment in ct/kWh outside all zones."""
    zones: tuple[PriceZone, ...] = Field(default=(), max_length=60)
    """Other fixed payments by time. If several apply, the last one wins."""
    source: Name | None = None
    """Name of the source with the market price, if the payment follows it or ends while it is negative."""
    deduction_ct: float = Field(default=0.0, ge=0, le=100)
    """Part of the market price that the marketer keeps, in ct/kWh."""
    average: Literal["none", "hour"] = "none"
    """`hour` if the mean of each hour of the market price is paid."""
    nothing_while_negative: bool = False
    """Whether the contract pays nothing while the market price of `source` is below zero."""


class SourceSettings(Section):
    """A service with prices."""

    own_currency: ClassVar[str] = ""
    """The currency of all its prices. Empty: it depends on the contract or the zone."""

    url: Url | None = None
    """Another server than the one of the service."""

    @property
    def brand(self) -> str:
        """The value of `type`."""
        return str(getattr(self, "type", ""))

    @property
    def net(self) -> bool:
        """Whether it gives market prices without fees and VAT."""
        return True

    @property
    def gross(self) -> bool:
        """Whether its prices contain VAT."""
        return False


class AwattarSettings(SourceSettings):
    """aWATTar: market prices of Germany or Austria. It needs no key."""

    own_currency: ClassVar[str] = "EUR"

    type: Literal["awattar"]
    country: Literal["de", "at"] = "de"
    """Country of the prices."""


class EnergyChartsSettings(SourceSettings):
    """energy-charts.info: market prices of European bidding zones (CC BY 4.0). It needs no key."""

    own_currency: ClassVar[str] = "EUR"

    type: Literal["energy_charts"]
    bidding_zone: str = Field(default="DE-LU", pattern=r"^[A-Z0-9-]{2,12}$")
    """Bidding zone, such as DE-LU, AT, or NL."""


class TibberSettings(SourceSettings):
    """Tibber: the prices of your own contract."""

    type: Literal["tibber"]
    token: Token
    """Access token from developer.tibber.com. Put it in a file (`token_file`), a credential, or the environment."""
    home_id: str = Field(default="", pattern=r"^[A-Za-z0-9-]*$", max_length=60)
    """Id of the home, if several have a contract."""
    value: Literal["total", "energy"] = "total"
    """`total` contains fees and VAT. `energy` is the market part."""

    @property
    def net(self) -> bool:
        return self.value == "energy"

    @property
    def gross(self) -> bool:
        return self.value == "total"


class OctopusSettings(SourceSettings):
    """Octopus Energy (United Kingdom): the unit rates of a tariff in p/kWh. It needs no key."""

    own_currency: ClassVar[str] = "GBP"

    type: Literal["octopus"]
    tariff: str = Field(pattern=r"^E-1R-[A-Z0-9-]+-[A-HJ-NP]$", max_length=60)
    """Tariff code with the region, such as E-1R-AGILE-24-10-01-C."""
    vat: bool = True
    """Whether to read the rates with VAT."""
    payment: Literal["direct_debit", "other"] = "direct_debit"
    """Method of payment, for tariffs whose rates depend on it."""

    @property
    def net(self) -> bool:
        return False

    @property
    def gross(self) -> bool:
        return self.vat


class EntsoeSettings(SourceSettings):
    """ENTSO-E transparency platform: market prices of all European bidding zones."""

    type: Literal["entsoe"]
    token: Token
    """Security token, which the platform sends by mail. Put it in a file, a credential, or the environment."""
    area: str = Field(default="10Y1001A1001A82H", pattern=r"^[0-9A-Z-]{16}$")
    """EIC code of the bidding zone. The default is Germany and Luxembourg."""


class ListSettings(SourceSettings):
    """The common part of sources with JSON."""

    unit: Literal["ct/kWh", "EUR/kWh", "EUR/MWh"] = "ct/kWh"
    """Unit of the values. EUR stands for the currency of the prices."""
    start: str = Field(default="start", min_length=1, max_length=60)
    """Name of the beginning in an entry: ISO 8601 with an offset, or Unix time in s or ms."""
    end: str = Field(default="end", min_length=1, max_length=60)
    """Name of the end in an entry. Without an end, the step of the day counts."""
    value: str = Field(default="value", min_length=1, max_length=60)
    """Name of the price in an entry."""
    verify_tls: bool = True
    """For https: false accepts any certificate, also a self-signed one."""

    @property
    def net(self) -> bool:
        return False


class JsonSettings(ListSettings):
    """Any service with a list of prices in JSON."""

    type: Literal["json"]
    url: Url
    """Address, without a query."""
    entries: JmesPath = Field(min_length=1)
    """JMESPath to the list of entries, such as `data[]`. An entry is an object with beginning, end, and price."""
    query: str = Field(default="", pattern=r"^[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*$", max_length=500)
    """Query of the address, without `?`."""
    token: Token | None = None
    """Sent as a bearer token."""
    pace_min: float = Field(default=15.0, ge=1, le=1440)
    """Shortest time between two requests in minutes."""


class HomeAssistantSettings(ListSettings):
    """An entity of Home Assistant: its state, or a list in its attributes."""

    type: Literal["home_assistant"]
    url: Url
    """Address of Home Assistant, such as http://homeassistant.local:8123."""
    token: Token
    """Long-lived access token. Put it in a file (`token_file`), a credential, or the environment."""
    entity: str = Field(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$", max_length=200)
    """Entity with the price, such as sensor.electricity_price."""
    entries: JmesPath = ""
    """JMESPath to the list in the entity, such as `[attributes.raw_today, attributes.raw_tomorrow][]`. Empty: the state
    is the price of now."""


PriceSource = Annotated[
    AwattarSettings
    | EnergyChartsSettings
    | TibberSettings
    | OctopusSettings
    | EntsoeSettings
    | JsonSettings
    | HomeAssistantSettings,
    Field(discriminator="type"),
]


class PriceSettings(Section):
    """Prices that change: by zones of time, or by a service. Fixed prices can stay in `tariff`."""

    currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$")
    """Currency of all prices. A source with another currency is refused. ct stands for its hundredth."""
    sources: dict[Name, PriceSource] = Field(default_factory=dict, max_length=6)
    """The services by names of your choice. The contracts use the names."""
    imports: ImportSettings | None = Field(default=None, alias="import")
    """The contract of the supplier."""
    feed_in: FeedInSettings | None = None
    """The contract for exported energy."""
