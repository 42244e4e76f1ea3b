// Started by control-plane.test.ts: holds a control plane until it is killed.
import { resolveBinaries } from '../../src/rehearsal/binaries/resolve.ts';
import { controlPlaneBinaries, startControlPlane } from '../../src/rehearsal/control-plane.ts';
import { testTiming } from '../../src/rehearsal/timing.ts';

const binaries = await resolveBinaries(controlPlaneBinaries);
const plane = await startControlPlane({ name: 'held', binaries, timing: testTiming });
process.stdout.write(`${plane.directory}\n`);
setInterval(() => undefined, 60_000);
