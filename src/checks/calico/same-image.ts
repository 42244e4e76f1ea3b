import { Failure } from '../../model/failure.ts';
import { type Check, count, few, finding } from '../check.ts';
import { onCalico } from './on-calico.ts';

const code = 'PXS028';

/** An OnDelete strategy, or an upgrade that stopped, leaves Felixes of another version, which read other values. */
export const sameImage: Check = {
  code,
  category: 'calico',
  title: 'Every pod of calico-node runs the same image',
  looksAt: 'the image of container calico-node in every pod of DaemonSet calico-node',
  run: onCalico(async ({ namespace, daemonSet }, facts) => {
    const pods = (await facts.calicoPods()).flatMap((pod) => {
      if (pod.owner?.kind !== 'DaemonSet' || pod.owner.name !== 'calico-node') return [];
      const image = pod.containers.find(({ name }) => name === 'calico-node')?.image;
      return image === undefined ? [] : [{ name: pod.name, node: pod.node ?? 'no node', image }];
    });
    const { desiredNumberScheduled: desired } = daemonSet.status;
    // As in an export that has the pods of kube-system alone. A DaemonSet that wants none is for PXS022 to tell of.
    if (pods.length === 0 && desired > 0) {
      throw new Failure(
        'Invalid',
        `DaemonSet ${namespace}/calico-node wants ${count(desired, 'pod')}, and none is there`,
        {
          object: `DaemonSet ${namespace}/calico-node`,
          hint: `See where they are: kubectl get pods -n ${namespace} -o yaml`,
        },
      );
    }
    const nodesOf = Map.groupBy(pods, ({ image }) => image);
    const images = [...nodesOf.keys()].sort();
    const saw = `${count(pods.length, 'pod')}, ${images.length === 1 ? images[0] : count(images.length, 'image')}`;
    if (images.length <= 1) return { saw, findings: [] };
    const groups = images.map(
      (image) => `${image} on ${few((nodesOf.get(image) ?? []).map(({ node }) => node).sort())}`,
    );
    const more = {
      objects: pods.map(({ name }) => `Pod ${namespace}/${name}`).sort(),
      fix: 'Finish the roll-out of calico-node; with the update strategy OnDelete, delete the old pods',
      command: `kubectl -n ${namespace} get pods -l k8s-app=calico-node -o wide`,
    };
    return { saw, findings: [finding(code, 'blocker', `calico-node runs ${groups.join('; ')}`, more)] };
  }),
};
