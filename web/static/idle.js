// Who is signed in and does nothing is signed out after a while. This warns before, lets her stay with a click, and says when it has
// happened: what she typed is still in the page, and can be sent once she has signed in again in another. It asks the server by itself
// for nothing, or nobody would ever be signed out.
"use strict";

(() => {
  const box = document.querySelector(".idle");
  const words = box.querySelector(".idle-words");
  const actions = box.querySelector(".idle-actions");
  const stay = document.getElementById("idle-stay");
  const again = document.getElementById("idle-again");
  const quiet = Number(box.dataset.quiet);
  const warnBefore = Math.min(120, quiet / 2);
  let since = Date.now();

  // Said once each: a text that is put in again would be read aloud again.
  const say = (state) => {
    if ((box.dataset.state || "") === state) return;
    box.dataset.state = state;
    words.textContent = state ? words.dataset[state] : "";
    actions.hidden = !state;
    stay.hidden = state === "over";
    again.hidden = state !== "over";
  };

  const look = () => {
    const left = quiet - (Date.now() - since) / 1000;
    if (left <= 0) say("over");
    else if (left <= warnBefore) say("warning");
  };

  const ask = () => {
    const at = Date.now();
    const answer = new Image();
    answer.onload = () => {
      since = at;
      say("");
    };
    answer.onerror = () => say("over");
    answer.src = "/account/here?" + at;
  };

  stay.addEventListener("click", ask);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    look();
    if (box.dataset.state === "over") ask(); // she comes back, perhaps from where she signed in again
  });
  setInterval(look, 1000);
})();
