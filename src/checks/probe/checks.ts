import type { Check } from '../check.ts';
import { admission } from './admission.ts';
import { baseline } from './baseline.ts';
import { dnsServer } from './dns-server.ts';
import { leftOvers } from './left-overs.ts';
import { namespace } from './namespace.ts';

/** What a probe asks for. Made where clusters.yaml has one. */
export const probeChecks: readonly Check[] = [namespace, admission, leftOvers, dnsServer, baseline];
