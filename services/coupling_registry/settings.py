"""What the registry is told: nothing beside broker, store and logs. Its company comes with ``ConfigureRegistry``."""

from libs.runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    pass
