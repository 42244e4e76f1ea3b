import type { Notification } from '../../../src/model/notification.ts';

/** A plan that waits for its approval. */
export const notification: Notification = {
  id: '019ac7d2-0000-7000-8000-000000000001-1-approval-needed',
  event: 'approval-needed',
  at: '2026-11-25T12:00:00.000Z',
  notice: {
    cluster: 'prod-1',
    text: 'prod-1 waits for the approval of plan 0123456789ab: 4 nodes, kube-proxy from ipvs to nftables, and Calico',
    phase: 'approval',
    gate: 'plan',
    planHash: '0123456789abcdef'.repeat(4),
    requester: 'ada@example.com',
    nodes: { done: 0, total: 4 },
    objects: ['DaemonSet kube-system/kube-proxy'],
    commands: [{ command: 'proxyshift approve prod-1', does: 'shows the plan, asks, and approves it' }],
    workflowId: 'proxyshift/prod-1',
    runId: '019ac7d2-0000-7000-8000-000000000001',
  },
};
