"""Field values do not travel in the words of an error."""

import pytest

from libs.dynamics.redacting import without_values


@pytest.mark.parametrize(
    ("words", "values", "expected"),
    [
        ("The length is 31. Value: Adatum (Europe) Ltd.", ["Adatum (Europe) Ltd."], "The length is 31. Value: …"),
        ("'ANNA@ADATUM.TEST' is not valid.", ["anna@adatum.test", "Anna"], "'…' is not valid."),
        ("The field Name is too long.", ["Na", None, 12, True, ""], "The field Name is too long."),
        ("Addressee unknown", ["Address"], "Addressee unknown"),
        ("No value quoted.", ["Something else"], "No value quoted."),
        ("Main Street 1, Main Street", ["Main Street", "Main Street 1"], "…, …"),
    ],
)
def test_values_are_taken_out_of_words(words, values, expected):
    assert without_values(words, values) == expected
