// Makes the page behave like a form: choosing in a field changes the attribute and tells its handlers.
(async function () {
  "use strict";

  const LABELS = {
    1033: {
      app: "Sales Hub", salesorderdetail: "Order Product", quotedetail: "Quote Product", order: "Order", quote: "Quote",
      customer: "Customer", currency: "Currency", product: "Product", unit: "Unit", quantity: "Quantity",
      pricing: "Pricing", useDefault: "Use default", override: "Override price", pricePerUnit: "Price per unit",
      discount: "Manual discount", panel: "Availability and price", kept: "Looked up in Financials",
      availableQuantity: "Available quantity", availableFrom: "Available from", priceSource: "Price source",
      asOf: "Looked up at",
    },
    1053: {
      app: "Säljhubb", salesorderdetail: "Orderprodukt", quotedetail: "Offertprodukt", order: "Order", quote: "Offert",
      customer: "Kund", currency: "Valuta", product: "Produkt", unit: "Enhet", quantity: "Antal",
      pricing: "Prissättning", useDefault: "Använd standard", override: "Åsidosätt pris", pricePerUnit: "Pris per enhet",
      discount: "Manuell rabatt", panel: "Tillgänglighet och pris", kept: "Uppslaget i Financials",
      availableQuantity: "Tillgängligt antal", availableFrom: "Tillgängligt från", priceSource: "Priskälla",
      asOf: "Uppslaget",
    },
  };

  const at = (id) => document.getElementById(id);
  const asked = new URLSearchParams(location.search);
  const language = Number(asked.get("language") ?? 1033);
  const labels = LABELS[language] ?? LABELS[1033];
  const locale = { 1033: "en-US", 1053: "sv-SE" }[language] ?? "en-US";
  const table = location.pathname.split("/").pop();
  const order = table === "salesorderdetail";
  const parent = { table: order ? "salesorder" : "quote", id: "0a0a0a0a-0000-4000-8000-00000000000a" };
  const data = await (await fetch("/forms/data")).json();

  document.documentElement.lang = locale.slice(0, 2);
  document.title = labels[table];
  at("form-title").textContent = labels[table];
  at("parent-name").textContent = `${labels[order ? "order" : "quote"]} SO-01001`;
  at("WebResource_tandem_orderline").title = labels.panel;
  for (const labelled of document.querySelectorAll("[data-label]")) labelled.textContent = labels[labelled.dataset.label];

  // Customer and currency are the document's; everything else is the line's.
  const document_ = { customer: "", table: "account", currency: "" };
  const user = "5a4d0b0c-0000-4000-8000-000000000004";
  const records = () => ({
    systemuser: { [user]: { domainname: "anna.seller@sandbox.example" } },
    [parent.table]: {
      [parent.id]: {
        _customerid_value: document_.customer || null,
        "_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": document_.table,
        _transactioncurrencyid_value: document_.currency || null,
      },
    },
  });

  const frame = at("WebResource_tandem_orderline");
  const loaded = new Promise((resolve) => {
    if (frame.contentDocument?.readyState === "complete" && frame.contentWindow.setClientApiContext) resolve();
    else frame.addEventListener("load", resolve, { once: true });
  });
  const control = { getContentWindow: () => loaded.then(() => frame.contentWindow) };
  const precisions = {
    productid: null, uomid: null, quantity: 5, isproductoverridden: null, ispriceoverridden: null, priceperunit: 2,
    manualdiscountamount: 2, salesorderid: null, quoteid: null, tandem_availablequantity: 5, tandem_availablefrom: null,
    tandem_pricesource: null, tandem_lookupasof: null,
  };
  const formType = Number(asked.get("formtype") ?? 2);
  const context = FormDouble.formContext(table, precisions, { WebResource_tandem_orderline: control }, formType);
  globalThis.Xrm = FormDouble.xrm({
    languageId: language,
    userName: "Anna Seller",
    userId: `{${user}}`,
    records,
    variables: () => data.variables,
  });

  const column = (name) => context.getAttribute(name);
  const reference = (entityType, row, name) => (row ? [{ id: `{${row.id.toUpperCase()}}`, name, entityType }] : null);
  const lineParent = [{ id: `{${parent.id.toUpperCase()}}`, name: "SO-01001", entityType: parent.table }];
  column(order ? "salesorderid" : "quoteid").setValue(lineParent);
  column("ispriceoverridden").setValue(false);
  column("quantity").setValue(1);

  function offer(select, rows, words) {
    const options = rows.map((row) => new Option(words(row), row.id));
    select.replaceChildren(new Option("---", ""), ...options);
  }

  function offerUnits(product) {
    const units = data.uom.filter((unit) => product && unit.uomscheduleid === product.defaultuomscheduleid);
    offer(at("uomid"), units, (unit) => unit.name);
    chooseUnit(product ? product.defaultuomid : "");
  }

  function chooseUnit(id) {
    const unit = data.uom.find((each) => each.id === id);
    at("uomid").value = unit ? unit.id : "";
    column("uomid").setValue(reference("uom", unit, unit?.name));
    column("uomid").fireOnChange();
  }

  offer(at("customer"), [...data.account, ...data.contact], (row) => row.name ?? row.fullname);
  offer(at("currency"), data.transactioncurrency, (row) => row.isocurrencycode);
  offer(at("productid"), data.product, (row) => `${row.productnumber} ${row.name}`);

  at("customer").addEventListener("change", () => {
    const contact = data.contact.some((row) => row.id === at("customer").value);
    Object.assign(document_, { customer: at("customer").value, table: contact ? "contact" : "account" });
  });
  at("currency").addEventListener("change", () => (document_.currency = at("currency").value));
  at("productid").addEventListener("change", () => {
    const product = data.product.find((row) => row.id === at("productid").value);
    column("productid").setValue(reference("product", product, product?.name));
    column("productid").fireOnChange();
    offerUnits(product);
  });
  at("uomid").addEventListener("change", () => chooseUnit(at("uomid").value));
  at("ispriceoverridden").addEventListener("change", () => {
    column("ispriceoverridden").setValue(at("ispriceoverridden").value === "true");
  });
  column("ispriceoverridden").shown = (value) => (at("ispriceoverridden").value = String(value === true));

  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 5 });
  for (const name of ["quantity", "priceperunit", "manualdiscountamount"]) {
    at(name).addEventListener("change", () => {
      const words = at(name).value.trim().replace(",", ".");
      column(name).setValue(words === "" || Number.isNaN(Number(words)) ? null : Number(words));
      column(name).fireOnChange();
    });
    column(name).shown = (value) => (at(name).value = value === null ? "" : number.format(value));
    column(name).setValue(column(name).getValue());
  }
  const kept = {
    tandem_availablequantity: (value) => number.format(value),
    tandem_availablefrom: (value) => value.toLocaleDateString(locale),
    tandem_pricesource: (value) => value,
    tandem_lookupasof: (value) => value.toLocaleString(locale),
  };
  for (const [name, words] of Object.entries(kept)) {
    column(name).shown = (value) => (at(name).textContent = value === null ? "---" : words(value));
    column(name).setValue(null);
  }

  // What the address asks for: ?customer=&currency=&product=&unit=&quantity=
  for (const [name, id] of [["customer", "customer"], ["currency", "currency"], ["product", "productid"], ["unit", "uomid"], ["quantity", "quantity"]]) {
    if (!asked.get(name)) continue;
    at(id).value = asked.get(name);
    at(id).dispatchEvent(new Event("change"));
  }

  globalThis.formUnderTest = context;
  loaded.then(() => {
    const panel = frame.contentDocument.documentElement;
    const fit = () => (frame.style.height = `${Math.max(frame.contentDocument.body.scrollHeight, 120)}px`);
    new ResizeObserver(fit).observe(panel);
  });
  await Tandem.OrderLine.onLoad({ getFormContext: () => context });
})();
