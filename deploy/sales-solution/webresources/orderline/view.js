// Puts states and answers into the page. All text goes in as text; the page's elements stay, so focus stays too.
(function (Tandem) {
  "use strict";

  const { decimals } = Tandem.formats;
  const COLUMNS = ["available", "onHand", "reservedShort", "onTheWay"];
  // Notes that say no more than the age of a stale answer does.
  const SAID_BY_AGE = ["financials_unreachable", "financials_slow"];
  const SVG = "http://www.w3.org/2000/svg";

  function viewOf(page, strings, formats) {
    const { text } = strings;
    const at = (id) => page.getElementById(id);
    let announced = "";
    // The words that tell how old a stale answer is; they grow older with it.
    let ageing = null;

    function element(name, words, className) {
      const made = page.createElement(name);
      if (words !== undefined) made.textContent = words;
      if (className) made.className = className;
      return made;
    }

    function icon(holder, name) {
      const drawing = page.createElementNS(SVG, "svg");
      const use = page.createElementNS(SVG, "use");
      drawing.setAttribute("aria-hidden", "true");
      drawing.setAttribute("class", "icon");
      use.setAttribute("href", `#icon-${name}`);
      drawing.append(use);
      holder.replaceChildren(drawing);
    }

    function write(id, words) {
      at(id).textContent = words;
      at(id).hidden = !words;
    }

    /** Tell a screen reader; the same words only once, unless somebody's own key press brought them `again`. */
    function announce(words, again = false) {
      if (words === announced && again) words += "\u00a0";
      if (words === announced) return;
      announced = words;
      at("announcement").textContent = words;
    }

    function state(name, busy) {
      const panel = at("panel");
      panel.dataset.state = name;
      panel.setAttribute("aria-busy", String(busy));
      at("refresh").setAttribute("aria-disabled", String(busy));
      at("use").setAttribute("aria-disabled", String(busy));
    }

    function show({ answer, message }) {
      at("answer").hidden = !answer;
      at("message").hidden = !message;
      at("freshness").hidden = !answer;
      if (!answer) at("notes").hidden = true;
    }

    /** Whoever was at something that is gone now stays in the panel, where the next Tab goes on. */
    function keepFocus() {
      const focused = page.activeElement;
      if (at("panel").contains(focused) && focused.closest("[hidden]")) at("panel").focus();
    }

    /** The fixed words of the page. */
    function settle() {
      page.documentElement.lang = strings.locale.slice(0, 2);
      page.title = text("title");
      for (const labelled of page.querySelectorAll("[data-text]")) labelled.textContent = text(labelled.dataset.text);
      for (const labelled of page.querySelectorAll("[data-label]")) {
        labelled.setAttribute("aria-label", text(labelled.dataset.label));
      }
    }

    function loading(withAnswer) {
      state("loading", true);
      show({ answer: withAnswer, message: !withAnswer });
      at("action").hidden = true;
      if (!withAnswer) {
        icon(at("message-icon"), "clock");
        write("message-title", text("loading"));
        write("message-text", "");
      }
      keepFocus();
      announce(text("loading"));
    }

    /** One of the states without an answer: what is the matter, what to do, and a button where one helps. */
    function message(name, { detail = {}, tone = "calm", action = "" } = {}) {
      state(name, false);
      show({ message: true });
      at("message").dataset.tone = tone;
      icon(at("message-icon"), tone === "calm" ? "info" : "warning");
      write("message-title", text(name));
      write("message-text", text(`${name}Do`, detail));
      at("action").hidden = !action;
      if (action) at("action").textContent = text(action);
      keepFocus();
      announce(`${text(name)}. ${text(`${name}Do`, detail)}`);
    }

    const amount = (decimal, unit) => formats.quantity(decimal, unit);

    function verdict(line) {
      const stock = line.availability;
      const wanted = amount(line.quantity, line.unit);
      if (!stock) return { name: "question", tone: "unknown", words: text("availabilityUnknown"), more: "" };
      if (!stock.tracked) {
        const why = line.product?.kind === "resource" ? "nothingKeptResource" : "nothingKeptItem";
        return { name: "info", tone: "calm", words: text("notTracked"), more: text(why) };
      }
      if (stock.sufficient) return { name: "check", tone: "good", words: text("availableNow", { quantity: wanted }), more: "" };
      let more = "";
      if (decimals.positive(stock.available)) more = text("onlyNow", { available: amount(stock.available, stock.unit) });
      if (decimals.negative(stock.available)) {
        more = text("oversold", { missing: amount(decimals.opposite(stock.available), stock.unit) });
      }
      if (stock.available_from) {
        const date = formats.date(stock.available_from);
        return { name: "clock", tone: "later", words: text("availableFrom", { quantity: wanted, date }), more };
      }
      const words = text("notAvailable", { quantity: wanted });
      return { name: "warning", tone: "bad", words, more: [more, text("noDate")].filter(Boolean).join(" ") };
    }

    function supplyWords(supply, unit) {
      const quantity = amount(supply.quantity, unit);
      if (!supply.date) return text("supplyUndated", { quantity });
      return text(supply.overdue ? "supplyOverdue" : "supply", { quantity, date: formats.date(supply.date) });
    }

    function figures(stock) {
      const list = at("figures");
      list.replaceChildren();
      list.hidden = !stock?.tracked;
      if (list.hidden) return;
      const row = (key, ...words) => {
        const pair = element("div");
        pair.append(element("dt", text(key)), ...words.map((each) => element("dd", each)));
        list.append(pair);
      };
      row("onHand", amount(stock.on_hand, stock.unit));
      row("reserved", amount(stock.reserved, stock.unit));
      row("available", amount(stock.available, stock.unit));
      const supply = stock.on_the_way.map((each) => supplyWords(each, stock.unit));
      row("onTheWay", ...(supply.length ? supply : [text("nothing")]));
    }

    function locations(stock) {
      const rows = stock?.tracked ? (stock.locations ?? []) : [];
      at("locations").hidden = !rows.length;
      at("location-rows").replaceChildren(
        ...rows.map((place) => {
          const row = element("tr");
          const head = element("th", place.code || text("noLocation"));
          head.scope = "row";
          const cells = [place.available, place.on_hand, place.reserved].map((each) => element("td", formats.quantity(each)));
          const coming = element("td");
          const supply = place.on_the_way.map((each) => element("span", supplyWords(each, ""), "supply"));
          coming.append(...(supply.length ? supply : ["–"]));
          row.append(head, ...cells, coming);
          // Narrow pages show the row as a list; a table's roles would be gone with its layout, so they are said.
          row.setAttribute("role", "row");
          head.setAttribute("role", "rowheader");
          [...cells, coming].forEach((cell, column) => {
            cell.setAttribute("role", "cell");
            cell.dataset.name = text(COLUMNS[column]);
          });
          return row;
        }),
      );
    }

    /** Where a price or discount comes from, in the user's language. */
    function reason(source) {
      if (!source) return "";
      const named = {
        price_list_line: source.line ? "reasonList" : "reasonListOnly",
        sales_price: "reasonSalesPrice",
        sales_line_discount: "reasonSalesDiscount",
        item_card: "reasonItemCard",
        resource_card: "reasonResourceCard",
        financials: "reasonFinancials",
      }[source.kind];
      if (!named) return source.text ?? "";
      const parts = [];
      if (source.applies_to && strings.has(source.applies_to)) {
        parts.push(text(source.applies_to, { code: source.applies_to_code }));
      }
      if (source.item_discount_group) {
        parts.push(text("item_discount_group", { code: source.item_discount_group }));
      }
      if (source.minimum_quantity && decimals.positive(source.minimum_quantity)) {
        // A price line without a unit counts in base units, whatever unit was asked for.
        const unit = source.minimum_quantity_unit;
        const quantity = amount(source.minimum_quantity, unit);
        parts.push(text(unit ? "fromQuantity" : "fromBaseUnits", { quantity }));
      }
      const head = text(named, source);
      return parts.length ? `${head}: ${parts.join(", ")}` : head;
    }

    function price(line, editable) {
      const found = line.price;
      at("price-known").hidden = !found;
      write("price-unknown", found ? "" : text("priceUnknown"));
      at("use").hidden = !found || !editable;
      if (!found) return;
      write("unit-price", formats.money(found.unit_price, found.currency));
      write("per-unit", text("perUnit", { unit: line.unit }));
      write("vat", found.includes_vat ? text("includingVat") : "");
      const discounted = decimals.positive(found.line_discount_percent || "0");
      write("discount", discounted ? text("discount", { percent: formats.percent(found.line_discount_percent) }) : "");
      const whole = formats.money(found.line_amount, found.currency);
      write("amount", text("amount", { amount: whole, quantity: amount(line.quantity, line.unit) }));
      write("reason", reason(found.source));
      const discountReason = discounted ? reason(found.discount_source) : "";
      write("discount-reason", discountReason && text("discountReason", { reason: discountReason }));
    }

    function notes(answer, age) {
      const said = new Set();
      if (answer.stale) said.add(text("staleAnswer", { age }));
      for (const note of [...(answer.warnings ?? []), ...(answer.line.notes ?? [])]) {
        if (answer.stale && SAID_BY_AGE.includes(note.code)) continue;
        const own = `code:${note.code}`;
        said.add(strings.has(own) ? text(own) : note.message);
      }
      at("notes").hidden = !said.size;
      at("notes").replaceChildren(
        ...[...said].map((words) => {
          const item = element("li");
          const holder = element("span");
          icon(holder, "warning");
          item.append(holder, element("span", words));
          return item;
        }),
      );
      ageing = answer.stale ? at("notes").querySelector("li span:last-child") : null;
    }

    function freshness(instant, now) {
      const age = formats.age(now - instant);
      write("as-of", text("asOf", { time: formats.time(instant, now), age }));
      if (ageing) ageing.textContent = text("staleAnswer", { age });
    }

    function answer(given, { editable, instant, now }) {
      const { line } = given;
      state(given.stale ? "stale" : "answer", false);
      show({ answer: true });
      const { name, tone, words, more } = verdict(line);
      at("verdict").dataset.tone = tone;
      icon(at("verdict-icon"), name);
      write("verdict-words", words);
      write("verdict-more", more);
      figures(line.availability);
      locations(line.availability);
      price(line, editable);
      notes(given, formats.age(now - instant));
      freshness(instant, now);
      keepFocus();
      const cost = line.price ? `${formats.money(line.price.unit_price, line.price.currency)} ${text("perUnit", { unit: line.unit })}` : text("priceUnknown");
      const stale = given.stale ? text("staleAnswer", { age: formats.age(now - instant) }) : "";
      announce([`${words}.`, more, `${cost}.`, stale].filter(Boolean).join(" "));
    }

    function used(words, tell) {
      icon(at("used-icon"), "check");
      write("used-words", words);
      at("used").hidden = !words;
      if (tell) announce(words, true);
    }

    return { settle, loading, message, answer, reason, used, freshness };
  }

  Tandem.view = viewOf;
})((globalThis.Tandem = globalThis.Tandem ?? {}));
