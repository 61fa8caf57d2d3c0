"""python -m tests.component.runtime.toy"""

from libs.runtime.run import main
from tests.component.runtime.toy.app import build
from tests.component.runtime.toy.settings import Settings

main(build, Settings, alone=True)
