// Drives the stand-in of Upstash with @upstash/redis, which nobody here wrote. Run by tests/npm_clients.rs.
import assert from "node:assert/strict";
import { Redis } from "@upstash/redis";

const url = process.env.UPSTASH_REDIS_REST_URL;
const token = process.env.UPSTASH_REDIS_REST_TOKEN;
const options = { url, token, retry: false, enableTelemetry: false };
const redis = new Redis(options);
const plain = new Redis({ ...options, automaticDeserialization: false, enableAutoPipelining: false });
const p = `npm-${process.pid}:`;

const steps = {
  async "commands are pipelined by themselves"() {
    const [set, count, missing] = await Promise.all([
      redis.set(`${p}a`, { nested: [1, "zwei", null] }),
      redis.incr(`${p}count`),
      redis.get(`${p}none`),
    ]);
    assert.deepEqual([set, count, missing], ["OK", 1, null]);
    assert.deepEqual(await redis.get(`${p}a`), { nested: [1, "zwei", null] });
  },

  async "a failure in an automatic pipeline hits only its own command"() {
    await redis.set(`${p}text`, "words");
    const [bad, good] = await Promise.allSettled([redis.incr(`${p}text`), redis.get(`${p}text`)]);
    assert.match(bad.reason.message, /not an integer/);
    assert.equal(good.value, "words");
  },

  async "a pipeline answers in order and keeps errors apart"() {
    const pipeline = redis.pipeline().set(`${p}s`, "x").incr(`${p}s`).rpush(`${p}l`, "1", "2").lrange(`${p}l`, 0, -1);
    const answers = await pipeline.exec({ keepErrors: true });
    assert.equal(answers[0].result, "OK");
    assert.match(answers[1].error, /not an integer/);
    assert.deepEqual([answers[2].result, answers[3].result], [2, [1, 2]]);
  },

  async "a transaction commits, and is discarded as a whole"() {
    const done = await redis.multi().set(`${p}m`, 1).incrby(`${p}m`, 4).hset(`${p}h`, { f: "v" }).hgetall(`${p}h`).exec();
    assert.deepEqual(done, ["OK", 5, 1, { f: "v" }]);
    const commands = JSON.stringify([["SET", `${p}m`, "9"], ["NOSUCHCOMMAND"]]);
    const headers = { Authorization: `Bearer ${token}` };
    const refused = await fetch(`${url}/multi-exec`, { method: "POST", headers, body: commands });
    assert.equal(refused.status, 400);
    assert.match((await refused.json()).error, /unknown command/);
    assert.equal(await redis.get(`${p}m`), 5);
  },

  async "odd bytes come back as they were"() {
    const texts = ["OK", "", "\u0000\u0001", "ünïcödé 🦀", '"quoted" \\ \r\n', "9007199254740993", "true"];
    for (const text of texts) {
      await plain.set(`${p}odd`, text);
      assert.equal(await plain.get(`${p}odd`), text);
    }
    await plain.hset(`${p}odd-hash`, Object.fromEntries(texts.map((text, at) => [`f${at}`, text])));
    const flat = await plain.hgetall(`${p}odd-hash`);
    assert.deepEqual(flat.filter((_, at) => at % 2 === 1), texts);
    // Bytes that are no text: only the raw base64 has them.
    await plain.eval("return redis.call('SET', KEYS[1], string.char(0, 255, 254, 10, 13))", [`${p}bytes`], []);
    const headers = { Authorization: `Bearer ${token}`, "Upstash-Encoding": "base64" };
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(["GET", `${p}bytes`]) });
    assert.deepEqual([...Buffer.from((await answer.json()).result, "base64")], [0, 255, 254, 10, 13]);
  },

  async "scripts run by text and by digest"() {
    const script = "return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}";
    assert.deepEqual(await redis.eval(script, [`${p}eval`], ["x"]), [`${p}eval`, "x", 1]);
    const digest = await redis.scriptLoad(script);
    assert.deepEqual(await redis.evalsha(digest, [`${p}eval`], ["y"]), [`${p}eval`, "y", 2]);
    await assert.rejects(redis.evalsha("f".repeat(40), [], []), /NOSCRIPT/);
    const wrapped = redis.createScript("return ARGV[1] .. '!'");
    assert.equal(await wrapped.exec([], ["run"]), "run!");
  },

  async "scripts with Upstash's own flag run, and are known by their own digest"() {
    const script = "#!lua flags=allow-key-locking\nreturn redis.call('INCRBY', KEYS[1], ARGV[1])";
    assert.equal(await redis.eval(script, [`${p}flag`], [3]), 3);
    const digest = await redis.scriptLoad(script);
    const bytes = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(script));
    assert.equal(digest, Buffer.from(bytes).toString("hex"));
    assert.equal(await redis.evalsha(digest, [`${p}flag`], [4]), 7);
    assert.deepEqual(await redis.scriptExists(digest), [1]);
  },

  async "set with conditions, sorted sets, scan and time to live"() {
    assert.equal(await redis.set(`${p}lease`, "a", { nx: true, ex: 60 }), "OK");
    assert.equal(await redis.set(`${p}lease`, "b", { nx: true, ex: 60 }), null);
    assert.ok((await redis.ttl(`${p}lease`)) > 50);
    await redis.zadd(`${p}z`, { score: 1.5, member: "a" }, { score: 2, member: "b" });
    assert.deepEqual(await redis.zrange(`${p}z`, 0, -1, { withScores: true }), ["a", 1.5, "b", 2]);
    let cursor = "0";
    const keys = [];
    do {
      const [next, found] = await redis.scan(cursor, { match: `${p}*`, count: 100 });
      keys.push(...found);
      cursor = next;
    } while (cursor !== "0");
    assert.ok(keys.includes(`${p}lease`));
  },

  async "large values and many commands"() {
    const large = "x".repeat(3_000_000);
    await plain.set(`${p}large`, large);
    assert.equal((await plain.get(`${p}large`)).length, large.length);
    const pipeline = redis.pipeline();
    for (let at = 0; at < 2_000; at += 1) pipeline.incr(`${p}many`);
    assert.equal((await pipeline.exec()).at(-1), 2_000);
    await assert.rejects(plain.set(`${p}huge`, "x".repeat(11_000_000)), /max request size exceeded/);
  },

  async "what Upstash refuses is refused"() {
    const wrong = new Redis({ ...options, token: "wrong" });
    await assert.rejects(wrong.get("a"), /WRONGPASS/);
    const headers = { Authorization: `Bearer ${token}` };
    const ask = async (method, path, body) => {
      const answer = await fetch(url + path, { method, headers, body });
      return [answer.status, (await answer.json()).error ?? ""];
    };
    for (const command of [["SUBSCRIBE", "c"], ["blpop", "l", "0"], ["WATCH", "k"], ["SELECT", "1"], ["XREAD", "BLOCK", "0"]]) {
      const [status, error] = await ask("POST", "", JSON.stringify(command));
      assert.equal(status, 400);
      assert.match(error, /not available/);
    }
    assert.equal((await ask("DELETE", "/get/a"))[0], 405);
    assert.equal((await ask("POST", "", "{}"))[0], 400);
    assert.equal((await ask("POST", "", "[]"))[0], 400);
    assert.equal((await ask("POST", "/pipeline", "[]"))[0], 400);
    assert.match((await ask("POST", "", '["GET"]'))[1], /wrong number of arguments/);
  },

  async "commands in the path"() {
    const ask = async (path, init = {}) => (await fetch(url + path, init)).json();
    const authorized = { headers: { Authorization: `Bearer ${token}` } };
    assert.deepEqual(await ask(`/set/${p}path/a%2Fb%20c?EX=100`, authorized), { result: "OK" });
    assert.deepEqual(await ask(`/get/${p}path?_token=${token}`), { result: "a/b c" });
    const post = { method: "POST", body: "the body", ...authorized };
    assert.deepEqual(await ask(`/set/${p}path?EX=100`, post), { result: "OK" });
    assert.deepEqual(await ask(`/ttl/${p}path`, authorized), { result: 100 });
  },
};

for (const [name, step] of Object.entries(steps)) {
  await step().catch((error) => {
    console.error(`FAILED: ${name}\n${error.stack}`);
    process.exit(1);
  });
  console.log(`ok: ${name}`);
}
