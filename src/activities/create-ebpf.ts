import type { EbpfSteps } from '../model/ebpf-steps.ts';
import { awaitEbpf, awaitOutOfEbpf, leaveEbpf, restoreInstallation, switchToEbpf } from './ebpf.ts';
import { whyNotDone } from './ebpf-by-hand.ts';
import { findNotRestarted, readBootIds } from './node-restarts.ts';
import { asStep, type StepEnvironment } from './step-context.ts';

/** The steps of the way to eBPF, as the activities of one worker. */
export function createEbpfSteps(environment: StepEnvironment): EbpfSteps {
  return {
    readBootIds: asStep(environment, readBootIds),
    findNotRestarted: asStep(environment, findNotRestarted),
    whyNotDone: asStep(environment, whyNotDone),
    switchToEbpf: asStep(environment, switchToEbpf),
    awaitEbpf: asStep(environment, awaitEbpf),
    leaveEbpf: asStep(environment, leaveEbpf),
    awaitOutOfEbpf: asStep(environment, awaitOutOfEbpf),
    restoreInstallation: asStep(environment, restoreInstallation),
  };
}
