// Asks Tandem's availability lookup about one line, and says plainly what went wrong where something did.
(function (Tandem) {
  "use strict";

  const DEADLINE_MS = 8000;
  const VARIABLES = {
    url: "tandem_LookupUrl",
    tenantId: "tandem_LookupTenantId",
    clientId: "tandem_LookupClientId",
    scope: "tandem_LookupScope",
    authority: "tandem_LookupAuthority",
    key: "tandem_LookupKey",
  };

  /** Something that the panel has words for: `state` names them, `detail` fills them. */
  class LookupProblem extends Error {
    constructor(state, detail = {}) {
      super(state);
      this.state = state;
      this.detail = detail;
    }
  }

  // What Dataverse answers to somebody whose roles lack a privilege (0x80040220), in both writings of the number.
  const LACKS_PRIVILEGE = [0x80040220, 0x80040220 - 2 ** 32];

  /** The problem behind a row of Sales that could not be read. */
  function unread(error) {
    return new LookupProblem(LACKS_PRIVILEGE.includes(error?.errorCode) ? "noAccess" : "notRead");
  }

  /** A token or key goes over an encrypted connection, or does not leave this machine. */
  function safe(url) {
    try {
      const { protocol, hostname } = new URL(url);
      return protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(hostname));
    } catch {
      return false;
    }
  }

  /** The environment variables of the solution, a current value before the default. Raises `LookupProblem`. */
  async function settings(xrm) {
    const query =
      "?$select=schemaname,defaultvalue&$filter=startswith(schemaname,'tandem_Lookup')" +
      "&$expand=environmentvariabledefinition_environmentvariablevalue($select=value)";
    let answer;
    try {
      answer = await xrm.WebApi.retrieveMultipleRecords("environmentvariabledefinition", query);
    } catch (error) {
      throw unread(error);
    }
    const values = {};
    for (const row of answer.entities) {
      const [current] = row.environmentvariabledefinition_environmentvariablevalue ?? [];
      values[row.schemaname.toLowerCase()] = (current?.value ?? row.defaultvalue ?? "").trim();
    }
    const found = {};
    for (const [name, variable] of Object.entries(VARIABLES)) found[name] = values[variable.toLowerCase()] ?? "";
    const needed = found.key ? ["url"] : ["url", "tenantId", "clientId", "scope"];
    const missing = needed.filter((name) => !found[name]).map((name) => VARIABLES[name]);
    if (missing.length) throw new LookupProblem("notSetUp", { names: missing.join(", ") });
    if (!safe(found.url)) throw new LookupProblem("badAddress");
    return found;
  }

  function question(line, document) {
    return {
      ...(document.customer ? { customer: { account_id: document.customer } } : {}),
      ...(document.currency ? { currency_id: document.currency } : {}),
      per_location: true,
      lines: [
        {
          id: "1",
          product_id: line.product,
          ...(line.unit ? { unit_id: line.unit } : {}),
          quantity: line.quantity,
        },
      ],
    };
  }

  async function problemOf(response) {
    let body = {};
    try {
      body = await response.json();
    } catch {
      // Not one of ours: a proxy in between answered.
    }
    const code = body.code ?? "";
    const retry = Number(response.headers.get("Retry-After")) || 5;
    switch (response.status) {
      case 401:
        return new LookupProblem("refused", { code });
      case 403:
        return new LookupProblem("forbidden");
      case 429:
        return new LookupProblem("tooMany", { seconds: Math.max(retry, 1) });
      case 503:
      case 502:
        return new LookupProblem("unknown", { code });
      case 504:
        return new LookupProblem("tooSlow", { code });
      default:
        return new LookupProblem("failed", { code, detail: body.detail || body.title || `HTTP ${response.status}` });
    }
  }

  /** The answer to one line's question, with `line` picked out; raises `LookupProblem`, or `AbortError` if given up. */
  async function ask(settingsFound, credentials, line, document, { signal, fetch = globalThis.fetch }) {
    const late = AbortSignal.timeout(DEADLINE_MS + 2000);
    let response;
    try {
      response = await fetch(`${settingsFound.url.replace(/\/+$/, "")}/v1/order-lines`, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          Accept: "application/json",
          "Tandem-Deadline-Ms": String(DEADLINE_MS),
          ...credentials,
        },
        body: JSON.stringify(question(line, document)),
        signal: AbortSignal.any([signal, late]),
        credentials: "omit",
        cache: "no-store",
      });
      if (!response.ok) throw await problemOf(response);
      const answer = await response.json();
      return { ...answer, line: answer.lines[0] };
    } catch (error) {
      if (error instanceof LookupProblem || signal.aborted) throw error;
      throw new LookupProblem(late.aborted ? "tooSlow" : "unreachable");
    }
  }

  Tandem.lookup = { settings, question, ask, unread, LookupProblem, VARIABLES };
})((globalThis.Tandem = globalThis.Tandem ?? {}));
