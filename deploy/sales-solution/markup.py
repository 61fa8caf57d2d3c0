"""Small words for writing XML in the solution file's manner."""

from xml.etree import ElementTree as ET

from contents import Labels

Element = ET.Element


def element(tag: str, /, *children: Element, text: object = None, **attributes: object) -> Element:
    """An element; attributes are written in the order given."""
    made = ET.Element(tag, {key: _plain(value) for key, value in attributes.items()})
    if text is not None:
        made.text = _plain(text)
    made.extend(children)
    return made


def texts(**values: object) -> list[Element]:
    """One element with text for each value, in order."""
    return [element(name, text=value) for name, value in values.items()]


def labels(outer: str, inner: str, words: Labels) -> Element:
    """``<outer><inner description="…" languagecode="…"/></outer>``."""
    spoken = sorted(words.items())
    return element(outer, *(element(inner, description=said, languagecode=code) for code, said in spoken))


def document(root: Element) -> bytes:
    """The file, indented, with the declaration and newlines that exports have."""
    ET.indent(root)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode").encode() + b"\n"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)
