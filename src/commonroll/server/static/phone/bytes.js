// Bytes as text and back.
export const utf8 = (text) => new TextEncoder().encode(text);
export const random = (count) => crypto.getRandomValues(new Uint8Array(count));
export const base64url = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
export const fromBase64 = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
