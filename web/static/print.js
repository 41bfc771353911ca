// Shows the button that prints the page, which HTML cannot do by itself.
"use strict";

(() => {
  const button = document.getElementById("codes-print");
  button.hidden = false;
  button.addEventListener("click", () => window.print());
})();
