// The form's library: hands the form to the panel when it opens. Register Tandem.OrderLine.onLoad as OnLoad handler,
// with the execution context, on every form that has the panel.
(function (Tandem) {
  "use strict";

  const CONTROL = "WebResource_tandem_orderline";

  const told = (error) => console.warn("Tandem's panel could not be started.", error);

  async function hand(control, formContext) {
    const page = await control.getContentWindow();
    // The page may still be loading; it starts as soon as both are there.
    if (page.setClientApiContext) page.setClientApiContext(globalThis.Xrm, formContext);
    else page.addEventListener("load", () => page.setClientApiContext(globalThis.Xrm, formContext), { once: true });
  }

  Tandem.OrderLine = {
    /**
     * A missing, late or failing panel never keeps anybody from working on the line: nothing is answered that a form
     * with asynchronous OnLoad handlers would wait for, and nothing is raised that it would show.
     */
    onLoad(executionContext) {
      try {
        const formContext = executionContext.getFormContext();
        const control = formContext.getControl(CONTROL);
        if (control) hand(control, formContext).catch(told);
      } catch (error) {
        told(error);
      }
    },
  };
})((globalThis.Tandem = globalThis.Tandem ?? {}));
