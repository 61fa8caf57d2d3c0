// Of many questions in a row only the newest counts: hurried ones are merged, and older answers are dropped.
(function (Tandem) {
  "use strict";

  /**
   * `ask(signal)` is called `delay` ms after the last `soon()`, or at once by `now()`. A newer question aborts the
   * one under way, and `settled(outcome)` hears only of the newest: `{answer}` or `{error}`.
   */
  function newest({ ask, settled, delay, timers = globalThis }) {
    let timer = null;
    let underWay = null;

    async function now(options) {
      timers.clearTimeout(timer);
      underWay?.abort();
      const mine = (underWay = new AbortController());
      let outcome;
      try {
        outcome = { answer: await ask(mine.signal, options) };
      } catch (error) {
        outcome = { error };
      }
      if (mine === underWay) settled(outcome);
    }

    return {
      now,
      soon() {
        timers.clearTimeout(timer);
        timer = timers.setTimeout(now, delay);
      },
      stop() {
        timers.clearTimeout(timer);
        underWay?.abort();
        underWay = null;
      },
    };
  }

  Tandem.newest = newest;
})((globalThis.Tandem = globalThis.Tandem ?? {}));
