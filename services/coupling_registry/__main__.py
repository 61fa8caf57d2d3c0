"""``python -m services.coupling_registry``."""

from libs.runtime.run import main
from services.coupling_registry.app import build
from services.coupling_registry.settings import Settings

main(build, Settings)
