// An event for the server alone: the phone itself cannot open it again. So it can be sent while the turf is locked, and
// is not lost with the turf's key (field/sealing.py opens it).
import { base64url, random, utf8 } from "./bytes.js";

const CURVE = { name: "ECDH", namedCurve: "P-256" }, INFO = utf8("commonroll-event-v1");

/** {id, epk, iv, ct} in base64url; `server` is its public key as a JWK. */
export async function envelope(server, event) {
  const theirs = await serverKey(server);
  const mine = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const point = await crypto.subtle.exportKey("raw", mine.publicKey);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, mine.privateKey, 256);
  const material = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt: point, info: INFO }, material,
    { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const iv = random(12);
  const ct = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: utf8(event.id) }, key, utf8(JSON.stringify(event)));
  return { id: event.id, epk: base64url(point), iv: base64url(iv), ct: base64url(ct) };
}

let kept = null;
function serverKey({ kty, crv, x, y }) {
  if (kept?.x !== x) kept = { x, key: crypto.subtle.importKey("jwk", { kty, crv, x, y }, CURVE, false, []) };
  return kept.key;
}
