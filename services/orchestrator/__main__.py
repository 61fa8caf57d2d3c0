"""``python -m services.orchestrator``."""

from libs.runtime.run import main
from services.orchestrator.app import build
from services.orchestrator.settings import Settings

if __name__ == "__main__":
    main(build, Settings)
