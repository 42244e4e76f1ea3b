import type { Check } from '../check.ts';
import { clusterSize } from './cluster-size.ts';
import { cordonedNodes } from './cordoned-nodes.ts';
import { nftVersions } from './nft-versions.ts';
import { nodeKernels } from './node-kernels.ts';
import { nodesReady } from './nodes-ready.ts';
import { otherNodes } from './other-nodes.ts';

/** What the nodes have to be. */
export const nodeChecks: readonly Check[] = [
  nodeKernels,
  nodesReady,
  clusterSize,
  nftVersions,
  cordonedNodes,
  otherNodes,
];
