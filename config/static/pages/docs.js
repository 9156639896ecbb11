// Swagger UI for /schema. It signs the requests that you try, with a secret that never leaves the page.
"use strict";

const signatures = JSON.parse(document.getElementById("signatures").textContent); // path → header
const secrets = {}; // header → its input

for (const header of new Set(Object.values(signatures))) {
  const label = document.createElement("label");
  const name = document.createElement("code");
  const input = document.createElement("input");
  name.textContent = header;
  input.type = "password";
  input.autocomplete = "off";
  input.placeholder = "secret";
  label.append(name, input);
  document.getElementById("secret-fields").append(label);
  secrets[header] = input;
}
document.getElementById("secrets")?.addEventListener("submit", (event) => event.preventDefault());

async function signed(request) {
  const header = signatures[new URL(request.url, location.href).pathname];
  const secret = header && secrets[header].value;
  if (secret && !request.loadSpec) request.headers[header] = await hmac(secret, request.body ?? "");
  return request;
}

async function hmac(secret, body) {
  if (!window.crypto?.subtle) {
    throw new Error("A browser can sign only on pages that come over HTTPS or from localhost.");
  }
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"]);
  const digest = await crypto.subtle.sign("HMAC", key, encoder.encode(body));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function followColorScheme() {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", apply);
  apply();
}

followColorScheme();
SwaggerUIBundle({
  url: "/schema",
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  tryItOutEnabled: true,
  validatorUrl: null,
  requestInterceptor: signed,
});
