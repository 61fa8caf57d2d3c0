// The panel beside an order or quote line: follows the line, asks the lookup, shows what it says, fills the price in.
(function (Tandem) {
  "use strict";

  const PAUSE_MS = 300;
  const AGE_EVERY_MS = 10_000;

  /** Runs until `stop` is called. `tools` are what a test replaces: fetch, timers, clock, msal, zone. */
  function start({ xrm, formContext, page, ...tools }) {
    const { fetch, timers = globalThis, clock = () => Date.now(), msal = globalThis.msal, zone } = tools;
    const user = xrm.Utility.getGlobalContext().userSettings;
    const strings = Tandem.strings.of(user.languageId);
    const formats = Tandem.formats.of(strings, zone);
    const view = Tandem.view(page, strings, formats);
    const line = Tandem.formLine(xrm, formContext);
    const { LookupProblem } = Tandem.lookup;
    const { SignInNeeded } = Tandem.signIn;
    let settings = null;
    let shown = null;
    let again = null;
    let pausedUntil = 0;
    let windows = 0;

    /** The line has changed: what is shown is of an older question and cannot be used, until the pause is over. */
    function changed() {
      const wanted = line.read();
      // What was known of another product would only mislead.
      if (shown?.product !== wanted.product) shown = null;
      if (!wanted.problem) view.loading(shown !== null);
      questions.soon();
    }

    async function ask(signal, { interactive = false } = {}) {
      timers.clearTimeout(again);
      const wanted = line.read();
      if (wanted.problem) throw new LookupProblem(wanted.problem);
      if (clock() < pausedUntil) throw new LookupProblem("tooMany", { seconds: (pausedUntil - clock()) / 1000 });
      if (shown?.product !== wanted.product) shown = null;
      view.loading(shown !== null);
      settings ??= await Tandem.lookup.settings(xrm);
      const parent = await documentOf(wanted.parent);
      const from = { msal, interactive, loginHint: settings.key ? "" : await signInName() };
      signal.throwIfAborted();
      if (interactive) view.message("signingIn", { action: "signIn" });
      const credentials = await signedIn(from);
      // The line has changed meanwhile, and that question found nobody signed in.
      if (interactive && signal.aborted) questions.now();
      signal.throwIfAborted();
      if (interactive) view.loading(false);
      const answer = await asked(credentials, from, wanted, parent, signal);
      const notes = parent.missing ? [{ message: strings.text(parent.missing) }] : [];
      return { ...answer, product: wanted.product, warnings: [...notes, ...(answer.warnings ?? [])] };
    }

    /** Credentials; while a window is open for them, no other question takes its place. */
    async function signedIn(from) {
      if (!from.interactive) return Tandem.signIn.credentials(settings, from);
      windows += 1;
      try {
        return await Tandem.signIn.credentials(settings, from);
      } finally {
        windows -= 1;
      }
    }

    /** The answer; a kept token that the lookup refuses is renewed once. */
    async function asked(credentials, from, wanted, parent, signal) {
      const send = (shownBy) => Tandem.lookup.ask(settings, shownBy, wanted, parent, { signal, fetch });
      try {
        return await send(credentials);
      } catch (error) {
        if (error.state !== "refused") throw error;
        if (settings.key) throw new LookupProblem("keyRefused");
        if (from.interactive) throw error;
      }
      return send(await Tandem.signIn.credentials(settings, { ...from, renewed: true }));
    }

    let name = null;

    /** What the user signs in as, so that the right one of several sessions is taken; empty where it cannot be read. */
    function signInName() {
      name ??= xrm.WebApi.retrieveRecord("systemuser", user.userId.replace(/[{}]/g, ""), "?$select=domainname").then(
        (row) => row.domainname ?? "",
        () => "",
      );
      return name;
    }

    async function documentOf(parent) {
      try {
        const found = await line.document(parent);
        if (!found.customer) return { ...found, missing: "noCustomer" };
        if (found.customerTable === "contact") return { ...found, customer: null, missing: "contact" };
        return found;
      } catch (error) {
        throw Tandem.lookup.unread(error);
      }
    }

    function settled({ answer, error }) {
      if (error) return failed(error);
      if (answer.line.error) return refused(answer.line.error);
      const age = (answer.age_seconds ?? 0) * 1000;
      shown = { answer, product: answer.product, instant: clock() - age };
      view.answer(answer, { editable: line.editable(), instant: shown.instant, now: clock() });
      compare();
    }

    function refused({ code, message }) {
      shown = null;
      const own = `code:${code}`;
      const detail = { detail: strings.has(own) ? strings.text(own) : message };
      view.message("lineError", { detail, tone: "bad", action: "tryAgain" });
    }

    function failed(error) {
      shown = null;
      if (error instanceof SignInNeeded) {
        if (windows) return view.message("signingIn", { action: "signIn" });
        const first = error.message !== "sign_in_failed" && !signInTried;
        const name = first ? "notSignedIn" : "signInFailed";
        return view.message(name, { detail: { detail: error.message }, tone: first ? "calm" : "bad", action: "signIn" });
      }
      if (!(error instanceof LookupProblem)) {
        return view.message("failed", { detail: { detail: error.message }, tone: "bad", action: "tryAgain" });
      }
      const calm = ["empty", "writeIn", "noParent", "badQuantity"].includes(error.state);
      if (error.state === "tooMany") return pause(error.detail.seconds);
      const own = `code:${error.detail.code}`;
      const detail = strings.has(own) ? { detail: strings.text(own) } : error.detail;
      const action = error.state === "refused" ? "signIn" : calm ? "" : "tryAgain";
      view.message(error.state, { detail, tone: calm ? "calm" : "bad", action });
    }

    /** The lookup wants to be left alone for so long: nothing is asked meanwhile, whatever changes on the line. */
    function pause(seconds) {
      pausedUntil = clock() + seconds * 1000;
      view.message("tooMany", { detail: { wait: formats.soon(seconds) }, tone: "bad" });
      again = timers.setTimeout(() => questions.now(), seconds * 1000);
    }

    /** Whether the line has the price that is shown. */
    function compare() {
      const there = shown?.answer.line.price && line.has(shown.answer.line);
      view.used(there ? strings.text("onTheLine") : "", false);
    }

    function use() {
      if (!shown?.answer.line.price || !line.editable() || page.getElementById("use").getAttribute("aria-disabled") === "true") return;
      const { answer } = shown;
      const { price } = answer.line;
      // The oldest of what it rests on.
      const asOf = answer.as_of || price.as_of || new Date(shown.instant).toISOString();
      const reasons = [view.reason(price.source), view.reason(price.discount_source)];
      const filled = line.use(answer.line, { reason: reasons.filter(Boolean).join("; "), asOf });
      const money = (decimal) => formats.money(decimal, price.currency);
      const values = { price: money(filled.unitPrice), discount: filled.discount && money(filled.discount) };
      const words = [strings.text(filled.discount ? "usedWithDiscount" : "used", values)];
      if (filled.kept) words.push(strings.text("discountKept", { discount: money(filled.kept) }));
      if (filled.rounded) words.push(strings.text("rounded", { digits: filled.digits }));
      view.used(words.join(" "), true);
    }

    let signInTried = false;
    const questions = Tandem.newest({ ask, settled, delay: PAUSE_MS, timers });

    function refresh() {
      if (page.getElementById("refresh").getAttribute("aria-disabled") === "true") return;
      line.forget();
      settings = null;
      questions.now();
    }

    function act() {
      const signing = ["notSignedIn", "signingIn", "signInFailed", "refused"].includes(page.getElementById("panel").dataset.state);
      // The button goes away; whoever pressed it by keyboard stays in the panel.
      page.getElementById("panel").focus();
      if (!signing) return refresh();
      signInTried = true;
      questions.now({ interactive: true });
    }

    view.settle();
    const pairs = [
      ["refresh", refresh],
      ["use", use],
      ["action", act],
    ];
    pairs.forEach(([id, listener]) => page.getElementById(id).addEventListener("click", listener));
    const unwatch = [line.watch(changed), line.watchFilled(() => compare())];
    const ageing = timers.setInterval(() => shown && view.freshness(shown.instant, clock()), AGE_EVERY_MS);
    // Back on line: what could not be asked is asked.
    const online = () => ["unreachable", "notRead"].includes(page.getElementById("panel").dataset.state) && questions.now();
    globalThis.addEventListener?.("online", online);
    questions.now();

    return {
      stop() {
        unwatch.forEach((stop) => stop());
        questions.stop();
        timers.clearInterval(ageing);
        timers.clearTimeout(again);
        globalThis.removeEventListener?.("online", online);
        pairs.forEach(([id, listener]) => page.getElementById(id).removeEventListener("click", listener));
      },
    };
  }

  let running = null;

  Tandem.panel = { start, isRunning: () => running !== null };

  // Forms hand their context to the page of a web resource control by a function of this name (form.js calls it).
  globalThis.setClientApiContext = (xrm, formContext) => {
    running?.stop();
    running = start({ xrm, formContext, page: document });
  };
  // The form may live on when its panel goes away; it must not keep calling, nor keep the page in memory.
  globalThis.addEventListener?.("pagehide", () => {
    running?.stop();
    running = null;
  });
})((globalThis.Tandem = globalThis.Tandem ?? {}));
