// Numbers, money, dates and ages as the user's language writes them. Decimals arrive as text and stay exact.
(function (Tandem) {
  "use strict";

  const SCALE = 10;

  /** Decimal text as a whole number of 10^-10, so that money is added and multiplied without binary fractions. */
  function scaled(decimal) {
    const [, sign, whole, fraction] = /^(-?)(\d*)\.?(\d*)$/.exec(String(decimal).trim()) ?? [];
    if (whole === undefined || whole + fraction === "") throw new RangeError(`not a decimal: ${decimal}`);
    const digits = BigInt(whole + fraction.slice(0, SCALE).padEnd(SCALE, "0"));
    return sign ? -digits : digits;
  }

  /** Back to decimal text, rounded half away from zero to so many digits. */
  function decimalOf(value, digits = SCALE) {
    const unit = 10n ** BigInt(SCALE - digits);
    const negative = value < 0n;
    const rounded = ((negative ? -value : value) + unit / 2n) / unit;
    const text = rounded.toString().padStart(digits + 1, "0");
    const whole = text.slice(0, text.length - digits);
    const fraction = text.slice(text.length - digits).replace(/0+$/, "");
    const plain = fraction ? `${whole}.${fraction}` : whole;
    return negative && plain !== "0" ? `-${plain}` : plain;
  }

  const decimals = {
    rounded: (decimal, digits) => decimalOf(scaled(decimal), digits),
    equal: (one, other) => scaled(one) === scaled(other),
    negative: (decimal) => scaled(decimal) < 0n,
    positive: (decimal) => scaled(decimal) > 0n,
    opposite: (decimal) => decimalOf(-scaled(decimal)),
    minus: (one, other) => decimalOf(scaled(one) - scaled(other)),
    times: (one, other) => decimalOf((scaled(one) * scaled(other)) / 10n ** BigInt(SCALE)),
  };

  /** Formatters for one language; `zone` is the time zone that times are shown in (the browser's own without it). */
  function formatsOf(strings, zone) {
    const { locale } = strings;
    const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 5 });
    const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 5 });
    const date = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
    const time = new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone: zone });
    const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone: zone });
    const ago = new Intl.RelativeTimeFormat(locale, { numeric: "always" });
    return {
      quantity: (decimal, unit) => (unit ? `${number.format(decimal)}\u00a0${unit}` : number.format(decimal)),
      percent: (decimal) => percent.format(`${decimalOf(scaled(decimal) / 100n)}`),
      // At least as many decimals as the currency usually has, and those that Financials prices with.
      money(decimal, currency) {
        const options = { maximumFractionDigits: 5 };
        if (!/^[A-Z]{3}$/.test(currency ?? "")) {
          return new Intl.NumberFormat(locale, { ...options, minimumFractionDigits: 2 }).format(decimal);
        }
        const written = { ...options, style: "currency", currency, currencyDisplay: "code" };
        return new Intl.NumberFormat(locale, written).format(decimal);
      },
      date: (day) => date.format(new Date(`${day}T00:00:00Z`)),
      time(instant, now) {
        return now - instant < 12 * 3600e3 ? time.format(instant) : moment.format(instant);
      },
      soon: (seconds) => ago.format(Math.ceil(seconds), "second"),
      age(milliseconds) {
        const seconds = Math.max(0, Math.round(milliseconds / 1000));
        if (seconds < 10) return strings.text("justNow");
        if (seconds < 90) return ago.format(-seconds, "second");
        if (seconds < 90 * 60) return ago.format(-Math.round(seconds / 60), "minute");
        if (seconds < 36 * 3600) return ago.format(-Math.round(seconds / 3600), "hour");
        return ago.format(-Math.round(seconds / 86400), "day");
      },
    };
  }

  Tandem.formats = { of: formatsOf, decimals };
})((globalThis.Tandem = globalThis.Tandem ?? {}));
