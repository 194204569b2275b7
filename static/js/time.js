// <time datetime data-time>: the server writes UTC; here it becomes the time
// of the reader's zone, with the zone and UTC in the title.
(() => {
  let zone = "UTC";
  try {
    zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  } catch {
    return;
  }
  const make = (options) => new Intl.DateTimeFormat("en-GB", { hourCycle: "h23", timeZone: zone, ...options });
  const clock = { hour: "2-digit", minute: "2-digit" };
  const forms = {
    minute: make(clock),
    second: make({ ...clock, second: "2-digit" }),
    milli: make({ ...clock, second: "2-digit", fractionalSecondDigits: 3 }),
    day: make({ day: "numeric", month: "short" }),
    date: make({ day: "numeric", month: "short", year: "numeric" }),
    full: make({ day: "numeric", month: "short", year: "numeric", ...clock, second: "2-digit", timeZoneName: "short" }),
  };
  const say = (at, form) => {
    if (form === "date") return forms.date.format(at);
    if (form === "full") return forms.full.format(at);
    const today = forms.date.format(new Date()) === forms.date.format(at);
    const sameYear = new Date().getFullYear() === at.getFullYear();
    const day = today ? "" : (sameYear ? forms.day : forms.date).format(at) + " ";
    return day + (forms[form] || forms.minute).format(at);
  };
  const upgrade = () => {
    for (const el of document.querySelectorAll("time[datetime][data-time]")) {
      if (el.dataset.zoned) continue;
      const at = new Date(el.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      el.textContent = say(at, el.dataset.time);
      const utc = at.toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
      el.title = forms.full.format(at) + ", " + zone + " (" + utc + ")";
      el.dataset.zoned = "1";
    }
    for (const el of document.querySelectorAll("[data-zone]")) el.textContent = zone.replaceAll("_", " ");
  };
  upgrade();
  document.addEventListener("bm:swapped", upgrade);
})();
