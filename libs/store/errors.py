"""The one error of a store that the rest of the tree does not have: a unique field that is taken."""

from libs.runtime.errors import Permanent


class DuplicateKey(Permanent):
    """Another document already has these values in a unique set of fields."""

    code = "store.duplicate_key"

    def __init__(self, collection: str, key: tuple[str, ...]) -> None:
        super().__init__(f"Another document of {collection} already has this {' and '.join(key) or 'id'}.")
        self.collection = collection
        self.key = key
        """The unique fields that collided."""
