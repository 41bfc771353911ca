// The button under a declaration: asks for a passkey of the person who declares, and for no other. It signs nobody in, so there is
// no list of passkeys to choose from and nothing happens before the button.
"use strict";

(() => {
  const page = globalThis.passkeyPage;
  let busy = false;

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
      const credential = await navigator.credentials.get({ publicKey: page.requestOptions() });
      page.send("credential", page.toJSON(credential));
    } catch (error) {
      const problem = page.problemOf(error);
      page.send("problem", problem === "duplicate" ? "failed" : problem);
    }
  });

  page.refreshWhenStale(() => busy);
})();
