// What a frontend does with fetch. Every step is shown in the page, and returned to the test.
"use strict";

document.getElementById("origin").textContent = location.origin;

function show(step, status, seen) {
  const row = document.getElementById("steps").insertRow();
  for (const text of [step, status, seen]) row.insertCell().textContent = text;
}

async function call(step, url, options = {}) {
  let seen;
  try {
    const answer = await fetch(url, options);
    const text = await answer.text();
    seen = { status: answer.status, location: answer.headers.get("Location"), body: text ? JSON.parse(text) : null };
  } catch (error) {
    seen = { blocked: String(error) };
  }
  show(step, seen.status ?? "-", seen.blocked ?? JSON.stringify(seen.body));
  return seen;
}

const bearer = (token, type) => ({ Authorization: `Bearer ${token}`, ...(type ? { "Content-Type": type } : {}) });

function register(base, kii) {
  const headers = { ...kii, "Content-Type": "application/vnd.kii.ThingRegistrationAndAuthorizationRequest+json" };
  const body = JSON.stringify({ _vendorThingID: "from-a-page", _password: "page-Secret-1" });
  return call("register", `${base}/api/apps/${kii["X-Kii-AppID"]}/things`, { method: "POST", headers, body });
}

// eslint-disable-next-line no-unused-vars -- the test calls it
async function requestConfirmList({ root, base, ownership, user, thing, kii }) {
  const asked = await call("request", `${base}${ownership}/request/user:${user.id}`, { method: "POST", headers: bearer(user.token) });
  const type = "application/vnd.kii.ThingOwnershipConfirmationRequest+json";
  const confirmation = { method: "POST", headers: bearer(thing.token, type), body: JSON.stringify({ code: asked.body?.code }) };
  return {
    asked,
    confirmed: await call("confirm", `${base}${ownership}/confirm`, confirmation),
    listed: await call("list", `${base}${ownership}`, { headers: { ...bearer(thing.token), ...kii } }),
    again: await call("request again", `${base}${ownership}/request/user:${user.id}`, { method: "POST", headers: bearer(user.token) }),
    stranger: await call("list with no credential", `${base}${ownership}`),
    unknownPath: await call("an unknown path", `${base}/api/none`, { method: "PUT", headers: bearer(user.token) }),
    registered: await register(base, kii),
    unknownWorld: await call("an unknown world", `${root}/worlds/no%20name/api/none`, { headers: bearer(user.token) }),
  };
}

// eslint-disable-next-line no-unused-vars -- the test calls it
async function claim({ base, device, credentials }) {
  const headers = { "Content-Type": "application/json" };
  return call("claim", `${base}/ownerships`, { method: "POST", credentials, headers, body: JSON.stringify({ deviceId: device }) });
}

// eslint-disable-next-line no-unused-vars -- the test calls it
async function signInAndClaim({ base, device, identifier, password }) {
  const credentials = "include";
  const begun = await call("begin a login", `${base}/auth/self-service/login/api`, { credentials });
  const login = { method: "POST", credentials, headers: { "Content-Type": "application/json" } };
  login.body = JSON.stringify({ identifier, password, method: "password" });
  return {
    signedIn: await call("sign in", begun.body.ui.action, login),
    session: await call("whose session it is", `${base}/auth/sessions/whoami`, { credentials }),
    claimed: await claim({ base, device, credentials }),
  };
}
