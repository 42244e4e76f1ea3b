/**
 * The peer of `bench/check.ts`: lists what the checks read with @kubernetes/client-node's typed APIs, whole and unpaged, as
 * a tool does that was written straight from its README.
 *
 *     node bench/list-all.ts KUBECONFIG CONTEXT
 */
import { AppsV1Api, CoreV1Api, DiscoveryV1Api, KubeConfig } from '@kubernetes/client-node';

const [path = '', context = ''] = process.argv.slice(2);
const kubeConfig = new KubeConfig();
kubeConfig.loadFromFile(path);
kubeConfig.setCurrentContext(context);
const core = kubeConfig.makeApiClient(CoreV1Api);
const lists = await Promise.all([
  core.listNode(),
  core.listNamespacedPod({ namespace: 'kube-system' }),
  core.listNamespacedPod({ namespace: 'calico-system' }),
  core.listServiceForAllNamespaces(),
  kubeConfig.makeApiClient(AppsV1Api).listDaemonSetForAllNamespaces(),
  kubeConfig.makeApiClient(DiscoveryV1Api).listEndpointSliceForAllNamespaces(),
]);
process.stdout.write(`${lists.map(({ items }) => items.length).join(' ')}\n`);
