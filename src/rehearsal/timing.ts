/** How fast the simulated node software is. All values in milliseconds. */
export interface RehearsalTiming {
  /** From a pod being bound to a node to its container running. */
  podStartMs: number;
  /** Upper bound of the random extra on top of `podStartMs`. */
  podStartJitterMs: number;
  /** kube-proxy: removing the rules of the other modes, before it prints its mode line. */
  cleanUpMs: number;
  /** kube-proxy: from its mode line to the first rules in the kernel. */
  firstSyncMs: number;
  /** How long a connection through a Service lasts. */
  connectionMs: number;
  /** A stand-by's counter of IPVS: between two looks. */
  countMs: number;
  /** kube-proxy: between two attempts after a failed sync. */
  syncRetryMs: number;
  /** First back-off of a container that crashed; doubles up to sixteen times this value. */
  crashBackoffMs: number;
  /** Felix: from deciding to restart to the exit of its process. */
  felixExitMs: number;
  /** Felix: from its process start to its start-up lines. */
  felixStartMs: number;
  /** Felix 3.32 in `Auto`: how often it looks for kube-proxy's nftables table. */
  felixDetectMs: number;
  /** Felix that cannot program its rules: from its first attempt until it gives up and dies. */
  felixRetryMs: number;
  /** Tigera operator: from a change to the end of its reconcile. */
  operatorMs: number;
  /** Scenario `slow-nodes`: added to `firstSyncMs` on the slow nodes. */
  slowSyncMs: number;
  /** Scenario `node-joins`: from the first node in nftables to the new node. */
  joinMs: number;
  /** Scenario `lossy-node`: how long nothing arrives. */
  lossMs: number;
}

/** As a person sees it in a rehearsal: the real order, with waits short enough to watch. */
export const rehearsalTiming: RehearsalTiming = {
  podStartMs: 400,
  podStartJitterMs: 300,
  cleanUpMs: 500,
  firstSyncMs: 1_200,
  connectionMs: 1_500,
  countMs: 500,
  syncRetryMs: 2_000,
  crashBackoffMs: 3_000,
  felixExitMs: 2_000,
  felixStartMs: 300,
  felixDetectMs: 3_000,
  felixRetryMs: 2_000,
  operatorMs: 700,
  slowSyncMs: 6_000,
  joinMs: 500,
  lossMs: 6_000,
};

/** For tests: the same order with waits of a few milliseconds. */
export const testTiming: RehearsalTiming = {
  podStartMs: 0,
  podStartJitterMs: 1,
  cleanUpMs: 20,
  firstSyncMs: 60,
  connectionMs: 40,
  countMs: 20,
  syncRetryMs: 200,
  crashBackoffMs: 500,
  felixExitMs: 50,
  felixStartMs: 20,
  felixDetectMs: 100,
  felixRetryMs: 200,
  operatorMs: 30,
  slowSyncMs: 1_000,
  joinMs: 10,
  lossMs: 3_000,
};
