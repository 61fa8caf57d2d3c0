"""What the catalogue says of a column and a table of Sales, and short ways to write it down."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SalesAttribute:
    name: str
    type: str
    """text, decimal, money, integer, boolean, choice, date, moment, lookup, guid."""
    length: int = 0
    precision: int = 2
    """Decimals kept, for decimal and money."""
    targets: tuple[tuple[str, str], ...] = ()
    """lookup: (table, navigation property) for each table it may point to."""
    options: tuple[int, ...] = ()
    """choice: allowed values; empty where administrators add their own."""
    create_only: bool = False
    read_only: bool = False
    required: bool = False
    minimum: int | None = None

    @property
    def read_name(self) -> str:
        """Property that carries it in an answer."""
        return f"_{self.name}_value" if self.type == "lookup" else self.name


@dataclass(frozen=True)
class SalesTable:
    name: str
    entity_set: str
    id: str
    primary_name: str
    attributes: tuple[SalesAttribute, ...]
    create_multiple: bool = False
    update_multiple: bool = False
    upsert_multiple: bool = False
    change_tracking: bool = True
    owned: bool = False
    """Has an owner (user or team)."""
    unique: tuple[tuple[str, ...], ...] = ()
    """Column sets that Dataverse itself keeps unique."""
    unique_error: str = "0x80040237"
    """Error code of a violation of ``unique``."""
    _by_name: dict[str, SalesAttribute] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        self._by_name.update({item.name: item for item in self.attributes})

    def __getitem__(self, name: str) -> SalesAttribute:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[SalesAttribute]:
        return iter(self.attributes)


def text(name: str, length: int, **more: bool) -> SalesAttribute:
    return SalesAttribute(name, "text", length=length, **more)  # type: ignore[arg-type]


def lookup(name: str, *targets: str, **more: bool) -> SalesAttribute:
    pairs = tuple((target, name if len(targets) == 1 else f"{name}_{target}") for target in targets)
    return SalesAttribute(name, "lookup", targets=pairs, **more)  # type: ignore[arg-type]


def choice(name: str, *options: int, **more: bool) -> SalesAttribute:
    return SalesAttribute(name, "choice", options=options, **more)  # type: ignore[arg-type]


def money(name: str, minimum: int | None = None) -> SalesAttribute:
    return SalesAttribute(name, "money", minimum=minimum)


def decimal(name: str, precision: int = 2, minimum: int | None = None, **more: bool) -> SalesAttribute:
    return SalesAttribute(name, "decimal", precision=precision, minimum=minimum, **more)  # type: ignore[arg-type]


def flag(name: str, **more: bool) -> SalesAttribute:
    return SalesAttribute(name, "boolean", **more)  # type: ignore[arg-type]


def state(*pairs: tuple[int, int]) -> tuple[SalesAttribute, SalesAttribute]:
    """State and status reason, from the pairs of both that go together."""
    codes = dict.fromkeys(code for code, _ in pairs)
    return choice("statecode", *codes), choice("statuscode", *(status for _, status in pairs))


OWNER = SalesAttribute("ownerid", "lookup", targets=(("systemuser", "ownerid"), ("team", "ownerid")))
COMPANY = (
    SalesAttribute("bcbi_companyid", "lookup", targets=(("bcbi_company", "bcbi_CompanyId"),)),
    SalesAttribute("tandem_companyid", "lookup", targets=(("tandem_company", "tandem_companyid"),)),
)
"""The Financials company a row belongs to; which of the two an organization has, ``company_columns`` tells."""
