// Every text of the order line panel, in every language it speaks. Nothing is worded anywhere else.
(function (Tandem) {
  "use strict";

  // Language codes as Dynamics uses them -> locale for numbers and dates.
  const LANGUAGES = { 1033: "en-US", 1053: "sv-SE" };
  const FALLBACK = 1033;

  const TABLE = {
    title: { 1033: "Availability and price from Financials", 1053: "Tillgänglighet och pris från Financials" },
    availability: { 1033: "Availability", 1053: "Tillgänglighet" },
    price: { 1033: "Price", 1053: "Pris" },
    refresh: { 1033: "Refresh", 1053: "Uppdatera" },
    use: { 1033: "Use this price", 1053: "Använd detta pris" },
    signIn: { 1033: "Sign in", 1053: "Logga in" },
    tryAgain: { 1033: "Try again", 1053: "Försök igen" },

    // Availability
    availableNow: { 1033: "{quantity} available now", 1053: "{quantity} tillgängligt nu" },
    availableFrom: { 1033: "{quantity} available from {date}", 1053: "{quantity} tillgängligt från {date}" },
    notAvailable: { 1033: "{quantity} not available", 1053: "{quantity} inte tillgängligt" },
    noDate: {
      1033: "Nothing on the way covers the rest.",
      1053: "Inget på väg in täcker resten.",
    },
    onlyNow: { 1033: "{available} available now.", 1053: "{available} tillgängligt nu." },
    oversold: {
      1033: "{missing} more is promised than there is.",
      1053: "{missing} mer är utlovat än vad som finns.",
    },
    nothingKeptItem: {
      1033: "Financials keeps no stock of this item.",
      1053: "Financials lagerför inte denna artikel.",
    },
    nothingKeptResource: {
      1033: "A resource has no stock.",
      1053: "En resurs har inget lager.",
    },
    notTracked: { 1033: "No stock is kept", 1053: "Lagerförs inte" },
    availabilityUnknown: { 1033: "Availability unknown", 1053: "Tillgänglighet okänd" },
    onHand: { 1033: "On hand", 1053: "I lager" },
    reserved: { 1033: "Reserved on orders", 1053: "Reserverat på order" },
    reservedShort: { 1033: "Reserved", 1053: "Reserverat" },
    available: { 1033: "Available", 1053: "Tillgängligt" },
    onTheWay: { 1033: "On the way", 1053: "På väg in" },
    supply: { 1033: "{quantity} on {date}", 1053: "{quantity} den {date}" },
    supplyUndated: { 1033: "{quantity}, date unknown", 1053: "{quantity}, datum okänt" },
    supplyOverdue: {
      1033: "{quantity}, overdue since {date}",
      1053: "{quantity}, försenat sedan {date}",
    },
    nothing: { 1033: "Nothing", 1053: "Inget" },
    location: { 1033: "Location", 1053: "Lagerställe" },
    noLocation: { 1033: "(no location)", 1053: "(inget lagerställe)" },
    byLocation: { 1033: "By location", 1053: "Per lagerställe" },

    // Price
    perUnit: { 1033: "per {unit}", 1053: "per {unit}" },
    includingVat: { 1033: "including VAT", 1053: "inklusive moms" },
    discount: { 1033: "{percent} discount", 1053: "{percent} rabatt" },
    amount: { 1033: "{amount} for {quantity}", 1053: "{amount} för {quantity}" },
    priceUnknown: { 1033: "Price unknown", 1053: "Pris okänt" },
    used: {
      1033: "The line now has the price {price}.",
      1053: "Raden har nu priset {price}.",
    },
    usedWithDiscount: {
      1033: "The line now has the price {price} and the discount {discount}.",
      1053: "Raden har nu priset {price} och rabatten {discount}.",
    },
    discountKept: {
      1033: "The discount {discount} that stood on the line stays.",
      1053: "Rabatten {discount} som stod på raden finns kvar.",
    },
    rounded: {
      1033: "Rounded to {digits} decimals, as this form keeps prices.",
      1053: "Avrundat till {digits} decimaler, så som formuläret sparar priser.",
    },
    onTheLine: { 1033: "The line has this price.", 1053: "Raden har detta pris." },
    reasonList: { 1033: "Price list {list}, line {line}", 1053: "Prislista {list}, rad {line}" },
    reasonListOnly: { 1033: "Price list {list}", 1053: "Prislista {list}" },
    reasonSalesPrice: { 1033: "Sales price", 1053: "Försäljningspris" },
    reasonSalesDiscount: { 1033: "Sales line discount", 1053: "Försäljningsradrabatt" },
    reasonItemCard: { 1033: "Price on the item card", 1053: "Pris på artikelkortet" },
    reasonResourceCard: { 1033: "Price on the resource card", 1053: "Pris på resurskortet" },
    reasonFinancials: {
      1033: "Set by Financials' own pricing",
      1053: "Satt av Financials egen prissättning",
    },
    discountReason: { 1033: "Discount: {reason}", 1053: "Rabatt: {reason}" },
    customer: { 1033: "customer {code}", 1053: "kund {code}" },
    customer_price_group: { 1033: "customer price group {code}", 1053: "kundprisgrupp {code}" },
    customer_discount_group: { 1033: "customer discount group {code}", 1053: "kundrabattgrupp {code}" },
    all_customers: { 1033: "all customers", 1053: "alla kunder" },
    campaign: { 1033: "campaign {code}", 1053: "kampanj {code}" },
    item_discount_group: { 1033: "item discount group {code}", 1053: "artikelrabattgrupp {code}" },
    fromBaseUnits: { 1033: "from {quantity} of the base unit", 1053: "från {quantity} av basenheten" },
    fromQuantity: { 1033: "from {quantity}", 1053: "från {quantity}" },

    // How fresh
    loading: { 1033: "Asking Financials …", 1053: "Frågar Financials …" },
    asOf: { 1033: "As of {time}, {age}", 1053: "Uppgift från {time}, {age}" },
    justNow: { 1033: "just now", 1053: "just nu" },
    staleAnswer: {
      1033: "Financials did not answer just now. The last answer came {age}.",
      1053: "Financials svarade inte just nu. Det senaste svaret kom {age}.",
    },

    // Messages: what is the matter, and what to do
    empty: { 1033: "No product chosen yet", 1053: "Ingen produkt vald än" },
    emptyDo: {
      1033: "Choose a product, and its availability and price appear here.",
      1053: "Välj en produkt, så visas tillgänglighet och pris här.",
    },
    writeIn: { 1033: "A write-in product", 1053: "En fritextprodukt" },
    writeInDo: {
      1033: "Financials does not know products that are written in by hand.",
      1053: "Financials känner inte till produkter som skrivits in för hand.",
    },
    noParent: { 1033: "The line belongs to no order or quote yet", 1053: "Raden hör inte till någon order eller offert än" },
    noParentDo: {
      1033: "Choose the order or quote; its customer decides the price.",
      1053: "Välj order eller offert; dess kund avgör priset.",
    },
    badQuantity: { 1033: "Nothing to look up for this quantity", 1053: "Inget att slå upp för detta antal" },
    badQuantityDo: {
      1033: "Enter a quantity greater than zero.",
      1053: "Ange ett antal större än noll.",
    },
    contact: {
      1033: "The customer is a contact. Financials has prices for accounts only: this is the price for all customers.",
      1053: "Kunden är en kontakt. Financials har bara priser för konton: detta är priset för alla kunder.",
    },
    noCustomer: {
      1033: "The order has no customer yet: this is the price for all customers.",
      1053: "Ordern har ingen kund än: detta är priset för alla kunder.",
    },
    notSetUp: { 1033: "The lookup is not set up", 1053: "Uppslagningen är inte inställd" },
    notSetUpDo: {
      1033: "Ask your administrator to give these environment variables a value: {names}.",
      1053: "Be administratören ge dessa miljövariabler ett värde: {names}.",
    },
    badAddress: { 1033: "The lookup's address cannot be used", 1053: "Uppslagningens adress kan inte användas" },
    badAddressDo: {
      1033: "Ask your administrator to give the environment variable tandem_LookupUrl an address that begins with https://.",
      1053: "Be administratören ge miljövariabeln tandem_LookupUrl en adress som börjar med https://.",
    },
    notSignedIn: { 1033: "You are not signed in", 1053: "Du är inte inloggad" },
    notSignedInDo: {
      1033: "Sign in to see availability and price. A small window opens for it.",
      1053: "Logga in för att se tillgänglighet och pris. Ett litet fönster öppnas.",
    },
    signingIn: { 1033: "Sign in in the window that opened", 1053: "Logga in i fönstret som öppnades" },
    signingInDo: {
      1033: "Availability and price appear here afterwards. Press Sign in again if the window is gone.",
      1053: "Tillgänglighet och pris visas här efteråt. Välj Logga in igen om fönstret är borta.",
    },
    signInFailed: { 1033: "Signing in did not work", 1053: "Inloggningen fungerade inte" },
    signInFailedDo: {
      1033: "Allow pop-ups for this site and try again. If it happens again, ask your administrator ({detail}).",
      1053: "Tillåt popup-fönster för webbplatsen och försök igen. Kvarstår felet, fråga administratören ({detail}).",
    },
    refused: { 1033: "The lookup does not accept your sign-in", 1053: "Uppslagningen godtar inte din inloggning" },
    refusedDo: {
      1033: "Signing in again may help. If it does not, ask your administrator to check the lookup's setup.",
      1053: "Det kan hjälpa att logga in igen. Annars be administratören kontrollera uppslagningens inställningar.",
    },
    keyRefused: {
      1033: "The lookup does not accept this environment's key",
      1053: "Uppslagningen godtar inte miljöns nyckel",
    },
    keyRefusedDo: {
      1033: "Ask your administrator to check the environment variable tandem_LookupKey.",
      1053: "Be administratören kontrollera miljövariabeln tandem_LookupKey.",
    },
    forbidden: { 1033: "You may not see this", 1053: "Du har inte behörighet" },
    forbiddenDo: {
      1033: "Ask your administrator for access to Tandem's lookup.",
      1053: "Be administratören om åtkomst till Tandems uppslagning.",
    },
    unreachable: { 1033: "The lookup cannot be reached", 1053: "Uppslagningen kan inte nås" },
    unreachableDo: {
      1033: "Try again in a moment. You can go on working; only this panel is missing.",
      1053: "Försök igen om en stund. Du kan arbeta vidare; bara den här rutan saknas.",
    },
    tooSlow: { 1033: "Financials takes too long", 1053: "Financials tar för lång tid" },
    tooSlowDo: {
      1033: "Try again in a moment. You can go on working; only this panel is missing.",
      1053: "Försök igen om en stund. Du kan arbeta vidare; bara den här rutan saknas.",
    },
    tooMany: { 1033: "Too many questions at once", 1053: "För många frågor på en gång" },
    tooManyDo: {
      1033: "The question is asked again by itself {wait}.",
      1053: "Frågan ställs automatiskt igen {wait}.",
    },
    unknown: { 1033: "Unknown right now", 1053: "Okänt just nu" },
    unknownDo: {
      1033: "{detail} There is no recent answer. Try again in a moment.",
      1053: "{detail} Det finns inget färskt svar. Försök igen om en stund.",
    },
    noAccess: { 1033: "You may not read what the lookup needs", 1053: "Du får inte läsa det som uppslagningen behöver" },
    noAccessDo: {
      1033: "Ask your administrator for the security role Tandem Availability.",
      1053: "Be administratören om säkerhetsrollen Tandem Availability.",
    },
    notRead: { 1033: "Sales did not answer", 1053: "Sales svarade inte" },
    notReadDo: {
      1033: "The order or the settings of the lookup could not be read. Check your connection and try again.",
      1053: "Ordern eller uppslagningens inställningar kunde inte läsas. Kontrollera anslutningen och försök igen.",
    },
    lineError: { 1033: "Financials has no answer for this line", 1053: "Financials har inget svar för raden" },
    lineErrorDo: { 1033: "{detail}", 1053: "{detail}" },
    failed: { 1033: "The lookup did not work", 1053: "Uppslagningen fungerade inte" },
    failedDo: { 1033: "{detail}", 1053: "{detail}" },

    // Codes of the lookup's API, every one of them: of its notes and of lines that have no answer,
    "code:product_not_coupled": {
      1033: "This product is not coupled with Financials. Ask for it to be synchronized.",
      1053: "Produkten är inte kopplad till Financials. Be om att den synkroniseras.",
    },
    "code:product_not_found": {
      1033: "Financials no longer has this product.",
      1053: "Financials har inte längre denna produkt.",
    },
    "code:product_not_known": {
      1033: "Which product this is in Financials cannot be told now. Try again in a moment.",
      1053: "Vilken produkt detta är i Financials kan inte anges just nu. Försök igen om en stund.",
    },
    "code:product_blocked": {
      1033: "This product is blocked for sale in Financials.",
      1053: "Produkten är spärrad för försäljning i Financials.",
    },
    "code:unit_not_coupled": {
      1033: "This unit is not coupled with Financials. Ask for it to be synchronized.",
      1053: "Enheten är inte kopplad till Financials. Be om att den synkroniseras.",
    },
    "code:unit_unknown": {
      1033: "Financials does not sell this product in this unit. Choose another unit.",
      1053: "Financials säljer inte produkten i denna enhet. Välj en annan enhet.",
    },
    "code:unit_not_known": {
      1033: "Which unit this is in Financials cannot be told now. Try again in a moment.",
      1053: "Vilken enhet detta är i Financials kan inte anges just nu. Försök igen om en stund.",
    },
    "code:variant_unknown": {
      1033: "Financials has no such variant of this product.",
      1053: "Financials har ingen sådan variant av produkten.",
    },
    "code:all_variants": {
      1033: "Quantities are those of all variants together.",
      1053: "Antalen gäller alla varianter tillsammans.",
    },
    "code:customer_not_coupled": {
      1033: "This customer is not coupled with Financials. Ask for it to be synchronized.",
      1053: "Kunden är inte kopplad till Financials. Be om att den synkroniseras.",
    },
    "code:customer_not_found": {
      1033: "Financials no longer has this customer.",
      1053: "Financials har inte längre denna kund.",
    },
    "code:customer_blocked": {
      1033: "This customer is blocked in Financials.",
      1053: "Kunden är spärrad i Financials.",
    },
    "code:currency_not_coupled": {
      1033: "This currency is not coupled with Financials. Ask for it to be synchronized.",
      1053: "Valutan är inte kopplad till Financials. Be om att den synkroniseras.",
    },
    "code:currency_not_known": {
      1033: "Which currency this is in Financials cannot be told now. Try again in a moment.",
      1053: "Vilken valuta detta är i Financials kan inte anges just nu. Försök igen om en stund.",
    },
    "code:currency_unknown": {
      1033: "Financials does not have this currency.",
      1053: "Financials har inte denna valuta.",
    },
    "code:exchange_rate_missing": {
      1033: "Financials has no exchange rate for this currency on this day. Ask for one to be added there.",
      1053: "Financials har ingen valutakurs för denna valuta och dag. Be om att en läggs upp där.",
    },
    "code:vat_unknown": {
      1033: "Financials has no VAT posting setup that the price needs. Ask for it to be added there.",
      1053: "Financials saknar den momsbokföringsinställning som priset behöver. Be om att den läggs upp där.",
    },
    "code:availability_not_known": {
      1033: "Availability cannot be told now. Try again in a moment.",
      1053: "Tillgängligheten kan inte anges just nu. Försök igen om en stund.",
    },
    "code:price_not_known": {
      1033: "The price cannot be told now. Try again in a moment.",
      1053: "Priset kan inte anges just nu. Försök igen om en stund.",
    },
    "code:financials_price_unavailable": {
      1033: "Financials' own pricing could not be asked. Tandem worked the price out from Financials' price lists.",
      1053: "Financials egen prissättning kunde inte tillfrågas. Tandem har räknat ut priset från prislistorna i Financials.",
    },
    "code:financials_refused_price": {
      1033: "Financials could not price this line. Check product, unit and quantity, or ask for the price in Financials.",
      1053: "Financials kunde inte prissätta raden. Kontrollera produkt, enhet och antal, eller fråga efter priset i Financials.",
    },
    "code:resource_prices_not_read": {
      1033: "The price is the one on the resource's card. If Financials keeps a resource price of its own, the order there will have that.",
      1053: "Priset är det på resursens kort. Om Financials har ett eget resurspris får ordern där det priset.",
    },
    "code:price_lines_missing": {
      1033: "Price lists cannot be read from this Financials, so the price may be another. Ask your administrator to complete the connection.",
      1053: "Prislistor kan inte läsas från detta Financials, så priset kan vara ett annat. Be administratören komplettera anslutningen.",
    },
    "code:discounts_missing": {
      1033: "Line discounts cannot be read from this Financials, so there may be one. Ask your administrator to complete the connection.",
      1053: "Radrabatter kan inte läsas från detta Financials, så det kan finnas en. Be administratören komplettera anslutningen.",
    },
    "code:units_missing": {
      1033: "The product's units cannot be read from this Financials. Ask your administrator to complete the connection.",
      1053: "Produktens enheter kan inte läsas från detta Financials. Be administratören komplettera anslutningen.",
    },
    "code:variants_missing": {
      1033: "The product's variants cannot be read from this Financials. Ask your administrator to complete the connection.",
      1053: "Produktens varianter kan inte läsas från detta Financials. Be administratören komplettera anslutningen.",
    },
    "code:vat_missing": {
      1033: "VAT percentages cannot be read from this Financials. Ask your administrator to complete the connection.",
      1053: "Momssatser kan inte läsas från detta Financials. Be administratören komplettera anslutningen.",
    },
    "code:locations_missing": {
      1033: "Stock by location cannot be read from this Financials. Ask your administrator to complete the connection.",
      1053: "Lager per lagerställe kan inte läsas från detta Financials. Be administratören komplettera anslutningen.",
    },
    "code:supply_dates_missing": {
      1033: "When purchases arrive cannot be read from this Financials. Ask your administrator to complete the connection.",
      1053: "När inköp kommer in kan inte läsas från detta Financials. Be administratören komplettera anslutningen.",
    },
    "code:stock_missing": {
      1033: "What is reserved on sales orders cannot be read from this Financials. Ask your administrator to complete the connection.",
      1053: "Vad som är reserverat på order kan inte läsas från detta Financials. Be administratören komplettera anslutningen.",
    },

    // … of those who could not be asked,
    "code:financials_unreachable": {
      1033: "Financials cannot be reached at the moment.",
      1053: "Financials kan inte nås just nu.",
    },
    "code:financials_slow": {
      1033: "Financials did not answer in time.",
      1053: "Financials svarade inte i tid.",
    },
    "code:financials_throttled": {
      1033: "Financials is asked too much and wants a pause.",
      1053: "Financials får för många frågor och vill ha en paus.",
    },
    "code:financials_refused": {
      1033: "Financials refuses the question. Ask your administrator to look at the connection.",
      1053: "Financials avvisar frågan. Be administratören se över anslutningen.",
    },
    "code:prices_unreachable": {
      1033: "Financials' own pricing cannot be reached at the moment.",
      1053: "Financials egen prissättning kan inte nås just nu.",
    },
    "code:prices_slow": {
      1033: "Financials' own pricing did not answer in time.",
      1053: "Financials egen prissättning svarade inte i tid.",
    },
    "code:prices_throttled": {
      1033: "Financials' own pricing is asked too much and wants a pause.",
      1053: "Financials egen prissättning får för många frågor och vill ha en paus.",
    },
    "code:prices_refused": {
      1033: "Financials' own pricing refuses the question. Ask your administrator to look at the connection.",
      1053: "Financials egen prissättning avvisar frågan. Be administratören se över anslutningen.",
    },
    "code:registry_unreachable": {
      1033: "What is coupled with Financials cannot be told now.",
      1053: "Vad som är kopplat till Financials kan inte anges just nu.",
    },
    "code:registry_slow": {
      1033: "What is coupled with Financials cannot be told now.",
      1053: "Vad som är kopplat till Financials kan inte anges just nu.",
    },
    "code:registry_throttled": {
      1033: "What is coupled with Financials cannot be told now.",
      1053: "Vad som är kopplat till Financials kan inte anges just nu.",
    },
    "code:registry_refused": {
      1033: "What is coupled with Financials cannot be told now. Ask your administrator to look at Tandem.",
      1053: "Vad som är kopplat till Financials kan inte anges just nu. Be administratören se över Tandem.",
    },

    // … and of questions that were refused. The last ones tell that panel and lookup do not fit together.
    "code:keys_unavailable": {
      1033: "The lookup cannot check sign-ins at the moment.",
      1053: "Uppslagningen kan inte kontrollera inloggningar just nu.",
    },
    "code:not_signed_in": {
      1033: "The lookup does not accept this sign-in.",
      1053: "Uppslagningen godtar inte denna inloggning.",
    },
    "code:role_missing": {
      1033: "Your sign-in lacks the right to ask the lookup.",
      1053: "Din inloggning saknar rätt att fråga uppslagningen.",
    },
    "code:too_many_requests": {
      1033: "The lookup is asked too often.",
      1053: "Uppslagningen får för många frågor.",
    },
    "code:request_invalid": {
      1033: "The lookup cannot use what stands on this line. Check product, unit and quantity.",
      1053: "Uppslagningen kan inte använda det som står på raden. Kontrollera produkt, enhet och antal.",
    },
    "code:failed": {
      1033: "Something went wrong in the lookup. Try again in a moment; if it happens again, tell your administrator.",
      1053: "Något gick fel i uppslagningen. Försök igen om en stund; händer det igen, meddela administratören.",
    },
    "code:body_late": {
      1033: "The question did not arrive in time. Try again in a moment.",
      1053: "Frågan kom inte fram i tid. Försök igen om en stund.",
    },
    "code:request_malformed": {
      1033: "The panel and the lookup do not fit together. Ask your administrator to update both.",
      1053: "Rutan och uppslagningen passar inte ihop. Be administratören uppdatera båda.",
    },
    "code:not_json": {
      1033: "The panel and the lookup do not fit together. Ask your administrator to update both.",
      1053: "Rutan och uppslagningen passar inte ihop. Be administratören uppdatera båda.",
    },
    "code:not_json_type": {
      1033: "The panel and the lookup do not fit together. Ask your administrator to update both.",
      1053: "Rutan och uppslagningen passar inte ihop. Be administratören uppdatera båda.",
    },
    "code:too_large": {
      1033: "The panel and the lookup do not fit together. Ask your administrator to update both.",
      1053: "Rutan och uppslagningen passar inte ihop. Be administratören uppdatera båda.",
    },
    "code:no_such_path": {
      1033: "The panel and the lookup do not fit together. Ask your administrator to update both.",
      1053: "Rutan och uppslagningen passar inte ihop. Be administratören uppdatera båda.",
    },
    "code:method_not_allowed": {
      1033: "The panel and the lookup do not fit together. Ask your administrator to update both.",
      1053: "Rutan och uppslagningen passar inte ihop. Be administratören uppdatera båda.",
    },
  };

  /** The words of one language: `text(key, {name: value})`, `has(key)` and its `locale`. */
  function stringsOf(languageId) {
    const language = LANGUAGES[languageId] ? languageId : FALLBACK;
    return {
      language,
      locale: LANGUAGES[language],
      has: (key) => Object.hasOwn(TABLE, key),
      text(key, values) {
        const words = TABLE[key][language];
        return words.replace(/\{(\w+)\}/g, (_, name) => String((values ?? {})[name] ?? ""));
      },
    };
  }

  Tandem.strings = { LANGUAGES, TABLE, of: stringsOf };
})((globalThis.Tandem = globalThis.Tandem ?? {}));
