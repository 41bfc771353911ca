// The list of passkeys: tells the browser's passkey managers what is in it, and shows the offer of a passkey on this device where
// there can be one.
"use strict";

(async () => {
  const supported = typeof PublicKeyCredential === "function";
  const offer = document.getElementById("passkey-offer");
  const signals = JSON.parse(document.getElementById("passkey-signals").textContent);

  // A browser that does not know a signal, or a manager that refuses it, changes nothing for the reader.
  async function signal(name, value) {
    if (!supported || !value || !PublicKeyCredential[name]) return;
    try {
      await PublicKeyCredential[name](value);
    } catch {
      return;
    }
  }

  if (offer && supported && PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable) {
    offer.hidden = !(await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable());
  }
  await signal("signalAllAcceptedCredentials", signals.accepted);
  await signal("signalCurrentUserDetails", signals.details);
})();
