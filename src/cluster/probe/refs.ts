import { PROBE_NAMESPACE } from '../../model/probe-steps.ts';
import type { ObjectRef } from '../objects.ts';

// Where the probe is.

const namespace = PROBE_NAMESPACE;

export const probeNamespace: ObjectRef = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', name: namespace };

export const probeDaemonSet: ObjectRef = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  namespace,
  name: 'proxyshift-probe',
};

export const probeBackend: ObjectRef = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespace,
  name: 'proxyshift-probe-backend',
};

export const probeService: ObjectRef = {
  apiVersion: 'v1',
  kind: 'Service',
  plural: 'services',
  namespace,
  name: 'proxyshift-probe',
};

/** All that a run makes there, in the order in which it is named to a person. */
export const probeObjects: readonly ObjectRef[] = [probeDaemonSet, probeBackend, probeService];
