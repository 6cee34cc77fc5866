// Answers scans from standard input, [{text, now}], as the web's verifier does: verdict, act, and every claim, as JSON.
import { checker } from "../../web/verify/test/vectors.ts";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const check = await checker();
const answers = [];
for (const { text, now } of JSON.parse(Buffer.concat(chunks).toString("utf8"))) {
  const { verdict, act, claims } = await check.check(text, now);
  const plain = (_, value) => (value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value);
  answers.push([verdict, act, claims && JSON.parse(JSON.stringify(claims, plain))]);
}
process.stdout.write(JSON.stringify(answers));
