// A page that can be answered, or whose code is good, for a limited time: it says the end in the reader's own time, warns two minutes before it, and
// says when it is over. The words, and the button for more time, are the server's.
"use strict";

(() => {
  const box = document.querySelector(".deadline");
  if (!box) return;
  const warning = box.querySelector(".deadline-warning");
  const over = box.querySelector(".deadline-over");
  const more = box.querySelector("button");
  const warnBefore = 120;
  const loaded = Date.now();

  const left = () => Number(box.dataset.left) - (Date.now() - loaded) / 1000;

  // The time of day is enough for what ends soon.
  const end = box.querySelector("time");
  const soon = left() < 12 * 60 * 60;
  end.textContent = new Intl.DateTimeFormat(document.documentElement.lang, soon ? { timeStyle: "short" } : { dateStyle: "long", timeStyle: "short" })
    .format(new Date(loaded + Number(box.dataset.left) * 1000));

  // Said once each: a text that is put in again would be read aloud again.
  const say = (state) => {
    if (box.dataset.state === state) return;
    box.dataset.state = state;
    warning.textContent = warning.dataset[state];
    if (state === "over" && over) {
      over.hidden = false;
      if (more) more.hidden = true;
    }
  };

  const look = () => {
    const seconds = left();
    if (seconds <= 0) say("over");
    else if (seconds <= warnBefore) say("warning");
  };
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
})();
