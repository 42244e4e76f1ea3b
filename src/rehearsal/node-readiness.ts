/** As pkg/controller/nodelifecycle writes it for a kubelet that has not reported for its grace period. */
export function nodeReadiness(ready: boolean, signal: AbortSignal) {
  const status = ready ? 'True' : 'Unknown';
  const why = ready
    ? { reason: 'KubeletReady', message: 'kubelet is posting ready status' }
    : { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' };
  const now = new Date().toISOString();
  const condition = { type: 'Ready', status, ...why, lastHeartbeatTime: now, lastTransitionTime: now };
  return {
    body: { status: { conditions: [condition] } },
    contentType: 'application/strategic-merge-patch+json',
    query: { fieldManager: 'kube-controller-manager' },
    signal,
  };
}
