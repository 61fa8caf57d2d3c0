// The order or quote line behind the form: what it holds, what its parent says, and how a price is filled in.
(function (Tandem) {
  "use strict";

  const { decimals } = Tandem.formats;

  // Which lookup of a line leads to the document with the customer.
  const PARENTS = { salesorderdetail: "salesorderid", quotedetail: "quoteid" };
  const FILLED = ["ispriceoverridden", "priceperunit", "manualdiscountamount"];
  const WATCHED = ["productid", "uomid", "quantity", "isproductoverridden", "salesorderid", "quoteid"];
  // What a price is filled into, whatever else the form has.
  const NEEDED = ["ispriceoverridden", "priceperunit"];
  const CREATE = 1;
  const UPDATE = 2;
  const TABLE_OF = "@Microsoft.Dynamics.CRM.lookuplogicalname";

  const bare = (id) => String(id).replace(/[{}]/g, "").toLowerCase();

  function formLine(xrm, formContext) {
    const documents = new Map();
    // The discount that was filled in here last: unlike a seller's own, it goes with the price that it came with.
    let filledDiscount = null;

    const attribute = (name) => formContext.getAttribute(name);
    const value = (name) => attribute(name)?.getValue() ?? null;
    const lookup = (name) => value(name)?.[0] ?? null;

    function set(name, wanted) {
      const column = attribute(name);
      if (!column) return;
      column.setValue(wanted);
      // What a form shows for reading alone would be left out when the line is saved.
      if (isLocked(column)) column.setSubmitMode("always");
      column.fireOnChange?.();
    }

    function isLocked(column) {
      const controls = column.controls?.get() ?? [];
      return controls.length > 0 && controls.every((control) => control.getDisabled());
    }

    /** What stands on the line now, or why there is nothing to ask: `{problem}` or `{product, unit, quantity, parent}`. */
    function read() {
      if (value("isproductoverridden") === true) return { problem: "writeIn" };
      const product = lookup("productid");
      if (!product) return { problem: "empty" };
      const name = PARENTS[formContext.data.entity.getEntityName()];
      const parent = lookup(name) ?? lookup("salesorderid") ?? lookup("quoteid");
      if (!parent) return { problem: "noParent" };
      const quantity = decimals.rounded(plain(value("quantity") ?? 1), 5);
      if (!decimals.positive(quantity)) return { problem: "badQuantity" };
      const unit = lookup("uomid");
      return {
        product: bare(product.id),
        unit: unit && bare(unit.id),
        quantity,
        parent: { table: parent.entityType, id: bare(parent.id) },
      };
    }

    /** Customer and currency of the order or quote, read once; `forget` drops it. */
    async function document(parent) {
      const key = `${parent.table}/${parent.id}`;
      if (!documents.has(key)) {
        const select = "?$select=_customerid_value,_transactioncurrencyid_value";
        documents.set(key, xrm.WebApi.retrieveRecord(parent.table, parent.id, select));
      }
      try {
        const row = await documents.get(key);
        return {
          customer: row._customerid_value && bare(row._customerid_value),
          customerTable: row[`_customerid_value${TABLE_OF}`] ?? "account",
          currency: row._transactioncurrencyid_value && bare(row._transactioncurrencyid_value),
        };
      } catch (error) {
        documents.delete(key);
        throw error;
      }
    }

    /** What of the answer's price the line would get, at the precision that the form keeps. */
    function filling(line) {
      const { price } = line;
      const digits = attribute("priceperunit")?.getPrecision?.() ?? 2;
      const unitPrice = decimals.rounded(price.unit_price, digits);
      const whole = decimals.times(price.unit_price, line.quantity);
      const discounted = price.line_discount_percent && decimals.positive(price.line_discount_percent);
      const discountDigits = attribute("manualdiscountamount")?.getPrecision?.() ?? 2;
      return {
        unitPrice,
        discount: discounted ? decimals.rounded(decimals.minus(whole, price.line_amount), discountDigits) : null,
        digits,
        rounded: !decimals.equal(unitPrice, price.unit_price),
      };
    }

    const discountThere = () => plain(value("manualdiscountamount") ?? 0);
    const discountIsOurs = () => filledDiscount !== null && decimals.equal(discountThere(), filledDiscount);

    function has(line) {
      const wanted = filling(line);
      const there = value("priceperunit");
      return (
        value("ispriceoverridden") === true &&
        there !== null &&
        decimals.equal(plain(there), wanted.unitPrice) &&
        (wanted.discount === null ? !discountIsOurs() : decimals.equal(discountThere(), wanted.discount))
      );
    }

    /** Fill the price in, with where it came from; answers what was filled, and a discount of the seller's that stays. */
    function use(line, told) {
      const wanted = filling(line);
      set("ispriceoverridden", true);
      set("priceperunit", Number(wanted.unitPrice));
      // A discount that Financials does not give is nobody's to take away here, since a seller may have promised it;
      // unless it came with an earlier price.
      if (wanted.discount !== null) set("manualdiscountamount", Number(wanted.discount));
      else if (discountIsOurs()) set("manualdiscountamount", null);
      filledDiscount = wanted.discount;
      const kept = wanted.discount === null && decimals.positive(discountThere()) ? discountThere() : null;
      set("tandem_pricesource", told.reason.slice(0, 400) || null);
      set("tandem_lookupasof", new Date(told.asOf));
      const stock = line.availability;
      const known = stock?.tracked === true && stock.available !== null;
      set("tandem_availablequantity", known ? Number(decimals.rounded(stock.available, 5)) : null);
      set("tandem_availablefrom", known && stock.available_from ? localDay(stock.available_from) : null);
      return { ...wanted, kept };
    }

    function hear(names, changed) {
      const columns = names.map(attribute).filter(Boolean);
      columns.forEach((column) => column.addOnChange(changed));
      return () => columns.forEach((column) => column.removeOnChange(changed));
    }

    /** Whether a price can be filled in: not on forms for reading, on locked lines, or where a column or right lacks. */
    function editable() {
      const type = formContext.ui?.getFormType?.();
      if (type !== CREATE && type !== UPDATE) return false;
      const columns = NEEDED.map(attribute);
      if (!columns.every(Boolean)) return false;
      const right = type === CREATE ? "canCreate" : "canUpdate";
      if (!columns.every((column) => column.getUserPrivilege?.()[right] ?? true)) return false;
      // Dynamics itself locks the price until it is overridden; where that cannot be chosen, the line is locked.
      return !isLocked(columns[0]);
    }

    return {
      read,
      document,
      filling,
      has,
      use,
      forget: () => documents.clear(),
      editable,
      /** Call back whenever something changes that the answer depends on; answers how to stop. */
      watch: (changed) => hear(WATCHED, changed),
      /** The same for what a price is filled into. */
      watchFilled: (changed) => hear(FILLED, changed),
    };
  }

  // Forms hold numbers; String(1e-7) would be no decimal.
  const plain = (number) => Number(number).toFixed(10);

  // Date-only columns take the user's own midnight.
  const localDay = (day) => new Date(`${day}T00:00:00`);

  Tandem.formLine = formLine;
})((globalThis.Tandem = globalThis.Tandem ?? {}));
