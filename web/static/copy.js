// Shows the button that copies a text, which HTML cannot do by itself.
"use strict";

(() => {
  const button = document.querySelector("[data-copy]");
  if (!button || !navigator.clipboard) {
    return;
  }
  button.hidden = false;
  button.addEventListener("click", async () => {
    const status = button.parentElement.querySelector("[role=status]");
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      status.textContent = button.dataset.done;
    } catch {
      // What is not copied can be marked and copied by hand.
      window.getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
    }
  });
})();
