"""Pure rules of an answer: availability, which price is shown and why, and what a person reads."""
