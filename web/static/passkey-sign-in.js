// The sign-in page: the button, and the browser's own list of passkeys under the text field where there is one.
"use strict";

(() => {
  const page = globalThis.passkeyPage;
  const saved = document.getElementById("passkey-saved");
  const lifetime = Number(page.form.dataset.lifetime) * 1000;
  const loaded = Date.now();
  let busy = false;
  let autofill = null; // stops the waiting offer: one ceremony at a time, or the browser refuses the second

  const stale = () => lifetime > 0 && Date.now() - loaded > lifetime;
  const refresh = () => location.replace(page.form.dataset.refresh);

  async function get(extra) {
    const credential = await navigator.credentials.get({ publicKey: page.requestOptions(), ...extra });
    busy = true;
    page.wait(page.status.dataset.checking);
    page.send("credential", page.toJSON(credential));
  }

  // The field shows as soon as the browser can fill it. The request behind it starts when the reader turns to the field and
  // not with the page: some authenticators answer without asking, and neither opening a page nor going to the button must
  // sign anybody in.
  async function offerAutofill() {
    if (!page.supported() || !PublicKeyCredential.isConditionalMediationAvailable) return;
    if (!(await PublicKeyCredential.isConditionalMediationAvailable())) return;
    saved.hidden = false;
    const signs = ["pointerenter", "touchstart", "focusin"];
    const start = () => {
      for (const sign of signs) saved.removeEventListener(sign, start);
      startAutofill();
    };
    for (const sign of signs) saved.addEventListener(sign, start, { passive: true });
  }

  async function startAutofill() {
    if (busy || stale()) return;
    autofill = new AbortController();
    try {
      await get({ mediation: "conditional", signal: autofill.signal });
    } catch {
      // An offer that came to nothing is no news for anybody: the button is there.
    }
  }

  page.form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    if (stale()) return refresh();
    busy = true;
    if (autofill) autofill.abort();
    page.wait(page.status.dataset.waiting);
    if (!page.supported()) {
      page.send("problem", "unsupported");
      return;
    }
    try {
      await get({});
    } catch (error) {
      const problem = page.problemOf(error);
      page.send("problem", problem === "duplicate" ? "failed" : problem);
    }
  });

  // A page that was left open fetches a new challenge when its reader returns to it.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && !busy && stale()) refresh();
  });

  offerAutofill();
})();
