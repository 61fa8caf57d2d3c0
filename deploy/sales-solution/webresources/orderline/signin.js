// How a question shows who asks: a token of the signed-in user, or an environment's key where everything is embedded.
(function (Tandem) {
  "use strict";

  // The one address that is registered with Entra, which compares it letter by letter.
  const REDIRECT = "/WebResources/tandem_/orderline/redirect.html";

  /** Signing in failed in a way that only the person at the screen can mend. */
  class SignInNeeded extends Error {}

  let application = null;

  /** Forms load this page from an address with a token for caches, `/%7b…%7d/webresources/…`, new with every publishing. */
  function returnAddress(here) {
    const { origin, pathname } = new URL(here);
    const [before] = pathname.split(/\/*(?:\/%7b[^/]*%7d)?\/+webresources\//i);
    return `${origin}${before}${REDIRECT}`;
  }

  /** Microsoft's library, started once. */
  async function started(settings, msal, here) {
    if (!application) {
      const client = new msal.PublicClientApplication({
        auth: {
          clientId: settings.clientId,
          authority: `${settings.authority || "https://login.microsoftonline.com"}/${settings.tenantId}`,
          knownAuthorities: settings.authority ? [new URL(settings.authority).host] : [],
          redirectUri: returnAddress(here),
        },
        cache: { cacheLocation: "sessionStorage" },
      });
      application = client.initialize().then(() => client);
      application.catch(() => (application = null));
    }
    return application;
  }

  /**
   * The headers that a question carries. Silence is the rule: the user's session with Entra usually suffices, since
   * Dynamics has just used it. `interactive` opens a window, so it must come from a click, and at once: browsers soon
   * forget a click. `renewed` passes over a token that is kept, because the lookup refused it.
   */
  async function credentials(settings, options) {
    const { msal, interactive = false, renewed = false, loginHint = "", here = globalThis.location?.href } = options;
    if (settings.key) return { "Tandem-Key": settings.key };
    const client = await started(settings, msal, here);
    const request = { scopes: [settings.scope], ...(loginHint ? { loginHint } : {}) };
    const account = client.getActiveAccount() ?? client.getAllAccounts()[0];
    let result;
    try {
      // A window that was closed goes unnoticed for a minute; asking again must open another one at once.
      if (interactive) result = await client.acquireTokenPopup({ ...request, overrideInteractionInProgress: true });
      else if (account) result = await client.acquireTokenSilent({ ...request, account, forceRefresh: renewed });
      else result = await client.ssoSilent(request);
    } catch (error) {
      throw new SignInNeeded(error.errorCode ?? (interactive ? "sign_in_failed" : "sign_in_needed"));
    }
    client.setActiveAccount(result.account);
    return { Authorization: `Bearer ${result.accessToken}` };
  }

  Tandem.signIn = { credentials, SignInNeeded, forget: () => (application = null) };
})((globalThis.Tandem = globalThis.Tandem ?? {}));
