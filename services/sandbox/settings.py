"""What a sandbox is started with; everything that may change while it runs lies in ``Shell``."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

SURFACES = ("companion", "api_v2", "page_services")
"""The three ways into Financials, each of which can be switched off."""


@dataclass(frozen=True)
class SandboxSettings:
    records: int = 100
    """Size of the generated company."""
    seed: int = 1
    host: str = "127.0.0.1"
    """Address to listen on."""
    name: str = "127.0.0.1"
    """Host name in the addresses that it announces and in its certificate."""
    port: int = 0
    """Of Sales, Entra and the control endpoint; 0: any free one."""
    financials_port: int | None = None
    """None: another free port where ``port`` is 0, else the same port."""
    plain: bool = False
    """http instead of https, on loopback."""
    any_token: bool = False
    """Accept any bearer token."""
    on_premises: bool = False
    """Financials is an on-premises server: Basic with user and web service access key, other addresses."""
    surfaces: tuple[str, ...] = SURFACES
    pricing: Literal["classic", "price_lists"] = "classic"
    """Which tables of Financials decide prices; may be switched while it runs."""
    company_columns: Literal["microsoft", "tandem", "both", "none"] = "microsoft"
    """Whose company table and columns Sales has: those of Microsoft's base integration solution, or our own."""
    tenant_id: str = "5a4d0b0c-0000-4000-8000-000000000001"
    client_id: str = "5a4d0b0c-0000-4000-8000-000000000002"
    client_secret: str = "sandbox-secret"
    user: str = "TANDEM"
    access_key: str = "c2FuZGJveC13ZWItc2VydmljZS1rZXktMDAwMDAwMDE="
    environment: str = "Production"
    instance: str = "BC"
    """Server instance of an on-premises installation."""
    token_seconds: int = 3599
    ca_file: Path | None = None
    """Where the certificate of the own authority is written; None: a temporary folder."""
    stamp: str = field(default="2024-01-01T00:00:00Z")
    """Moment at which the generated rows were created."""

    @property
    def financials_root(self) -> str:
        """Path of everything that belongs to Financials."""
        return f"/{self.instance}" if self.on_premises else f"/v2.0/{self.tenant_id}/{self.environment}"
