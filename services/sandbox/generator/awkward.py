"""Text that has broken integrations before: quotes, emoji, right-to-left scripts, names too long for their field."""

NAMES = (
    'O\'Brien & "Sons" <Ltd> 100%',
    "Café ☕ & Bäckerei 🥐 Ltd.",
    "مؤسسة النور للتجارة العامة",
    "חברת הצפון בע״מ (תל אביב)",
    "Semi;colons, commas, plus+signs #1?",
    "Back\\slash / slash | pipe {brace} [bracket] $filter=1",
    "株式会社ノースウインド・トレーダーズ",
    "Ünïcödé \u200fmixed\u200e directions \u2028 and separators",
    "👩‍👩‍👧‍👦 Family Store 🇬🇧",
    "null",
)


def cut(text: str, length: int) -> str:
    """``text`` cut to ``length`` UTF-16 units, as both products count, never through the middle of a character."""
    if len(text) * 2 <= length or (text.isascii() and len(text) <= length):
        return text
    kept = text.encode("utf-16-le")[: length * 2].decode("utf-16-le", errors="ignore")
    return kept


def overlong(stem: str, length: int) -> str:
    """A name of 250 characters cut to a field of ``length``: exactly as long as the field allows."""
    filler = f"{stem} Aktiengesellschaft für internationale Möbelfertigung und Handel mit Beschlägen "
    return cut((filler * 8)[:250], length).rstrip().ljust(length, "x")
