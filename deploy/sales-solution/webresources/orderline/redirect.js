// Where Entra sends the sign-in window back to: the answer is handed to the panel that waits for it.
msalRedirectBridge.broadcastResponseToMainFrame().catch(() => globalThis.close());
