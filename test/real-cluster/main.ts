/**
 * The whole of proxyshift against a real cluster that can be thrown away: check, plan, approval, migration, verification and the
 * way back, again and again, with traffic on every node; both ways of handing a node over.
 *
 *     kubectl label namespace default proxyshift.dev/disposable=true
 *     npm run test:cluster -- --kubeconfig ~/.kube/config --context kind-proxyshift
 *
 * Prints a table and writes every switch as JSON. Exit code 1 where a run did not end as it should, or where a hand-over with a
 * stand-by lost a connection that it must not lose.
 */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { writeResults } from '../../bench/write-results.ts';
import { reportError } from '../../src/cli/errors.ts';
import { connectToContext } from '../../src/cluster/connect.ts';
import { type Handover, handovers } from '../../src/model/plan.ts';
import { mustBeDisposable } from './disposable.ts';
import { type Switch, switchUnderTraffic } from './measure.ts';
import type { Direction } from './perform.ts';
import { setStage } from './stage.ts';
import { standbyInStep } from './standby-in-step.ts';
import { lost, resultTable } from './table.ts';
import { removeTraffic, Traffic } from './traffic.ts';

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    context: { type: 'string' },
    /** Switches of each hand-over in each direction. */
    switches: { type: 'string', default: '5' },
    handover: { type: 'string', default: handovers.join(',') },
    /** How long connections are waited for; the held one of the probe never ends. */
    drain: { type: 'string', default: '10s' },
    /** Services beside those of the probe. */
    services: { type: 'string', default: '0' },
    /** An image with Node 18 or newer that the nodes have or can pull. */
    'probe-image': { type: 'string', default: 'node:22-alpine' },
    'ignore-checks': { type: 'string', default: '' },
    out: { type: 'string', default: 'bench/results/real-cluster.json' },
    help: { type: 'boolean', default: false },
  },
});
const say = (line: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
const wholeNumber = z.coerce.number().int().min(0);

if (values.help || !values.kubeconfig || !values.context) {
  process.stdout.write(
    'Usage: npm run test:cluster -- --kubeconfig FILE --context NAME [--switches 5] [--handover restart,make-before-break]\n' +
      '         [--drain 10s] [--services 0] [--probe-image node:22-alpine] [--ignore-checks CODES] [--out FILE]\n\n' +
      'For a cluster that can be thrown away, with kube-proxy in ipvs. It has to say so itself:\n' +
      '  kubectl label namespace default proxyshift.dev/disposable=true\n',
  );
  process.exit(values.help ? 0 : 2);
}

/** Every switch that was asked for. Returns the exit code. */
async function run(kubeconfig: string, context: string): Promise<number> {
  const rounds = wholeNumber.parse(values.switches);
  const wanted = z.array(z.enum(handovers)).min(1).parse(values.handover.split(','));
  const ignoreChecks = values['ignore-checks'].split(',').filter((code) => code !== '');

  await using cleanup = new AsyncDisposableStack();
  const cluster = await connectToContext({ kubeconfig, context });
  cleanup.defer(() => cluster.kubeConfig.close());
  await mustBeDisposable(cluster);
  const stage = await setStage({ kubeconfig, context, uid: cluster.uid }, cleanup, say);
  say('installing servers and clients on every node');
  cleanup.defer(() => removeTraffic(cluster));
  const traffic = await Traffic.install(cluster, values['probe-image'], wholeNumber.parse(values.services));

  const switches: Switch[] = [];
  const keep = () =>
    writeResults(values.out, { cluster: context, services: values.services, drain: values.drain, switches });
  const onCluster = { stage, traffic, ignoreChecks, standbyInStep: () => standbyInStep(cluster), onProgress: say };
  const once = async (handover: Handover, direction: Direction, drain: string) => {
    say(`${handover}, ${direction}`);
    await stage.setHandover(handover, drain);
    switches.push(await switchUnderTraffic({ ...onCluster, handover, direction }));
    await keep();
  };
  for (const handover of wanted) {
    // The held connection of each client is open all the time, so this drain does not end by itself.
    if (handover === 'make-before-break') await once(handover, 'given-up', '10m');
    for (let round = 1; round <= rounds; round += 1) {
      say(`round ${round} of ${rounds}`);
      await once(handover, 'forward', values.drain);
      await once(handover, 'back', values.drain);
    }
  }
  process.stdout.write(`${resultTable(switches).join('\n')}\n`);
  const failures = lost(switches);
  for (const failure of failures) process.stdout.write(`LOST: ${failure}\n`);
  return failures.length > 0 ? 1 : 0;
}

process.exitCode = await run(values.kubeconfig, values.context).catch(reportError);
