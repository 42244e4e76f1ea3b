/** Resolves the fixture in a process of its own: `resolve-greeter.ts <tools>`. Prints what it found as JSON. */
import { locateBinary } from '../../../src/rehearsal/binaries/resolve.ts';
import type { BinarySpec } from '../../../src/rehearsal/binaries/specs.ts';

const [tools, spec] = process.argv.slice(2);
if (!tools || !spec) throw new Error('usage: resolve-greeter.ts <tools> <spec as JSON>');
const greeter: BinarySpec = { ...JSON.parse(spec), download: () => undefined };
const found = await locateBinary(greeter, { tools, onProgress: (line) => console.error(line) });
console.log(JSON.stringify(found));
