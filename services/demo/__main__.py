"""``python -m services.demo``: the demo against services and a sandbox that are up, as in docker-compose.yml."""

import sys

from services.demo.attached import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
