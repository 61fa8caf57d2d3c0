// The form's library: hands the form to the panel when it opens. Register Tandem.OrderLine.onLoad as OnLoad handler,
// with the execution context, on every form that has the panel.
(function (Tandem) {
  "use strict";

  const CONTROL = "WebResource_tandem_orderline";

  Tandem.OrderLine = {
    /** A missing or failing panel never keeps anybody from working on the line. */
    async onLoad(executionContext) {
      const formContext = executionContext.getFormContext();
      const control = formContext.getControl(CONTROL);
      if (!control) return;
      const page = await control.getContentWindow();
      // The page may still be loading; it starts as soon as both are there.
      if (page.setClientApiContext) page.setClientApiContext(globalThis.Xrm, formContext);
      else page.addEventListener("load", () => page.setClientApiContext(globalThis.Xrm, formContext), { once: true });
    },
  };
})((globalThis.Tandem = globalThis.Tandem ?? {}));
