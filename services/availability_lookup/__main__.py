"""``python -m services.availability_lookup``."""

from libs.runtime.run import main
from services.availability_lookup.app import build
from services.availability_lookup.settings import Settings

main(build, Settings)
