"""``python -m services.sales_connector``."""

from libs.runtime.run import main
from services.sales_connector.app import build
from services.sales_connector.settings import Settings

main(build, Settings)
