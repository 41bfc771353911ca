// The sign-in page: the button, and the browser's own list of passkeys under the text field where there is one.
"use strict";

(() => {
  const page = globalThis.passkeyPage;
  const saved = document.getElementById("passkey-saved");
  let busy = false;
  let autofill = null; // stops the waiting offer: one ceremony at a time, or the browser refuses the second

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
    if (!saved || !page.supported() || !PublicKeyCredential.isConditionalMediationAvailable) return;
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
    if (busy || page.stale()) return;
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
    if (page.stale()) return page.refresh();
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

  // A passkey that the server does not know is offered no more, where the browser listens to that.
  async function signalUnknown() {
    const unknown = document.getElementById("passkey-unknown");
    if (!unknown || !page.supported() || !PublicKeyCredential.signalUnknownCredential) return;
    try {
      await PublicKeyCredential.signalUnknownCredential(JSON.parse(unknown.textContent));
    } catch {
      // The words on the page say what to do all the same.
    }
  }

  page.refreshWhenStale(() => busy);
  signalUnknown();
  offerAutofill();
})();
