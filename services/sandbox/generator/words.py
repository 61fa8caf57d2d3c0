"""The stock of names that the make-believe company is written with."""

FIRST_NAMES = (
    "Amelia", "Oliver", "Isla", "George", "Ava", "Noah", "Mia", "Arthur", "Ivy", "Leo", "Freya", "Oscar", "Florence",
    "Theo", "Lily", "Jacob", "Zoë", "José", "Søren", "Åsa", "Łukasz", "Chloé", "Jürgen", "Nuño", "Siân", "Anaïs",
    "Mikkel", "Ingrid", "Yusuf", "Leila", "Hiroshi", "Mei", "Priya", "Arjun", "Kwame", "Zanele",
)  # fmt: skip
MIDDLE_NAMES = ("", "", "", "", "J.", "Anne", "van", "de la", "M.", "Lee")
SURNAMES = (
    "Smith", "Jones", "Taylor", "Brown", "Williams", "Wilson", "Johnson", "Davies", "Patel", "Wright", "Walker",
    "White", "Edwards", "Green", "Hall", "Wood", "Harris", "Lewis", "Martin", "Jackson", "Clarke", "O'Neill", "Nielsen",
    "Müller", "García", "Novák", "Kowalski", "Dubois", "Rossi", "Andersson", "Yılmaz", "Tanaka", "Okafor", "Mac Donald",  # noqa: RUF001
    "Saint-Exupéry", "Þórsdóttir",
)  # fmt: skip
COMPANY_STEMS = (
    "Adatum", "Alpine", "Autohaus", "Blanemark", "Bainbridges", "Beef House", "Candoxy", "Contoso", "Coho", "Deerfield",
    "Elkhorn", "Fabrikam", "Fourth Coffee", "Gagn & Gaman", "Graphic Design", "Guildford", "Heimilisprydi",
    "Hotel Pferdesee", "John Haddock", "Klubben", "Litware", "Lauritzen", "Lovaina", "Meersen", "Möbel Scherrer",
    "Northwind", "Office House", "Proseware", "Relecloud", "School of Fine Art", "Selangorian", "Tailspin", "Trey",
    "Wide World", "Wingtip", "Woodgrove", "Zuni",
)  # fmt: skip
COMPANY_TRADES = (
    "Furniture", "Interiors", "Meubles", "Trading", "Wholesale", "Contractors", "Supplies", "Importers", "Hotels",
    "Kitchens", "Design Institute", "Home Store", "Office Equipment", "Logistics", "Timber",
)  # fmt: skip
COMPANY_FORMS = ("Ltd.", "plc", "GmbH", "A/S", "S.A.", "B.V.", "AB", "S.r.l.", "Oy", "Inc.", "& Sons", "d.o.o.")
STREETS = (
    "High Street", "Station Road", "Church Lane", "Water Lane", "Baker Street", "Mill Road", "Rue de la Paix",
    "Hauptstraße", "Kongens Gade", "Avenida da Liberdade", "Via Roma", "Karl Johans gate", "Queensway",
)  # fmt: skip
PLACES = (
    ("London", "N12 5XY", "GB", "London"),
    ("Birmingham", "B27 4KT", "GB", "West Midlands"),
    ("Edinburgh", "EH1 3EG", "GB", "Midlothian"),
    ("Manchester", "M22 5TG", "GB", "Greater Manchester"),
    ("Atlanta", "31772", "US", "GA"),
    ("Chicago", "61236", "US", "IL"),
    ("Hamburg", "20097", "DE", ""),
    ("Frankfurt am Main", "60320", "DE", "Hessen"),
    ("København", "2100", "DK", ""),
    ("Göteborg", "411 03", "SE", ""),
    ("Oslo", "0151", "NO", ""),
    ("Paris", "75008", "FR", ""),
    ("Ljubljana", "1000", "SI", ""),
    ("Zürich", "8001", "CH", "ZH"),
    ("Toronto", "M5V 2T6", "CA", "ON"),
    ("’s-Hertogenbosch", "5211 AA", "NL", "Noord-Brabant"),  # noqa: RUF001
)
ITEM_COLOURS = ("black", "white", "oak", "red", "blue", "green", "walnut", "natural", "grey", "yellow")
ITEM_MODELS = (
    "ATHENS", "PARIS", "LONDON", "ANTWERP", "BERLIN", "ROME", "TOKYO", "SEOUL", "MEXICO", "MUNICH", "MOSCOW", "SYDNEY",
    "INNSBRUCK", "OSLO", "LISBON", "AMSTERDAM", "ATLANTA", "CALGARY", "GRENOBLE", "SAPPORO",
)  # fmt: skip
ITEM_KINDS = (
    "Desk", "Guest Chair", "Swivel Chair", "Mobile Pedestal", "Storage Unit", "Lamp", "Whiteboard", "Guest Section 1",
    "Conference Table", "Bicycle", "Front Wheel", "Hub", "Mounting", "Door", "Shelf", "Paint", "Base", "Drawer",
)  # fmt: skip
RESOURCE_TRADES = ("Installer", "Designer", "Assembly", "Consultant", "Lift", "Van", "Saw", "Project Manager")
