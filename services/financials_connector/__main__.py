"""Runs the Financials connector as a process of its own."""

from libs.runtime.run import main
from services.financials_connector.app import build
from services.financials_connector.settings import Settings

if __name__ == "__main__":
    main(build, Settings)
