import { restartDaemonSet } from '../cluster/kube-proxy/rolling-restart.ts';
import { acquireLock, holderOf, releaseLock } from '../cluster/lock.ts';
import type { MigrationSteps } from '../model/steps.ts';
import { awaitAlerts } from './await-alerts.ts';
import { awaitCalico, restoreCalico, switchCalico } from './calico.ts';
import { awaitFelixOn, setCalicoCanary, unsetCalicoCanary } from './calico-canary.ts';
import { clearStandbys } from './clear-standbys.ts';
import { createEbpfSteps } from './create-ebpf.ts';
import { createProbeSteps } from './create-probe.ts';
import { compareHealth, readBaseline } from './health.ts';
import { restoreDaemonSet, restoreProxyConfig, writeOriginalMode, writeProxyConfig } from './kube-proxy-config.ts';
import { maintenanceWindow } from './maintenance-window.ts';
import { notify } from './notify.ts';
import { findNodesToRestart, observeNodes, verifyNodes } from './observe-nodes.ts';
import { preflight } from './preflight.ts';
import { preflightRollback } from './preflight-rollback.ts';
import { restartWave } from './restart-wave.ts';
import { saveObjects } from './save-objects.ts';
import { asStep, onWorker, type StepEnvironment } from './step-context.ts';
import { verifyApproval } from './verify-approval.ts';
import { verifyRestored } from './verify-restored.ts';

/** Every step of the runbook, as the activities of one worker. */
export function createSteps(environment: StepEnvironment): MigrationSteps {
  const { temporal } = environment;
  return {
    preflight: asStep(environment, preflight),
    verifyApproval: onWorker(environment, verifyApproval),
    maintenanceWindow: onWorker(environment, maintenanceWindow),
    awaitAlerts: onWorker(environment, awaitAlerts),
    notify: onWorker(environment, (context, input) => notify(environment, context, input)),
    readBaseline: asStep(environment, readBaseline),
    compareHealth: asStep(environment, compareHealth),
    preflightRollback: asStep(environment, preflightRollback),
    acquireLock: asStep(environment, ({ cluster }, { requester, takeOver, ...holder }) =>
      acquireLock(cluster, { holder: holderOf(holder), requester, takeOver, temporal }, new Date()),
    ),
    releaseLock: asStep(environment, ({ cluster }, holder) => releaseLock(cluster, holderOf(holder))),
    saveSnapshot: asStep(environment, (context, input) => saveObjects(context, input, temporal)),
    writeProxyConfig: asStep(environment, writeProxyConfig),
    restartWave: asStep(environment, restartWave),
    clearStandbys: asStep(environment, clearStandbys),
    restartDaemonSet: asStep(environment, ({ cluster }, { at }) => restartDaemonSet(cluster, at)),
    findNodesToRestart: asStep(environment, findNodesToRestart),
    verifyNodes: asStep(environment, verifyNodes),
    switchCalico: asStep(environment, switchCalico),
    awaitCalico: asStep(environment, awaitCalico),
    setCalicoCanary: asStep(environment, setCalicoCanary),
    unsetCalicoCanary: asStep(environment, unsetCalicoCanary),
    awaitFelixOn: asStep(environment, awaitFelixOn),
    writeOriginalMode: asStep(environment, writeOriginalMode),
    restoreDaemonSet: asStep(environment, restoreDaemonSet),
    restoreProxyConfig: asStep(environment, restoreProxyConfig),
    restoreCalico: asStep(environment, restoreCalico),
    verifyRestored: asStep(environment, verifyRestored),
    observeNodes: asStep(environment, observeNodes),
    ...createEbpfSteps(environment),
    ...createProbeSteps(environment),
  };
}
