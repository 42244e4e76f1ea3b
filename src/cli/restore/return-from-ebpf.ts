import { awaitOutOfEbpf, leaveEbpf, restoreInstallation } from '../../activities/ebpf.ts';
import { whyNotDone } from '../../activities/ebpf-by-hand.ts';
import type { ClusterContext } from '../../activities/step-context.ts';
import { ebpfHandSteps } from '../../model/ebpf-hand-steps.ts';
import type { EbpfSwitch } from '../../model/ebpf-plan.ts';
import { Failure } from '../../model/failure.ts';
import type { Restore } from '../../model/steps.ts';
import type { Timeline } from './timeline.ts';

/**
 * Calico's way out of eBPF mode, in the order of the run's own rollback: its dataplane, kube-proxy on the nodes again, then the
 * Installation as it was. Who has to switch kube-proxy on, with an operator that does not, is told at once and waited for.
 *
 * @throws Failure `Unhealthy` where kube-proxy or a Felix is not back in time
 */
export async function returnFromEbpf(
  context: ClusterContext,
  restore: Restore,
  { timeline, ebpf }: { timeline: Timeline; ebpf: EbpfSwitch },
): Promise<void> {
  await timeline.step(`Switch Calico back to ${ebpf.dataplane.from}`, () => leaveEbpf(context, restore));
  if (ebpf.setup === 'by-hand') await awaitProxySwitchedOn(context, restore, { timeline, ebpf });
  await timeline.step('Wait until kube-proxy is back and no Felix runs eBPF mode', () =>
    awaitOutOfEbpf(context, restore),
  );
  await timeline.step('Make the Installation equal to the snapshot', () => restoreInstallation(context, restore));
}

async function awaitProxySwitchedOn(
  context: ClusterContext,
  { cluster }: Restore,
  { timeline, ebpf }: { timeline: Timeline; ebpf: EbpfSwitch },
): Promise<void> {
  const asked = { cluster, step: 'kube-proxy-on' } as const;
  if ((await whyNotDone(context, { ...asked, graceMs: 0 })) === null) return;
  const { what } = ebpfHandSteps['kube-proxy-on'];
  process.stderr.write(`Now, in another terminal, ${what}\n`);
  await timeline.step('Wait for a person to switch kube-proxy on', async () => {
    const why = await whyNotDone(context, { ...asked, graceMs: ebpf.timeoutMs });
    if (why !== null) throw new Failure('Unhealthy', `kube-proxy was not switched on: ${why}`, { hint: what });
  });
}
