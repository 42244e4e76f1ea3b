import type { Check } from '../check.ts';
import { admission } from './admission.ts';
import { felixFollowsStandby } from './felix.ts';
import { fromIpvs } from './from-ipvs.ts';
import { healthCheckPorts } from './health-check-ports.ts';
import { freePorts } from './ports.ts';
import { room } from './room.ts';
import { template } from './template.ts';
import { version } from './version.ts';

/**
 * What hand-over make-before-break asks for. Made where clusters.yaml asks for it. What they warn of the approval accepts: nodes
 * are then handed over by restart.
 */
export const handoverChecks: readonly Check[] = [
  version,
  template,
  freePorts,
  admission,
  felixFollowsStandby,
  fromIpvs,
  healthCheckPorts,
  room,
];
