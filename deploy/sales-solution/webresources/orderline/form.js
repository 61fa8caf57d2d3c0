// The form's library: hands the form to the panel when it opens. Register Tandem.OrderLine.onLoad as OnLoad handler,
// with the execution context, on every form that has the panel.
(function (Tandem) {
  "use strict";

  const CONTROL = "WebResource_tandem_orderline";

  const told = (error) => console.warn("Tandem's panel could not be started.", error);

  async function hand(control, formContext, isNewsTo = () => true) {
    const page = await control.getContentWindow();
    const give = () => isNewsTo(page) && page.setClientApiContext(globalThis.Xrm, formContext);
    // The page may still be loading; it starts as soon as both are there.
    if (page.setClientApiContext) give();
    else page.addEventListener("load", give, { once: true });
  }

  /** Forms may take a control down with its tab and build it anew: the panel is then another page, and knows nothing. */
  function tabChanged(executionContext) {
    try {
      if (executionContext.getEventSource().getDisplayState() !== "expanded") return;
      const formContext = executionContext.getFormContext();
      const control = formContext.getControl(CONTROL);
      if (control) hand(control, formContext, (page) => !page.Tandem?.panel?.isRunning()).catch(told);
    } catch (error) {
      told(error);
    }
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
        if (!control) return;
        hand(control, formContext).catch(told);
        // A form may be opened many times over; it shall hear of its tabs once.
        formContext.ui.tabs.forEach((tab) => {
          tab.removeTabStateChange(tabChanged);
          tab.addTabStateChange(tabChanged);
        });
      } catch (error) {
        told(error);
      }
    },
  };
})((globalThis.Tandem = globalThis.Tandem ?? {}));
