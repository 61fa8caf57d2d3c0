// The panel's scripts against a double of the form: what they ask, what they show in which words, what they fill in.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const vm = require("node:vm");

const ROOT = path.resolve(__dirname, "../../..");
const SCRIPTS = path.join(ROOT, "deploy/sales-solution/webresources/orderline");
const DOUBLE = path.join(ROOT, "services/sandbox/forms/page/xrm.js");

for (const file of [DOUBLE, ...["strings", "formats", "formline", "signin", "lookup", "newest", "form"].map((name) => path.join(SCRIPTS, `${name}.js`))]) {
  vm.runInThisContext(fs.readFileSync(file, "utf8"), { filename: file });
}

const { Tandem, FormDouble } = globalThis;
const COLUMNS = {
  productid: null, uomid: null, quantity: 5, isproductoverridden: null, ispriceoverridden: null, priceperunit: 2,
  manualdiscountamount: 2, salesorderid: null, quoteid: null, tandem_availablequantity: 5, tandem_availablefrom: null,
  tandem_pricesource: null, tandem_lookupasof: null,
};
const ORDER = "0a0a0a0a-0000-4000-8000-00000000000a";
const ACCOUNT = "0b0b0b0b-0000-4000-8000-00000000000b";
const CURRENCY = "0c0c0c0c-0000-4000-8000-00000000000c";
const PRODUCT = "0d0d0d0d-0000-4000-8000-00000000000d";
const UNIT = "0e0e0e0e-0000-4000-8000-00000000000e";
const ready = { url: "https://lookup.example/", tenantId: "t", clientId: "c", scope: "api://x/Lookup.Read" };

function aForm({ values = {}, table = "salesorderdetail", type = 2 } = {}) {
  const context = FormDouble.formContext(table, COLUMNS, {}, type);
  const given = {
    productid: [{ id: `{${PRODUCT.toUpperCase()}}`, name: "Bicycle", entityType: "product" }],
    uomid: [{ id: `{${UNIT.toUpperCase()}}`, name: "PCS", entityType: "uom" }],
    quantity: 12,
    [table === "quotedetail" ? "quoteid" : "salesorderid"]: [
      { id: `{${ORDER.toUpperCase()}}`, name: "SO-1", entityType: table === "quotedetail" ? "quote" : "salesorder" },
    ],
    ...values,
  };
  for (const [name, value] of Object.entries(given)) context.getAttribute(name).setValue(value);
  return context;
}

function anXrm({ row = {}, variables = {}, languageId = 1033 } = {}) {
  const order = {
    _customerid_value: ACCOUNT.toUpperCase(),
    "_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "account",
    _transactioncurrencyid_value: CURRENCY,
    ...row,
  };
  const records = () => ({ salesorder: { [ORDER]: order }, quote: { [ORDER]: order } });
  return FormDouble.xrm({ languageId, userName: "Anna", records, variables: () => variables });
}

const aLine = (changes = {}) => ({
  quantity: "12",
  unit: "PCS",
  price: { unit_price: "12.345", currency: "EUR", line_discount_percent: "5", line_amount: "140.733" },
  availability: { tracked: true, unit: "PCS", available: "5", available_from: "2026-12-01" },
  ...changes,
});
const told = { reason: "Price list S00001", asOf: "2026-11-22T10:00:00Z" };

test("every text is there in every language, with the same placeholders", () => {
  const placeholders = (words) => [...words.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();
  for (const [key, words] of Object.entries(Tandem.strings.TABLE)) {
    assert.deepEqual(Object.keys(words), Object.keys(Tandem.strings.LANGUAGES), key);
    assert.deepEqual(placeholders(words[1053]), placeholders(words[1033]), key);
    for (const said of Object.values(words)) assert.ok(said.trim(), key);
  }
});

test("every text that scripts and pages ask for is in the table, and every text in the table is asked for", () => {
  const sources = fs.readdirSync(SCRIPTS).filter((name) => name !== "strings.js");
  const source = sources.map((name) => fs.readFileSync(path.join(SCRIPTS, name), "utf8")).join("\n");
  const called = [...source.matchAll(/\btext\("([\w:]+)"/g), ...source.matchAll(/data-(?:text|label)="(\w+)"/g)].map((found) => found[1]);
  assert.ok(called.length > 30);
  for (const key of called) assert.ok(Tandem.strings.of(1033).has(key), key);
  // Codes come from the API, kinds of customers from its answers, and "…Do" goes with its message.
  const fromOutside = ["customer", "customer_price_group", "customer_discount_group", "all_customers", "campaign"];
  for (const key of Object.keys(Tandem.strings.TABLE)) {
    if (key.startsWith("code:") || fromOutside.includes(key)) continue;
    assert.ok(new RegExp(`["']${key.replace(/Do$/, "")}["']`).test(source), `${key} is used nowhere`);
  }
});

test("a language without translation falls back to English", () => {
  assert.equal(Tandem.strings.of(1031).text("use"), "Use this price");
  assert.equal(Tandem.strings.of(1053).text("use"), "Använd detta pris");
});

test("numbers, money and dates are written as the language writes them", () => {
  const english = Tandem.formats.of(Tandem.strings.of(1033), "UTC");
  const swedish = Tandem.formats.of(Tandem.strings.of(1053), "UTC");
  const spaces = (words) => words.replace(/\s/g, " ");
  assert.equal(spaces(english.money("1234.5", "EUR")), "EUR 1,234.50");
  assert.equal(spaces(swedish.money("1234.5", "EUR")), "1 234,50 EUR");
  assert.equal(spaces(english.money("129073", "JPY")), "JPY 129,073");
  assert.equal(spaces(english.money("0.12345", "EUR")), "EUR 0.12345");
  assert.equal(english.money("7", ""), "7.00");
  assert.equal(spaces(english.quantity("1234.50000", "PCS")), "1,234.5 PCS");
  assert.equal(english.date("2026-12-01"), "Dec 1, 2026");
  assert.equal(swedish.date("2026-12-01"), "1 dec. 2026");
  assert.equal(english.percent("5"), "5%");
  assert.equal(spaces(swedish.percent("12.5")), "12,5 %");
  assert.equal(english.age(4_000), "just now");
  assert.equal(english.age(180_000), "3 minutes ago");
  assert.equal(swedish.age(3 * 3600_000), "för 3 timmar sedan");
});

test("money is rounded half away from zero and never through binary fractions", () => {
  const { decimals } = Tandem.formats;
  assert.equal(decimals.rounded("1.005", 2), "1.01");
  assert.equal(decimals.rounded("-1.005", 2), "-1.01");
  assert.equal(decimals.minus(decimals.times("0.1", "3"), "0.3"), "0");
  assert.equal(decimals.rounded("-0.001", 2), "0");
  assert.equal(decimals.times("12345678.9", "1000"), "12345678900");
  assert.throws(() => decimals.rounded("abc", 2), RangeError);
});

test("the question names product, unit, quantity, the order's customer and its currency", async () => {
  const line = Tandem.formLine(anXrm(), aForm());
  const wanted = line.read();
  const question = Tandem.lookup.question(wanted, await line.document(wanted.parent));
  assert.deepEqual(question, {
    customer: { account_id: ACCOUNT },
    currency_id: CURRENCY,
    per_location: true,
    lines: [{ id: "1", product_id: PRODUCT, unit_id: UNIT, quantity: "12" }],
  });
});

test("a quote's line asks with the quote's customer", async () => {
  const line = Tandem.formLine(anXrm(), aForm({ table: "quotedetail" }));
  const wanted = line.read();
  assert.equal(wanted.parent.table, "quote");
  assert.equal((await line.document(wanted.parent)).customer, ACCOUNT);
});

test("a line without unit or quantity asks for one of the product's own unit", () => {
  const wanted = Tandem.formLine(anXrm(), aForm({ values: { uomid: null, quantity: null } })).read();
  const question = Tandem.lookup.question(wanted, { customer: ACCOUNT, currency: null });
  assert.deepEqual(question.lines, [{ id: "1", product_id: PRODUCT, quantity: "1" }]);
  assert.ok(!("currency_id" in question));
});

test("nothing is asked for a line without product, a write-in product, or no order", () => {
  const problem = (values) => Tandem.formLine(anXrm(), aForm({ values })).read().problem;
  assert.equal(problem({ productid: null }), "empty");
  assert.equal(problem({ isproductoverridden: true }), "writeIn");
  assert.equal(problem({ salesorderid: null }), "noParent");
  assert.equal(problem({ quantity: 0 }), "badQuantity");
  assert.equal(problem({ quantity: -2 }), "badQuantity");
});

test("quantities are asked as plain decimals, however the form holds them", () => {
  const quantity = (held) => Tandem.formLine(anXrm(), aForm({ values: { quantity: held } })).read().quantity;
  assert.equal(quantity(0.1 + 0.2), "0.3");
  assert.equal(quantity(2.5), "2.5");
  assert.equal(quantity(1e-5), "0.00001");
  assert.equal(quantity(1e6), "1000000");
});

test("without a customer the question is about everybody's price", () => {
  const question = Tandem.lookup.question(Tandem.formLine(anXrm(), aForm()).read(), { customer: null, currency: null });
  assert.ok(!("customer" in question));
});

test("the order is read once, and again after forgetting or failing", async () => {
  const xrm = anXrm();
  let read = 0;
  const original = xrm.WebApi.retrieveRecord;
  xrm.WebApi.retrieveRecord = (...asked) => (read++, original(...asked));
  const line = Tandem.formLine(xrm, aForm());
  const parent = { table: "salesorder", id: ORDER };
  await line.document(parent);
  await line.document(parent);
  assert.equal(read, 1);
  line.forget();
  await line.document(parent);
  assert.equal(read, 2);
  await assert.rejects(line.document({ table: "salesorder", id: "gone" }));
  await assert.rejects(line.document({ table: "salesorder", id: "gone" }));
  assert.equal(read, 4);
});

test("using a price overrides the line's price, takes the discount over as an amount, and keeps where it came from", () => {
  const form = aForm();
  const line = Tandem.formLine(anXrm(), form);
  const value = (name) => form.getAttribute(name).getValue();
  assert.equal(line.has(aLine()), false);
  const filled = line.use(aLine(), told);
  assert.deepEqual(filled, { unitPrice: "12.35", discount: "7.41", digits: 2, rounded: true, kept: null });
  assert.equal(value("ispriceoverridden"), true);
  assert.equal(value("priceperunit"), 12.35);
  assert.equal(value("manualdiscountamount"), 7.41);
  assert.equal(value("tandem_pricesource"), "Price list S00001");
  assert.equal(value("tandem_availablequantity"), 5);
  assert.equal(value("tandem_availablefrom").getDate(), 1);
  assert.equal(value("tandem_lookupasof").toISOString(), "2026-11-22T10:00:00.000Z");
  assert.equal(line.has(aLine()), true);
});

const withoutDiscount = { unit_price: "12", currency: "EUR", line_discount_percent: "0", line_amount: "144" };

test("what the form shows for reading alone is saved too", () => {
  const context = aForm();
  const kept = ["tandem_pricesource", "tandem_lookupasof", "tandem_availablequantity", "tandem_availablefrom"];
  for (const name of kept) context.getAttribute(name).locked = true;
  Tandem.formLine(anXrm(), context).use(aLine(), told);
  assert.deepEqual(Object.keys(COLUMNS).filter((name) => context.getAttribute(name).submitMode === "always").sort(), [...kept].sort());
});

test("a discount that was promised by hand stays where Financials gives none", () => {
  const form = aForm({ values: { manualdiscountamount: 3 } });
  const line = Tandem.formLine(anXrm(), form);
  const { kept } = line.use(aLine({ price: withoutDiscount }), told);
  assert.equal(form.getAttribute("manualdiscountamount").getValue(), 3);
  assert.equal(Number(kept), 3);
});

test("a discount that came with an earlier price goes with it", () => {
  const form = aForm();
  const line = Tandem.formLine(anXrm(), form);
  const discount = form.getAttribute("manualdiscountamount");
  line.use(aLine(), told);
  assert.equal(discount.getValue(), 7.41);
  form.getAttribute("priceperunit").setValue(12);
  assert.equal(line.has(aLine({ price: withoutDiscount })), false);
  assert.equal(line.use(aLine({ price: withoutDiscount }), told).kept, null);
  assert.equal(discount.getValue(), null);
  assert.equal(line.has(aLine({ price: withoutDiscount })), true);
});

test("a seller who changes the discount that came with a price has given it by hand", () => {
  const form = aForm();
  const line = Tandem.formLine(anXrm(), form);
  line.use(aLine(), told);
  form.getAttribute("manualdiscountamount").setValue(10);
  assert.equal(Number(line.use(aLine({ price: withoutDiscount }), told).kept), 10);
  assert.equal(form.getAttribute("manualdiscountamount").getValue(), 10);
});

test("what is filled in for a service says nothing of stock", () => {
  const form = aForm({ values: { tandem_availablequantity: 4 } });
  Tandem.formLine(anXrm(), form).use(aLine({ availability: { tracked: false } }), told);
  assert.equal(form.getAttribute("tandem_availablequantity").getValue(), null);
});

test("filling a column in tells the form's other scripts", () => {
  const form = aForm();
  const heard = [];
  form.getAttribute("priceperunit").addOnChange((event) => heard.push(event.getEventSource().getValue()));
  Tandem.formLine(anXrm(), form).use(aLine(), told);
  assert.deepEqual(heard, [12.35]);
});

test("only forms for creating and changing a line offer filling in", () => {
  const editable = (type) => Tandem.formLine(anXrm(), aForm({ type })).editable();
  const [undefinedType, create, update, readOnly, disabled, bulkEdit] = [0, 1, 2, 3, 4, 6].map(editable);
  assert.deepEqual([create, update], [true, true]);
  assert.deepEqual([undefinedType, readOnly, disabled, bulkEdit], [false, false, false, false]);
});

test("a line that is locked, or whose price this user may not change, offers no filling in", () => {
  const editable = (change) => {
    const form = aForm();
    change(form);
    return Tandem.formLine(anXrm(), form).editable();
  };
  assert.equal(editable((form) => (form.getAttribute("ispriceoverridden").locked = true)), false);
  assert.equal(editable((form) => (form.getAttribute("priceperunit").rights = { canCreate: true, canUpdate: false })), false);
  // Dynamics locks the price itself as long as it is not overridden; using a price overrides it.
  assert.equal(editable((form) => (form.getAttribute("priceperunit").locked = true)), true);
});

test("a form without the columns for a price offers no filling in", () => {
  const form = FormDouble.formContext("salesorderdetail", { productid: null, quantity: 5, priceperunit: 2 }, {});
  assert.equal(Tandem.formLine(anXrm(), form).editable(), false);
});

test("changes of product, unit and quantity are heard until the watch ends", () => {
  const form = aForm();
  let heard = 0;
  const stop = Tandem.formLine(anXrm(), form).watch(() => heard++);
  for (const name of ["productid", "uomid", "quantity"]) form.getAttribute(name).fireOnChange();
  form.getAttribute("priceperunit").fireOnChange();
  assert.equal(heard, 3);
  stop();
  form.getAttribute("quantity").fireOnChange();
  assert.equal(heard, 3);
});

test("hurried changes make one question, and only the newest answer is heard", async () => {
  const timers = { next: 1, due: new Map(), setTimeout: (run) => (timers.due.set(timers.next, run), timers.next++), clearTimeout: (id) => timers.due.delete(id) };
  const fire = () => [...timers.due.entries()].forEach(([id, run]) => (timers.due.delete(id), run()));
  const asked = [];
  const heard = [];
  const ask = (signal) => new Promise((resolve, reject) => {
    asked.push({ signal, resolve });
    signal.addEventListener("abort", () => reject(signal.reason));
  });
  const questions = Tandem.newest({ ask, settled: (outcome) => heard.push(outcome), delay: 300, timers });
  questions.soon();
  questions.soon();
  questions.soon();
  fire();
  assert.equal(asked.length, 1);
  questions.soon();
  fire();
  assert.equal(asked.length, 2);
  assert.equal(asked[0].signal.aborted, true);
  asked[1].resolve("new");
  await new Promise(setImmediate);
  assert.deepEqual(heard, [{ answer: "new" }]);
});

test("an answer that comes while the next question still waits is dropped", async () => {
  const timers = { setTimeout: () => 1, clearTimeout: () => {} };
  const heard = [];
  let answer;
  let signal;
  const ask = (given) => ((signal = given), new Promise((resolve) => (answer = resolve)));
  const questions = Tandem.newest({ ask, settled: (outcome) => heard.push(outcome), delay: 300, timers });
  questions.now();
  questions.soon();
  assert.equal(signal.aborted, true);
  answer("of twelve pieces");
  await new Promise(setImmediate);
  assert.deepEqual(heard, []);
});

test("an older answer that comes in spite of all is dropped", async () => {
  const resolvers = [];
  const heard = [];
  const questions = Tandem.newest({ ask: () => new Promise((resolve) => resolvers.push(resolve)), settled: (outcome) => heard.push(outcome), delay: 0 });
  questions.now();
  questions.now();
  resolvers[1]("new");
  resolvers[0]("old");
  await new Promise(setImmediate);
  assert.deepEqual(heard, [{ answer: "new" }]);
});

test("settings come from the environment variables, and those that are missing are named", async () => {
  const { settings } = Tandem.lookup;
  const found = await settings(anXrm({ variables: { tandem_LookupUrl: " https://lookup.example ", tandem_LookupKey: "k" } }));
  assert.equal(found.url, "https://lookup.example");
  assert.equal(found.key, "k");
  await assert.rejects(settings(anXrm({ variables: { tandem_LookupUrl: "https://lookup.example", tandem_LookupTenantId: null } })), (error) => {
    assert.equal(error.state, "notSetUp");
    assert.equal(error.detail.names, "tandem_LookupTenantId, tandem_LookupClientId, tandem_LookupScope");
    return true;
  });
});

test("an address that a token must not be sent to is refused", async () => {
  const { settings } = Tandem.lookup;
  const given = (url) => settings(anXrm({ variables: { tandem_LookupUrl: url, tandem_LookupKey: "k" } }));
  for (const url of ["http://lookup.example", "lookup.example", "javascript:alert(1)", "ftp://lookup.example"]) {
    await assert.rejects(given(url), { state: "badAddress" }, url);
  }
  for (const url of ["https://lookup.example", "http://127.0.0.1:8080", "http://localhost:8080"]) assert.equal((await given(url)).url, url);
});

test("settings that Sales does not give are told apart: a privilege that lacks, and Sales not answering", async () => {
  const failing = (error) => ({ WebApi: { retrieveMultipleRecords: () => Promise.reject(error) } });
  await assert.rejects(Tandem.lookup.settings(failing({ errorCode: 2147746336 })), { state: "noAccess" });
  await assert.rejects(Tandem.lookup.settings(failing({ errorCode: -2147220960 })), { state: "noAccess" });
  await assert.rejects(Tandem.lookup.settings(failing(new TypeError("Failed to fetch"))), { state: "notRead" });
});

function fakeMsal({ accounts = [], silent = "fails", popup = "works" } = {}) {
  const calls = [];
  const answer = (name, how) => async (request) => {
    calls.push([name, request]);
    if (how === "works") return { accessToken: `${name} token`, account: { username: "anna" } };
    throw Object.assign(new Error(how), { errorCode: how });
  };
  class PublicClientApplication {
    constructor(configuration) {
      calls.push(["made", configuration]);
    }
    initialize = async () => {};
    getActiveAccount = () => null;
    setActiveAccount = (account) => calls.push(["active", account]);
    getAllAccounts = () => accounts;
    acquireTokenSilent = answer("acquireTokenSilent", silent);
    ssoSilent = answer("ssoSilent", silent);
    acquireTokenPopup = answer("acquireTokenPopup", popup);
  }
  return { msal: { PublicClientApplication }, calls };
}

const here = "https://org.crm4.dynamics.com/WebResources/tandem_/orderline/panel.html";

test("the token comes silently from the session that the user has anyway", async () => {
  Tandem.signIn.forget();
  const { msal, calls } = fakeMsal({ silent: "works" });
  const headers = await Tandem.signIn.credentials(ready, { msal, here, loginHint: "anna@example.com" });
  assert.deepEqual(headers, { Authorization: "Bearer ssoSilent token" });
  assert.equal(calls[0][1].auth.redirectUri, "https://org.crm4.dynamics.com/WebResources/tandem_/orderline/redirect.html");
  assert.equal(calls[0][1].auth.authority, "https://login.microsoftonline.com/t");
  assert.deepEqual(calls[1][1], { scopes: ["api://x/Lookup.Read"], loginHint: "anna@example.com" });
});

for (const address of [
  "https://org.crm4.dynamics.com/%7b637199221580014143%7d/webresources/tandem_/orderline/panel.html",
  "https://org.crm4.dynamics.com/%7B637199221580014143%7D/WebResources/tandem_/orderline/panel.html?data=1",
  "https://org.crm4.dynamics.com//WebResources/tandem_/orderline/panel.html",
]) {
  test(`Entra sends back to the address that is registered, from ${address}`, async () => {
    Tandem.signIn.forget();
    const { msal, calls } = fakeMsal({ silent: "works" });
    await Tandem.signIn.credentials(ready, { msal, here: address });
    assert.equal(calls[0][1].auth.redirectUri, "https://org.crm4.dynamics.com/WebResources/tandem_/orderline/redirect.html");
  });
}

test("a known account's token is renewed without asking for the account again", async () => {
  Tandem.signIn.forget();
  const { msal } = fakeMsal({ accounts: [{ username: "anna" }], silent: "works" });
  const headers = await Tandem.signIn.credentials(ready, { msal, here });
  assert.deepEqual(headers, { Authorization: "Bearer acquireTokenSilent token" });
});

test("a window is opened only when the user asked for it", async () => {
  Tandem.signIn.forget();
  const { msal, calls } = fakeMsal({ silent: "login_required" });
  await assert.rejects(Tandem.signIn.credentials(ready, { msal, here }), Tandem.signIn.SignInNeeded);
  assert.ok(!calls.some(([name]) => name === "acquireTokenPopup"));
  const before = calls.length;
  const headers = await Tandem.signIn.credentials(ready, { msal, here, interactive: true });
  assert.deepEqual(headers, { Authorization: "Bearer acquireTokenPopup token" });
  // At once: after a silent try in vain, the browser would have forgotten the click and blocked the window.
  assert.equal(calls[before][0], "acquireTokenPopup");
});

test("a token that the lookup refused is renewed instead of taken from the cache", async () => {
  Tandem.signIn.forget();
  const { msal, calls } = fakeMsal({ accounts: [{ username: "anna" }], silent: "works" });
  await Tandem.signIn.credentials(ready, { msal, here });
  await Tandem.signIn.credentials(ready, { msal, here, renewed: true });
  const forced = calls.filter(([name]) => name === "acquireTokenSilent").map(([, request]) => request.forceRefresh);
  assert.deepEqual(forced, [false, true]);
});

test("a closed or blocked window is told by its code", async () => {
  Tandem.signIn.forget();
  const { msal } = fakeMsal({ silent: "login_required", popup: "popup_window_error" });
  await assert.rejects(Tandem.signIn.credentials(ready, { msal, here, interactive: true }), { message: "popup_window_error" });
});

test("an embedded environment's key needs no sign-in at all", async () => {
  assert.deepEqual(await Tandem.signIn.credentials({ key: "k" }, { msal: null }), { "Tandem-Key": "k" });
});

test("the sign-in library is brought along under the name that the pages load it by", () => {
  const bundle = fs.readFileSync(path.join(ROOT, "deploy/sales-solution/node_modules/@azure/msal-browser/lib/msal-browser.min.js"), "utf8");
  const window = vm.createContext({ crypto: globalThis.crypto, TextEncoder, URL });
  window.globalThis = window.self = window;
  vm.runInContext(bundle, window);
  assert.equal(typeof window.msal.PublicClientApplication, "function");
});

const line = { product: PRODUCT, unit: UNIT, quantity: "12" };
const answered = (status, body, headers = {}) => async () => new Response(JSON.stringify(body), { status, headers });
const asking = (fetch, signal = new AbortController().signal) =>
  Tandem.lookup.ask(ready, { "Tandem-Key": "k" }, line, { customer: ACCOUNT, currency: CURRENCY }, { signal, fetch });

test("the question goes to /v1/order-lines with a deadline and who asks, without cookies", async () => {
  let seen;
  const answer = await asking(async (url, options) => ((seen = { url, options }), new Response(JSON.stringify({ lines: [{ id: "1" }] }))));
  assert.equal(seen.url, "https://lookup.example/v1/order-lines");
  assert.equal(seen.options.headers["Tandem-Key"], "k");
  assert.equal(seen.options.headers["Tandem-Deadline-Ms"], "8000");
  assert.equal(seen.options.credentials, "omit");
  assert.deepEqual(answer.line, { id: "1" });
});

test("each refusal has a state of its own", async () => {
  for (const [status, state] of [[401, "refused"], [403, "forbidden"], [404, "failed"], [422, "failed"], [429, "tooMany"], [503, "unknown"], [504, "tooSlow"]]) {
    await assert.rejects(asking(answered(status, { code: "x", detail: "words" })), { state }, String(status));
  }
  await assert.rejects(asking(answered(429, {}, { "Retry-After": "7" })), (error) => error.detail.seconds === 7);
  await assert.rejects(asking(answered(429, {}, { "Retry-After": "300" })), (error) => error.detail.seconds === 300);
  await assert.rejects(asking(async () => { throw new TypeError("Failed to fetch"); }), { state: "unreachable" });
  await assert.rejects(asking(async () => new Response("<html>", { status: 500 })), { state: "failed" });
});

test("a question that was given up is no failure of the lookup", async () => {
  const controller = new AbortController();
  const pending = asking((_, { signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))), controller.signal);
  controller.abort();
  await assert.rejects(pending, { name: "AbortError" });
});

test("the form's library hands itself to the panel, and does nothing on a form without one", async () => {
  const handed = [];
  const page = { setClientApiContext: (xrm, form) => handed.push(form) };
  const control = { getContentWindow: async () => page };
  const form = FormDouble.formContext("salesorderdetail", {}, { WebResource_tandem_orderline: control });
  Tandem.OrderLine.onLoad({ getFormContext: () => form });
  Tandem.OrderLine.onLoad({ getFormContext: () => FormDouble.formContext("salesorderdetail", {}, {}) });
  await new Promise(setImmediate);
  assert.deepEqual(handed, [form]);
});

test("a panel that was built anew with its tab gets the form again, one that runs does not", async () => {
  const handed = [];
  const aPage = () => {
    const page = { setClientApiContext: () => handed.push(page), Tandem: { panel: { isRunning: () => handed.includes(page) } } };
    return page;
  };
  let page = aPage();
  const first = page;
  const form = FormDouble.formContext("quotedetail", {}, { WebResource_tandem_orderline: { getContentWindow: async () => page } });
  const [tab] = form.ui.tabs;
  // Opened twice over: a new record that was saved is opened again.
  Tandem.OrderLine.onLoad({ getFormContext: () => form });
  Tandem.OrderLine.onLoad({ getFormContext: () => form });
  await new Promise(setImmediate);
  assert.deepEqual(handed, [first, first]);
  tab.becomes("collapsed", form);
  tab.becomes("expanded", form);
  await new Promise(setImmediate);
  assert.deepEqual(handed, [first, first]);
  page = aPage();
  tab.becomes("collapsed", form);
  await new Promise(setImmediate);
  assert.deepEqual(handed, [first, first]);
  tab.becomes("expanded", form);
  await new Promise(setImmediate);
  assert.deepEqual(handed, [first, first, page]);
});

test("a panel that never comes or fails holds no form up", async (context) => {
  const warned = context.mock.method(console, "warn", () => {});
  const opened = (getContentWindow) => {
    const form = FormDouble.formContext("salesorderdetail", {}, { WebResource_tandem_orderline: { getContentWindow } });
    // Forms with asynchronous OnLoad handlers wait for a promise, and show what it is rejected with.
    assert.equal(Tandem.OrderLine.onLoad({ getFormContext: () => form }), undefined);
  };
  opened(() => new Promise(() => {}));
  opened(async () => { throw new Error("gone"); });
  opened(() => { throw new Error("gone at once"); });
  opened(async () => ({ setClientApiContext: () => { throw new Error("broken"); } }));
  Tandem.OrderLine.onLoad({ getFormContext: () => { throw new Error("no form"); } });
  await new Promise(setImmediate);
  assert.equal(warned.mock.callCount(), 4);
});
