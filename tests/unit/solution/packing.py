"""Building the solutions and reading what is in them."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

SOLUTION = Path(__file__).parents[3] / "deploy" / "sales-solution"


def built(name: str, folder: Path) -> Path:
    """The zip of the solution with that name, written into ``folder`` by the command that `make solution` calls."""
    command = [sys.executable, str(SOLUTION / "build.py"), str(folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    [target] = folder.glob(f"{name}_*_managed.zip")
    return target


def roots(manifest: ET.Element, type: int) -> list[str]:
    """Names or ids of the manifest's components of that type."""
    found = manifest.iterfind(f"SolutionManifest/RootComponents/RootComponent[@type='{type}']")
    return [item.get("schemaName") or item.get("id") or "" for item in found]
