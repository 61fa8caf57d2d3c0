"""A believable company of any size, the same for the same seed."""

from services.sandbox.generator.company import SMALLEST, generate
from services.sandbox.generator.generated import Expected, Generated

__all__ = ["SMALLEST", "Expected", "Generated", "generate"]
