import type { ProxyProof } from '../../src/model/node-proof.ts';
import { type Plan, planSchema } from '../../src/model/plan.ts';
import { type Progress, progressSchema } from '../../src/model/progress.ts';
import { type Report, reportSchema } from '../../src/model/report.ts';

/** A plan for four nodes with an operator install of Calico. */
export const plan: Plan = planSchema.parse({
  cluster: { name: 'prod-1', uid: '6a2f9d6e-4a4c-4a57-9b0f-2f6f4c1c9a11', kubernetesVersion: 'v1.35.4' },
  target: 'nftables',
  nodes: [{ mode: 'ipvs', kernel: '6.8.0-60-generic', names: ['cp-1', 'node-01', 'node-02', 'node-03'] }],
  kubeProxy: {
    needed: true,
    from: 'ipvs',
    to: 'nftables',
    configBefore: 'a'.repeat(64),
    configAfter: 'b'.repeat(64),
    waves: [['node-01'], ['node-02', 'node-03'], ['cp-1']],
    canary: { node: 'node-01', why: 'named in clusters.yaml' },
    strategy: 'waves',
    canarySoakMs: 0,
    nodeTimeoutMs: 300_000,
    notReadyTimeoutMs: 300_000,
    failureBudget: 0,
    onFailure: 'rollback',
  },
  calico: {
    needed: true,
    install: 'operator',
    version: 'v3.32.2',
    namespace: 'calico-system',
    dataplane: { from: 'Iptables', to: 'Nftables' },
    clearPolicySetupTimeout: false,
    nftablesMode: { from: 'Disabled', to: 'Auto' },
    timeoutMs: 600_000,
  },
  changes: [
    {
      object: 'ConfigMap kube-system/kube-proxy',
      diff: '--- a\n+++ b\n@@ -50,5 +50,5 @@\n metricsBindAddress: ""\n-mode: ipvs\n+mode: nftables\n nftables:\n',
      undo: 'the saved text is put back',
    },
  ],
  findings: [
    { code: 'PXS011', severity: 'note', message: 'NodePorts keep listening on every address.' },
    {
      code: 'PXS007',
      severity: 'warning',
      message: 'A Service changes its behaviour.',
      objects: ['Service default/web'],
      fix: 'kubectl get service web',
    },
  ],
  approval: { approvers: ['grace'], timeoutMs: 86_400_000 },
  soakMs: 120_000,
});

export const planHash = '0123456789abcdef'.repeat(4);

/** In the second of three waves, on the way forward. */
export const progress: Progress = progressSchema.parse({
  cluster: 'prod-1',
  phase: 'kube-proxy',
  paused: false,
  waitingFor: 'Restart kube-proxy on node-02, node-03 (wave 2 of 3)',
  planHash,
  nodes: { total: 4, done: 1 },
  wave: { current: 2, total: 3 },
  steps: [
    step('kube-proxy', 'Restart kube-proxy on node-01 (canary)', '10:00:00', '10:00:03', 'done'),
    step('kube-proxy', 'Restart kube-proxy on node-02, node-03 (wave 2 of 3)', '10:00:03', undefined, 'running'),
  ],
});

export function proof(node: string, mode: ProxyProof['mode'], more: Partial<ProxyProof> = {}): ProxyProof {
  return {
    node,
    pod: `kube-proxy-${node}`,
    mode,
    witnesses: ['proxyMode', 'log'],
    synced: true,
    ...more,
  };
}

/** A run whose second wave failed, and that was rolled back. */
export const rolledBack: Report = reportSchema.parse({
  reportVersion: 1,
  cluster: 'prod-1',
  requester: 'ada',
  outcome: 'rolled-back',
  startedAt: '2026-03-04T10:00:00.000Z',
  endedAt: '2026-03-04T10:02:05.000Z',
  workflowId: 'proxyshift/prod-1',
  runId: '01960000-0000-7000-8000-000000000000',
  plan,
  planHash,
  findings: plan.findings,
  messages: [{ message: 'approve', by: 'grace', at: '2026-03-04T10:00:10.000Z', comment: 'CHG-1234', planHash }],
  refused: [{ message: 'approve', at: '2026-03-04T10:00:05.000Z', reason: 'ada asked for this migration' }],
  steps: [
    step('kube-proxy', 'Restart kube-proxy on node-01 (canary)', '10:00:20', '10:00:23', 'done'),
    {
      ...step('kube-proxy', 'Restart kube-proxy on node-02, node-03 (wave 2 of 3)', '10:00:23', '10:01:00', 'failed'),
      error: 'kube-proxy on node-03 did not come up',
    },
    step('rollback', 'Restart kube-proxy on node-01 | back', '10:01:00', '10:02:00', 'done'),
  ],
  snapshot: { namespace: 'kube-system', name: 'proxyshift-snapshot-1', hash: 'c'.repeat(64) },
  nodes: [
    proof('node-10', 'ipvs'),
    proof('node-02', 'ipvs', { witnesses: ['log'], synced: undefined, remark: 'port-forward is forbidden' }),
  ],
  felix: [{ node: 'node-02', pod: 'calico-node-1', nftablesMode: 'Auto' }],
  failure: {
    kind: 'Unhealthy',
    message: 'kube-proxy on node-03 did not come up in nftables',
    object: 'Pod kube-system/kube-proxy-x',
    hint: 'Look at the log of the pod.',
    nodes: [{ node: 'node-03', why: 'never synced', lastLines: ['Using nftables Proxier'] }],
  },
  remarks: [],
});

function step(phase: string, what: string, from: string, to: string | undefined, result: string) {
  const at = (time: string) => `2026-03-04T${time}.000Z`;
  return { phase, what, startedAt: at(from), ...(to ? { endedAt: at(to) } : {}), result };
}
