// The button of a page on which a passkey is made. On the invitation page the browser has checked by itself that the declaration is
// ticked before a submit event comes; the server checks again.
"use strict";

(() => {
  const page = globalThis.passkeyPage;
  const declaration = document.getElementById("declaration");
  let busy = false;

  // The browser's own words for an empty box do not say what the box is for.
  if (declaration) {
    const explain = () => declaration.setCustomValidity(declaration.checked ? "" : declaration.dataset.missing);
    declaration.addEventListener("change", explain);
    explain();
  }

  page.form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    if (page.stale()) return page.refresh();
    busy = true;
    page.wait(page.status.dataset.waiting);
    if (!page.supported()) {
      page.send("problem", "unsupported");
      return;
    }
    try {
      const credential = await navigator.credentials.create({ publicKey: page.creationOptions() });
      page.send("credential", page.toJSON(credential));
    } catch (error) {
      page.send("problem", page.problemOf(error));
    }
  });

  page.refreshWhenStale(() => busy);
})();
