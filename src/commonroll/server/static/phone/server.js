// The doors of the server that the phone knocks at. A bearer token, no cookie.
const PATIENCE_MS = 20_000;

/** AbortSignal.timeout came with Safari 16. */
function patience() {
  if (AbortSignal.timeout) return AbortSignal.timeout(PATIENCE_MS);
  const giving = new AbortController();
  setTimeout(() => giving.abort(), PATIENCE_MS);
  return giving.signal;
}

/** The answer's document. Throws {status: 0} without a network, {status, error, next, do, after} when it is refused. */
export async function ask(path, token, body = undefined) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer, said;
  try {
    answer = await fetch(`/api/field/${path}`, { method: body === undefined ? "GET" : "POST", headers, cache: "no-store",
      credentials: "omit", body: body === undefined ? undefined : JSON.stringify(body), signal: patience() });
    said = await answer.text();
  } catch {
    throw { status: 0, do: [] };
  }
  let document = {};
  try { document = JSON.parse(said); } catch { if (answer.ok) throw { status: 0, do: [] }; }
  if (!answer.ok) throw { status: answer.status, error: document.error, next: document.next, do: document.do ?? [],
    after: Number(answer.headers.get("Retry-After")) || 0 };
  return { document, date: Date.parse(answer.headers.get("Date") ?? "") || Date.now() };
}
