// What both passkey pages share: the options that the server wrote into the page, the JSON of a credential, and the form
// that takes the outcome back. The server decides and words everything; this only does what HTML cannot.
"use strict";

globalThis.passkeyPage = (() => {
  const form = document.getElementById("passkey-form");
  const button = form.querySelector("button");
  const label = button.querySelector("span");
  const status = form.querySelector("[role=status]");
  const options = JSON.parse(document.getElementById("passkey-options").textContent);

  // A challenge lives for a while only: a page that was left open fetches a new one before it asks.
  const lifetime = Number(form.dataset.lifetime || 0) * 1000;
  const loaded = Date.now();
  const stale = () => lifetime > 0 && Date.now() - loaded > lifetime;
  const refresh = () => location.replace(form.dataset.refresh);

  function refreshWhenStale(busy) {
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && !busy() && stale()) refresh();
    });
  }

  const supported = () => typeof PublicKeyCredential === "function" && Boolean(navigator.credentials);

  function decode(text) {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(binary, (c) => c.charCodeAt(0)).buffer;
  }

  function encode(buffer) {
    let binary = "";
    for (const byte of new Uint8Array(buffer)) binary += String.fromCharCode(byte);
    return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }

  const decodeIDs = (list) => (list || []).map((entry) => ({ ...entry, id: decode(entry.id) }));

  // Browsers older than the parse… functions of WebAuthn level 3 get the same by hand.
  function creationOptions() {
    if (PublicKeyCredential.parseCreationOptionsFromJSON) {
      return PublicKeyCredential.parseCreationOptionsFromJSON(options);
    }
    return {
      ...options,
      challenge: decode(options.challenge),
      user: { ...options.user, id: decode(options.user.id) },
      excludeCredentials: decodeIDs(options.excludeCredentials),
    };
  }

  function requestOptions() {
    if (PublicKeyCredential.parseRequestOptionsFromJSON) {
      return PublicKeyCredential.parseRequestOptionsFromJSON(options);
    }
    return {
      ...options,
      challenge: decode(options.challenge),
      allowCredentials: decodeIDs(options.allowCredentials),
    };
  }

  // Some password managers put their own object in the place of the browser's, with a toJSON that throws or with none.
  function toJSON(credential) {
    try {
      return JSON.stringify(credential.toJSON());
    } catch {
      return JSON.stringify(byHand(credential));
    }
  }

  function byHand(credential) {
    const answer = credential.response;
    const response = { clientDataJSON: encode(answer.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (answer[name]) response[name] = encode(answer[name]);
    }
    if (answer.getTransports) response.transports = answer.getTransports();
    return {
      id: credential.id,
      rawId: encode(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment || undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
      response,
    };
  }

  // Closed, refused and timed out look the same to us, on purpose. The clock tells the last apart.
  const outOfTime = () => options.timeout > 0 && performance.now() - asked > options.timeout * 0.95;

  function problemOf(error) {
    switch (error && error.name) {
      case "NotAllowedError":
        return outOfTime() ? "timeout" : "cancelled";
      case "TimeoutError":
        return "timeout";
      case "AbortError":
        return "cancelled";
      case "InvalidStateError":
        return "duplicate";
      case "NotSupportedError":
      case "ConstraintError":
        return "unsupported";
      case "SecurityError":
        return "security";
      case "NotReadableError":
        return "unreadable";
      case "NetworkError":
        return "network";
    }
    return "failed";
  }

  let asked = 0; // when the device was asked

  function wait(message) {
    asked = asked || performance.now();
    button.setAttribute("aria-busy", "true");
    button.setAttribute("aria-disabled", "true");
    label.textContent = button.dataset.waiting;
    status.textContent = message;
  }

  // Without a connection the form would lead to the browser's own error page, and the answer would be lost.
  function send(name, value) {
    form.elements[name].value = value;
    if (navigator.onLine === false) {
      status.textContent = status.dataset.offline;
      addEventListener("online", () => form.submit(), { once: true });
      return;
    }
    form.submit();
  }

  // A page that comes back out of the browser's memory holds a challenge that was answered.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  return { form, status, stale, refresh, refreshWhenStale, supported, creationOptions, requestOptions, toJSON, problemOf, wait, send };
})();
