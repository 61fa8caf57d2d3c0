// Of many questions in a row only the newest counts: hurried ones are merged, and older answers are dropped.
(function (Tandem) {
  "use strict";

  /**
   * `ask(signal)` is called `delay` ms after the last `soon()`, or at once by `now()`. Both abort the question under
   * way, since its answer is out of date from that moment: `settled(outcome)` hears only of the newest, as `{answer}`
   * or `{error}`.
   */
  function newest({ ask, settled, delay, timers = globalThis }) {
    let timer = null;
    let underWay = null;

    function stop() {
      timers.clearTimeout(timer);
      underWay?.abort();
      underWay = null;
    }

    async function now(options) {
      stop();
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
        stop();
        timer = timers.setTimeout(now, delay);
      },
      stop,
    };
  }

  Tandem.newest = newest;
})((globalThis.Tandem = globalThis.Tandem ?? {}));
