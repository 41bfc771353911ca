// What both passkey pages share: the options that the server wrote into the page, the JSON of a credential, and the form
// that takes the outcome back. The server decides and words everything; this only does what HTML cannot.
"use strict";

globalThis.passkeyPage = (() => {
  const form = document.getElementById("passkey-form");
  const button = form.querySelector("button");
  const label = button.querySelector("span");
  const status = form.querySelector("[role=status]");
  const options = JSON.parse(document.getElementById("passkey-options").textContent);

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

  function problemOf(error) {
    switch (error && error.name) {
      case "NotAllowedError": // closed, refused and timed out look the same, on purpose
      case "AbortError":
      case "TimeoutError":
        return "cancelled";
      case "InvalidStateError":
        return "duplicate";
      case "NotSupportedError":
      case "SecurityError":
      case "ConstraintError":
        return "unsupported";
    }
    return "failed";
  }

  function wait(message) {
    button.setAttribute("aria-busy", "true");
    button.setAttribute("aria-disabled", "true");
    label.textContent = button.dataset.waiting;
    status.textContent = message;
  }

  function send(name, value) {
    form.elements[name].value = value;
    form.submit();
  }

  // A page that comes back out of the browser's memory holds a challenge that was answered.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  return { form, status, supported, creationOptions, requestOptions, toJSON, problemOf, wait, send };
})();
