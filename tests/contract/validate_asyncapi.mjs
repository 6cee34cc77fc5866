// Prints what the official parser finds wrong with the document on standard input, as JSON.
import { Parser } from "@asyncapi/parser";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { document, diagnostics } = await new Parser().parse(Buffer.concat(chunks).toString("utf8"));
const errors = diagnostics.filter(({ severity }) => severity === 0);
const channels = document ? document.allChannels().all().map((channel) => channel.address()) : [];
process.stdout.write(JSON.stringify({ valid: document !== undefined, errors, channels }));
