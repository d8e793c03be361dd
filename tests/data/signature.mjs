// Makes signature.json with Node's own crypto (OpenSSL), so that the check in src/ is tested against another library.
// Run: node tests/data/signature.mjs > tests/data/signature.json
import { createPrivateKey, createPublicKey, sign } from "node:crypto";

const seed = (byte) => Buffer.alloc(32, byte);
const keyOf = (seed) =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]),
    format: "der",
    type: "pkcs8",
  });
const publicHex = (key) => createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32).toString("hex");
const cases = [
  ["1700000000", '{"type":1}'],
  ["1700000000", ""],
  ["1700000000", JSON.stringify({ type: 2, name: "ünïcödé 🧡", padding: "x".repeat(4096) })],
];
const vectors = [1, 7, 255].flatMap((byte) => {
  const key = keyOf(seed(byte));
  return cases.map(([timestamp, body]) => ({
    public_key: publicHex(key),
    timestamp,
    body,
    signature: sign(null, Buffer.from(timestamp + body), key).toString("hex"),
  }));
});
console.log(JSON.stringify(vectors, null, 1));
