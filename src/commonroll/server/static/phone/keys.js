// The key that seals the turf on this phone (DEK): random, wrapped by a key from the passkey or the PIN, in memory only
// while the turf is open.
import { fromBase64, base64url, random, utf8 } from "./bytes.js";
import * as store from "./store.js";

export const ROUNDS = 600_000, TRIES = 10, LEAST_PIN = 6;
const WRAP = "AES-KW", DEK = { name: "AES-GCM", length: 256 }, INFO = utf8("commonroll-turf-v1");

/** A PIN that a finder would try first. */
export const weak = (pin) => pin.length < LEAST_PIN || /^(.)\1*$/.test(pin) || "01234567890123456789".includes(pin) || "98765432109876543210".includes(pin);

async function fromPin(pin, salt) {
  const material = await crypto.subtle.importKey("raw", utf8(pin), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS }, material,
    { name: WRAP, length: 256 }, false, ["wrapKey", "unwrapKey"]);
}

async function fromSecret(secret, salt) {
  const material = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt, info: INFO }, material,
    { name: WRAP, length: 256 }, false, ["wrapKey", "unwrapKey"]);
}

const unwrap = (wrapped, by) => crypto.subtle.unwrapKey("raw", wrapped, by, WRAP, DEK, false, ["encrypt", "decrypt"]);

async function wrapNew(by) {
  const fresh = await crypto.subtle.generateKey(DEK, true, ["encrypt", "decrypt"]);
  const wrapped = await crypto.subtle.wrapKey("raw", fresh, by, WRAP);
  return [wrapped, await unwrap(wrapped, by)];
}

/** {lock, key}: what to keep of a new key under a PIN, and the key. */
export async function underPin(pin) {
  const salt = random(16), [wrapped, key] = await wrapNew(await fromPin(pin, salt));
  return { lock: { way: "pin", salt, wrapped, tries: 0 }, key };
}

/** The same under a passkey of this device; null where it gives no secret (then a PIN). */
export async function underPasskey(name) {
  const salt = random(32);
  let made;
  try {
    made = await navigator.credentials.create({ publicKey: {
      challenge: random(32), rp: { name: "Commonroll" }, user: { id: random(16), name, displayName: name },
      pubKeyCredParams: [{ type: "public-key", alg: -7 }, { type: "public-key", alg: -257 }],
      authenticatorSelection: { authenticatorAttachment: "platform", residentKey: "preferred", userVerification: "required" },
      extensions: { prf: { eval: { first: salt } } } } });
  } catch {
    return null;
  }
  // no toJSON of the credential: WebKit before iOS 26.5.1 crashes over a PRF result
  const told = made.getClientExtensionResults().prf;
  const secret = told?.results?.first ?? (told?.enabled ? await secretOf(made.rawId, salt).catch(() => null) : null);
  if (!secret) return null;
  const [wrapped, key] = await wrapNew(await fromSecret(secret, salt));
  return { lock: { way: "passkey", credential: base64url(made.rawId), salt, wrapped, tries: 0 }, key };
}

async function secretOf(credential, salt) {
  const got = await navigator.credentials.get({ publicKey: {
    challenge: random(32), userVerification: "required", allowCredentials: [{ type: "public-key", id: credential }],
    extensions: { prf: { eval: { first: salt } } } } });
  return got.getClientExtensionResults().prf?.results?.first;
}

export async function passkeysHere() {
  try {
    return await window.PublicKeyCredential?.isUserVerifyingPlatformAuthenticatorAvailable?.() ?? false;
  } catch {
    return false;
  }
}

/** The key, or null for a wrong PIN. The try is on the disk before it is made; the tenth wrong one destroys the key:
 * then this throws "destroyed". */
export async function openWithPin(pin) {
  const lock = await store.get("lock");
  if (!lock) throw new Error("destroyed");
  if (lock.tries >= TRIES) return destroy();
  await store.put("lock", { ...lock, tries: lock.tries + 1 });
  try {
    const key = await unwrap(lock.wrapped, await fromPin(pin, lock.salt));
    await store.put("lock", { ...lock, tries: 0 });
    return key;
  } catch (wrong) {
    if (wrong.name !== "OperationError") throw wrong;
    return lock.tries + 1 >= TRIES ? destroy() : null;
  }
}

export async function openWithPasskey() {
  const lock = await store.get("lock");
  const secret = await secretOf(fromBase64(lock.credential), lock.salt);
  return secret ? unwrap(lock.wrapped, await fromSecret(secret, lock.salt)) : null;
}

export const triesLeft = async () => TRIES - ((await store.get("lock"))?.tries ?? 0);

async function destroy() {
  await store.forgetTurf();
  throw new Error("destroyed");
}

/** {iv, ct} of a value; `about` names store, turf and revision, so that no record passes for another. */
export async function seal(key, about, value) {
  const iv = random(12);
  const ct = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: utf8(about) }, key, utf8(JSON.stringify(value)));
  return { iv, ct };
}

export async function unseal(key, about, { iv, ct }) {
  return JSON.parse(new TextDecoder().decode(
    await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: utf8(about) }, key, ct)));
}
