// Times. The server writes them in UTC and says so, because it does not know where the reader is; here they become her own, in the
// language of the page. Without script they stay as they are.
"use strict";

(() => {
  const page = document.documentElement.lang;
  // Of the page's language the one that she reads: English of Britain or Spanish of Mexico write a time in their own way.
  const lang = navigator.languages.find((own) => own === page || own.startsWith(page + "-")) || page;
  // What is printed or kept is read elsewhere, so it names the zone.
  const zone = document.querySelector("main[data-page=account-export]") ? { timeZoneName: "short" } : {};
  const moment = new Intl.DateTimeFormat(lang, zone.timeZoneName
    ? { year: "numeric", month: "long", day: "numeric", hour: "numeric", minute: "2-digit", ...zone }
    : { dateStyle: "long", timeStyle: "short" });
  const clock = new Intl.DateTimeFormat(lang, { timeStyle: "short" });
  const day = new Intl.DateTimeFormat(lang, { dateStyle: "long" });

  for (const time of document.querySelectorAll("time[data-moment]")) {
    if (!time.closest(".deadline")) time.textContent = moment.format(new Date(time.dateTime)); // deadline.js writes that one
  }

  // What happened is listed by day, and her days begin and end at another time than those of UTC.
  const days = [...document.querySelectorAll("section[data-day]")];
  let last;
  let list;
  for (const entry of days.flatMap((section) => [...section.querySelectorAll("li")])) {
    const time = entry.querySelector("time[data-clock]");
    const at = new Date(time.dateTime);
    time.textContent = clock.format(at);
    if (day.format(at) !== last) {
      last = day.format(at);
      const section = document.createElement("section");
      const heading = document.createElement("h2");
      heading.textContent = last;
      list = document.createElement("ul");
      list.className = "items";
      section.append(heading, list);
      days[0].before(section);
    }
    list.append(entry);
  }
  for (const section of days) section.remove();
})();
