// Makes the vectors for tests/wire with Node.js and openssl:
//   node tests/data/make_vectors.mjs
// Every run writes the same files.

import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";

const write = (name, vectors) =>
  writeFileSync(
    new URL(name, import.meta.url),
    `[\n${vectors.map((vector) => JSON.stringify(vector)).join(",\n")}\n]\n`,
  );

const hmac = (secret, body) => createHmac("sha256", secret).update(body).digest("hex");

const debit = {
  sessionToken: "token-1",
  transactionId: "t-1",
  roundId: "r-1",
  amount: 2500,
  currency: "EUR",
};

// ---- bodies that Node.js signers sign as they are, or parsed and written again ----------------
const bodies = {
  "a debit, compact": JSON.stringify(debit),
  "a debit, pretty-printed": JSON.stringify(debit, null, 2),
  "a debit, indented by tabs, with CRLF": JSON.stringify(debit, null, "\t").replaceAll("\n", "\r\n"),
  "an empty object": "{}",
  "white space around": ' \t\r\n{ "a" : [ ] , "b" : { } } \n',
  "non-ASCII": JSON.stringify({ player: "Пётр Ñandú 名前 ʻOkina" }, null, 2),
  emoji: JSON.stringify({ name: "😀 👩‍👩‍👧 🇮🇳" }, null, 2),
  "escaped non-ASCII": '{ "name" : "\\u041f\\u0451\\u0442\\u0440 \\u00E9" }',
  "escaped emoji": '{ "name" : "\\ud83d\\ude00\\uD83D\\uDE00" }',
  "escaped ASCII": '{ "\\u0061mount" : "\\u0041\\u002f\\/" }',
  "control characters": `{ "all" : "${Array.from({ length: 32 }, (_, code) => `\\u00${code.toString(16).padStart(2, "0").toUpperCase()}`).join("")}" }`,
  "short escapes": '{ "short" : "\\b\\f\\n\\r\\t\\"\\\\\\/" }',
  DEL: '{ "raw" : "\u007f", "escaped" : "\\u007F" }',
  "line and paragraph separators": '{ "raw" : "\u2028\u2029", "escaped" : "\\u2028\\u2029" }',
  "C1 control characters": '{ "raw" : "\u0080\u0085\u009f", "escaped" : "\\u0080\\u0085\\u009f" }',
  "byte order mark within": '{ "raw" : "\ufeff", "escaped" : "\\ufeff" }',
  noncharacters: '{ "raw" : "\ufffe\uffff", "escaped" : "\\ufffe\\uffff" }',
  "a lone high surrogate": '{ "note" : "a\\uD800b" }',
  "a lone low surrogate": '{ "note" : "\\udc00" }',
  "surrogates the wrong way round": '{ "note" : "\\udc00\\ud800" }',
  "a lone surrogate in a key": '{ "\\ud800" : 1, "b" : "\\ud83d\\ude00" }',
  "characters that HTML escapes": '{ "html" : "<a href=\'x\'>&amp;</a>" }',
  "integer-like keys": '{ "b" : 1, "10" : 2, "9" : 3, "a" : 4, "0" : 5 }',
  "integer-like keys, nested": '{ "list" : [ { "2" : 1, "1" : { "b" : 0, "1" : 0 } } ] }',
  "keys that only look like integers": '{ "b" : 1, "01" : 2, "-1" : 3, "1.0" : 4, "1e3" : 5, "" : 6, " 1" : 7, "٣" : 8, "1" : 9 }',
  "the largest array index and one more": '{ "4294967296" : 1, "4294967295" : 2, "4294967294" : 3, "a" : 4 }',
  "duplicate keys": '{ "a" : 1, "b" : 2, "a" : 3 }',
  "duplicate integer-like keys": '{ "a" : 1, "1" : 2, "a" : 3, "1" : 4 }',
  "a duplicate key, once escaped": '{ "a" : 1, "b" : 2, "\\u0061" : 3 }',
  "__proto__ is a key like any other": '{ "__proto__" : { "a" : 1 }, "b" : 2, "constructor" : 3 }',
  "numbers at the edges": `{ "amounts" : [ 1E-7, 1e-6, 0.1, 0e5, 1.0, 1.50, 100e-2, 0.000,
    9007199254740991, 9007199254740992, -9007199254740992, 999999999999999, 90071992547409.92,
    5e-324, 0.30000000000000004, 1.7e+2 ] }`,
  "literals and nesting": '[ true, false, null, [ [ [ ] ] ], { "a" : { "b" : [ { } ] } }, "" ]',
  "a bare string": ' "text" ',
  "a bare number": " 1.0 ",
  "fifty levels deep": `${"[ ".repeat(50)}${" ]".repeat(50)}`,
};

// ---- bodies with a number that JavaScript changes: only a signature of the bytes counts ----------
const changed = Object.fromEntries(
  [
    "9007199254740993", "-9007199254740993", "9007199254740994", "9223372036854775807",
    "18446744073709551616", "123456789012345678901234567890", `1${"0".repeat(399)}`,
    "90071992547409.921", "0.1000000000000000055511151231257827", "1e21", "1e300", "1e400",
    "-1e400", "1e-400", "-0", "-0.0",
  ].map((number) => [`changed: ${number.slice(0, 24)}`, `{ "amount" : ${number} }`]),
); // prettier-ignore

write(
  "signatures_node.json",
  Object.entries({ ...bodies, ...changed }).map(([name, body], index) => {
    const secret = ["casino-secret", "s", "ключ-🔑", "k".repeat(200)][index % 4];
    const rewritten = JSON.stringify(JSON.parse(body));
    return {
      name,
      secret,
      body,
      rewritten,
      survives: !(name in changed),
      signature: hmac(secret, body),
      signatureOfRewritten: hmac(secret, rewritten),
    };
  }),
);

// ---- bytes that openssl signs ------------------------------------------------------------------
const bytes = {
  empty: Buffer.alloc(0),
  "a debit": Buffer.from(JSON.stringify(debit)),
  "a debit, pretty-printed": Buffer.from(JSON.stringify(debit, null, 2)),
  "non-ASCII and emoji": Buffer.from(JSON.stringify({ name: "Пётр 😀" })),
  "not UTF-8": Buffer.from([0x7b, 0xff, 0xfe, 0xc3, 0x28, 0x7d]),
  "NUL and newlines": Buffer.from("{\u0000}\r\n\n"),
  "64 KiB": Buffer.alloc(65536, "x"),
};

write(
  "signatures_openssl.json",
  Object.entries(bytes).flatMap(([name, body]) =>
    ["casino-secret", "с пробелом", "k".repeat(65)].map((secret) => ({
      name,
      secret,
      bodyBase64: body.toString("base64"),
      signature: execFileSync("openssl", ["dgst", "-sha256", "-hmac", secret, "-r"], { input: body })
        .toString()
        .slice(0, 64),
    })),
  ),
);

// ---- numbers: as they may appear in a JSON text, and as JavaScript writes them ------------------
const numbers = [
  "0", "-0", "0.0", "-0.0", "0e0", "0E+7", "1", "-1", "10", "1.0", "1.10", "-1.5", "0.1", "0.10",
  "1e0", "1e1", "1E5", "1e+5", "1e20", "1e21", "1e22", "-1e21", "12e20", "123456e16", "123456e15",
  "999999999999999999999", "999999999999999934464", "1e-5", "1e-6", "1e-7", "1.5e-6", "1.5e-7",
  "-1.5e-7", "0.000001", "0.0000001", "0.00000123", "123e-20", "9007199254740991",
  "9007199254740992", "9007199254740993", "-9007199254740992", "-9007199254740993",
  "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615",
  "100000000000000000000", "1000000000000000000000", "4.35", "0.3", "0.30000000000000004",
  "5e-324", "2e-324", "3e-324", "2.2250738585072014e-308", "2.225073858507201e-308",
  "1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308", "1e309", "-1e309",
  "1e-400", "-1e-400", "123456789.125", "1.23456789012345678901234567890", "333333333.33333329",
  "1e23", "9.5e-3", "4503599627370496.5", "1424953923781206.2", "100.00e-2", "1.0e+21",
]; // prettier-ignore

// Doubles of every magnitude: bit patterns of a small linear congruential generator.
let state = 20240229n;
const random64 = () => {
  state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
  return state ^ (state >> 33n);
};
const bits = new DataView(new ArrayBuffer(8));
while (numbers.length < 800) {
  bits.setBigUint64(0, random64() & 0xffffffffffffffffn);
  const wide = bits.getFloat64(0);
  const near = Number(random64() % 10n ** 12n) / 10 ** Number(random64() % 16n);
  for (const value of [wide, near]) {
    if (Number.isFinite(value)) numbers.push(value.toString(), value.toExponential(16));
  }
}

write("javascript_numbers.json", numbers.map((text) => [text, JSON.stringify(JSON.parse(text))]));
