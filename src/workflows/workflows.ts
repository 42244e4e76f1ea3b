/** What a worker runs: the workflows of the bundle, each by the name of its function. */
export { migrateCluster } from './migrate-cluster.ts';
export { rollBackCluster } from './roll-back-cluster.ts';
