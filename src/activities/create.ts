import { acquireLock, releaseLock } from '../cluster/lock.ts';
import { saveSnapshot } from '../cluster/snapshot.ts';
import type { MigrationSteps } from '../model/steps.ts';
import { awaitCalico, restoreCalico, switchCalico } from './calico.ts';
import { createEbpfSteps } from './create-ebpf.ts';
import { restoreProxyConfig, writeOriginalMode, writeProxyConfig } from './kube-proxy-config.ts';
import { findNodesToRestart, observeNodes, verifyNodes } from './observe-nodes.ts';
import { preflight } from './preflight.ts';
import { restartWave } from './restart-wave.ts';
import { asStep, onWorker, type StepEnvironment } from './step-context.ts';
import { verifyApproval } from './verify-approval.ts';
import { objectsOf, verifyRestored } from './verify-restored.ts';

/** Every step of the runbook, as the activities of one worker. */
export function createSteps(environment: StepEnvironment): MigrationSteps {
  return {
    preflight: asStep(environment, preflight),
    verifyApproval: onWorker(environment, verifyApproval),
    acquireLock: asStep(environment, ({ cluster }, holder) => acquireLock(cluster, holder, new Date())),
    releaseLock: asStep(environment, ({ cluster }, holder) => releaseLock(cluster, holder)),
    saveSnapshot: asStep(environment, ({ cluster }, { runId, plan }) =>
      saveSnapshot(cluster, runId, objectsOf({ kubeProxy: plan.kubeProxy, calico: plan.calico, ebpf: plan.ebpf })),
    ),
    writeProxyConfig: asStep(environment, writeProxyConfig),
    restartWave: asStep(environment, restartWave),
    findNodesToRestart: asStep(environment, findNodesToRestart),
    verifyNodes: asStep(environment, verifyNodes),
    switchCalico: asStep(environment, switchCalico),
    awaitCalico: asStep(environment, awaitCalico),
    writeOriginalMode: asStep(environment, writeOriginalMode),
    restoreProxyConfig: asStep(environment, restoreProxyConfig),
    restoreCalico: asStep(environment, restoreCalico),
    verifyRestored: asStep(environment, verifyRestored),
    observeNodes: asStep(environment, observeNodes),
    ...createEbpfSteps(environment),
  };
}
