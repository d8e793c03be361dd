// Drives the stand-in of Supabase with supabase-js, which nobody here wrote. Run by tests/npm_clients.rs, which makes
// the tables and the account.
import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";

const url = process.env.SUPABASE_URL;
const publishable = process.env.SUPABASE_PUBLISHABLE_KEY;
const secret = process.env.SUPABASE_SECRET_KEY;
const [email, password] = [process.env.ACCOUNT_EMAIL, process.env.ACCOUNT_PASSWORD];
const options = { auth: { persistSession: false, autoRefreshToken: false } };
const service = createClient(url, secret, options);
const anon = createClient(url, publishable, options);
const big = "1234567890123456789";

const get = async (path, headers) => {
  const answer = await fetch(url + path, { headers });
  return { status: answer.status, body: await answer.json() };
};

const steps = {
  async "arrays are inserted"() {
    const rows = [{ id: big, name: "one" }, { id: "2", name: "two" }, { id: "3", name: "three" }];
    const { data, error, status } = await service.from("npm_items").insert(rows).select("id:id::text,name");
    assert.equal(error, null);
    assert.equal(status, 201);
    assert.deepEqual(data, rows);
  },

  async "ids stay exact as text"() {
    const { data } = await service.from("npm_items").select("id:id::text").eq("id", big).single();
    assert.equal(data.id, big);
  },

  async "upsert merges, or ignores"() {
    const merged = await service.from("npm_items").upsert([{ id: "2", name: "zwei" }], { onConflict: "id" }).select("name");
    assert.deepEqual(merged.data, [{ name: "zwei" }]);
    const rows = [{ id: "2", name: "no" }, { id: "4", name: "four" }];
    const ignored = await service
      .from("npm_items").upsert(rows, { onConflict: "id", ignoreDuplicates: true }).select("id:id::text");
    assert.deepEqual(ignored.data, [{ id: "4" }]);
  },

  async "functions answer scalars, rows and errors"() {
    assert.equal((await service.rpc("npm_add", { a: 2, b: 3 })).data, 5);
    const rows = await service.rpc("npm_named", { part: "three" }).select("name").limit(1);
    assert.deepEqual(rows.data, [{ name: "three" }]);
    const raised = await service.rpc("npm_refuse");
    assert.deepEqual([raised.status, raised.error.code, raised.error.hint], [400, "P0001", "try again"]);
    assert.equal((await service.rpc("npm_nothing")).status, 404);
  },

  async "what postrust would silently do wrong is refused aloud"() {
    const filtered = await service.rpc("npm_table").eq("n", 1);
    assert.equal(filtered.status, 501);
    assert.match(filtered.error.message, /`n` on the function `npm_table`/);
    assert.equal((await service.rpc("npm_table")).data.length, 3);
    assert.equal((await service.rpc("npm_with_argument", { most: 2 }, { get: true })).data.length, 2);
    const counted = await service.from("npm_items").delete({ count: "exact" }).eq("id", "99");
    assert.equal(counted.status, 501);
  },

  async "at most 1,000 rows come at once"() {
    const { data, count } = await service.from("npm_many").select("n", { count: "exact" }).limit(5000);
    assert.deepEqual([data.length, count], [1000, 1500]);
    const page = await service.from("npm_many").select("n").order("n").range(1000, 1499);
    assert.deepEqual([page.data.length, page.data[0].n], [500, 1001]);
  },

  async "row level security binds the publishable key and not the secret one"() {
    assert.deepEqual((await anon.from("npm_own").select("*")).data, []);
    const refused = await anon.from("npm_own").insert({ note: "no" });
    assert.deepEqual([refused.status, refused.error.code], [401, "42501"]);
    assert.ok((await service.from("npm_own").select("*")).data.length > 0);
    const hidden = await anon.from("npm_secret").select("*");
    assert.deepEqual([hidden.status, hidden.error.code], [401, "42501"]);
  },

  async "errors have PostgREST's statuses and codes"() {
    const ask = async (query) => { const { status, error } = await query; return [status, error.code]; };
    assert.deepEqual(await ask(service.from("npm_items").insert({ id: big, name: "again" })), [409, "23505"]);
    assert.deepEqual(await ask(service.from("npm_items").insert({ id: "7" })), [400, "23502"]);
    assert.deepEqual(await ask(service.from("npm_nowhere").select()), [404, "PGRST205"]);
    assert.deepEqual(await ask(service.from("npm_items").select().eq("id", "none").single()), [400, "22P02"]);
    assert.deepEqual(await ask(service.from("npm_items").select().eq("id", "99").single()), [406, "PGRST116"]);
  },

  async "sb_ keys belong in the apikey header"() {
    const path = "/rest/v1/npm_items?select=id&limit=1";
    assert.equal((await get(path, {})).status, 401);
    assert.equal((await get(path, { apikey: "sb_secret_wrong" })).status, 401);
    assert.equal((await get(path, { Authorization: `Bearer ${secret}` })).status, 401);
    assert.equal((await get(path, { apikey: publishable, Authorization: `Bearer ${secret}` })).status, 401);
    assert.equal((await get(path, { apikey: secret })).status, 200);
    assert.equal((await get(path, { apikey: secret, Authorization: "Bearer a.b.c" })).status, 401);
  },

  async "a wrong password does not sign in"() {
    const { data, error } = await anon.auth.signInWithPassword({ email, password: "wrong" });
    assert.equal(data.session, null);
    assert.deepEqual([error.status, error.code], [400, "invalid_credentials"]);
  },

  async "a signed-in user sees what is theirs"() {
    const client = createClient(url, publishable, options);
    const { data, error } = await client.auth.signInWithPassword({ email: email.toUpperCase(), password });
    assert.equal(error, null);
    assert.equal(data.user.email, email);
    const own = await client.from("npm_own").select("note");
    assert.deepEqual(own.data, [{ note: "mine" }]);
    const refused = await client.from("npm_secret").select("*");
    assert.deepEqual([refused.status, refused.error.code], [403, "42501"]);
    const foreign = await client.from("npm_own").insert({ note: "not mine", owner: "00000000-0000-0000-0000-000000000001" });
    assert.deepEqual([foreign.status, foreign.error.code], [403, "42501"]);

    const { data: who } = await client.auth.getUser();
    assert.equal(who.user.id, data.user.id);
    const claims = JSON.parse(Buffer.from(data.session.access_token.split(".")[1], "base64url"));
    assert.deepEqual(
      [claims.iss, claims.aud, claims.role, claims.sub, claims.email],
      [`${url}/auth/v1`, "authenticated", "authenticated", data.user.id, email],
    );

    const renewed = await client.auth.refreshSession();
    assert.equal(renewed.error, null);
    assert.notEqual(renewed.data.session.refresh_token, data.session.refresh_token);
    const reused = await client.auth.refreshSession({ refresh_token: data.session.refresh_token });
    assert.equal(reused.error.code, "refresh_token_already_used");
  },

  async "signing out ends the session"() {
    const client = createClient(url, publishable, options);
    const { data } = await client.auth.signInWithPassword({ email, password });
    assert.equal((await client.auth.signOut()).error, null);
    const { error } = await client.auth.getUser(data.session.access_token);
    assert.equal(error.name, "AuthSessionMissingError");
  },

  async "an expired token is refused, by the world's clock"() {
    const client = createClient(url, publishable, options);
    const { data } = await client.auth.signInWithPassword({ email, password });
    const headers = { apikey: publishable, Authorization: `Bearer ${data.session.access_token}` };
    assert.equal((await get("/rest/v1/npm_own", headers)).status, 200);
    const body = JSON.stringify({ advance_ms: 3_600_001 });
    await fetch(`${process.env.WORLD_URL}/world/clock`, { method: "POST", headers: { "content-type": "application/json" }, body });
    const late = await get("/rest/v1/npm_own", headers);
    assert.deepEqual([late.status, late.body.code], [401, "PGRST303"]);
    assert.equal((await get("/auth/v1/user", headers)).status, 403);
    const again = await client.auth.signInWithPassword({ email, password });
    const fresh = { ...headers, Authorization: `Bearer ${again.data.session.access_token}` };
    assert.equal((await get("/rest/v1/npm_own", fresh)).status, 200);
  },

  async "the admin API makes accounts for the secret key only"() {
    const account = { email: "made@example.org", password: "made-password", email_confirm: true };
    assert.equal((await anon.auth.admin.createUser(account)).error.status, 403);
    const { data, error } = await service.auth.admin.createUser(account);
    assert.equal(error, null);
    assert.equal(data.user.email, account.email);
    assert.equal((await service.auth.admin.createUser(account)).error.code, "email_exists");
    const client = createClient(url, publishable, options);
    assert.equal((await client.auth.signInWithPassword(account)).data.user.id, data.user.id);
  },

  async "a page of another origin may ask"() {
    const headers = { Origin: "http://127.0.0.1:8700", "Access-Control-Request-Method": "GET" };
    const answer = await fetch(`${url}/rest/v1/npm_items`, { method: "OPTIONS", headers });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    assert.match(answer.headers.get("access-control-allow-headers"), /apikey/);
  },
};

for (const [name, step] of Object.entries(steps)) {
  await step().catch((error) => {
    console.error(`FAILED: ${name}\n${error.stack}`);
    process.exit(1);
  });
  console.log(`ok: ${name}`);
}
process.exit(0);
