import type { CalicoFacts } from '../../cluster/calico/detect.ts';
import { type Check, failureFinding, finding, readOrFault, type Seen } from '../check.ts';
import type { ClusterFacts } from '../facts.ts';

const code = 'PXS020';

/** Whether Calico's install can be told apart, its version, and where its configuration is kept. */
export const installKnown: Check = {
  code,
  category: 'calico',
  title: "Calico's install and version are known",
  looksAt: 'DaemonSets calico-node, Installation default, ClusterInformation default, the API groups of Calico',
  essential: true,
  run: async (facts) => {
    const calico = await readOrFault(facts.calico);
    const fault = 'fault' in calico;
    if (!fault && calico.value === undefined) return await withoutCalico(facts);
    const native = await nativeKinds(facts, fault ? undefined : calico.value);
    if (native !== undefined) return native;
    if (fault) {
      const fix = 'See what is installed, and which version wrote its version there last';
      const command = 'kubectl get daemonsets -A -o wide | grep calico-node';
      const findings = [{ fix, ...failureFinding(code, calico.fault), command }];
      return { saw: 'not understood', findings, fault: calico.fault };
    }
    return { saw: `Calico ${calico.value?.version}, ${calico.value?.install} install`, findings: [] };
  },
};

/** Its CRDs may be what is left of a Calico that was removed; or its DaemonSet was not found where it should have been. */
async function withoutCalico(facts: ClusterFacts): Promise<Seen> {
  if (!(await facts.apiGroups()).has('crd.projectcalico.org')) return { saw: 'no Calico', findings: [] };
  const message = "The API server knows Calico's kinds, but there is no DaemonSet calico-node: Calico is left out";
  const more = { fix: 'Make sure that no Calico runs here', command: 'kubectl get pods -A | grep -i calico' };
  return { saw: 'no Calico', findings: [finding(code, 'note', message, more)] };
}

/**
 * Calico 3.32 can keep its objects as native ones of projectcalico.org/v3 (technology preview). It does where it is told
 * so by CALICO_API_GROUP, and where crd.projectcalico.org is not served (`libcalico-go/lib/backend/k8s/discovery.go`).
 */
async function nativeKinds(facts: ClusterFacts, calico: CalicoFacts | undefined): Promise<Seen | undefined> {
  const told = calico?.daemonSet.spec.template.spec.containers
    .flatMap(({ env }) => env)
    .find(({ name }) => name === 'CALICO_API_GROUP')?.value;
  const groups = await facts.apiGroups();
  const alone = groups.has('projectcalico.org') && !groups.has('crd.projectcalico.org');
  if (told?.toLowerCase() !== 'projectcalico.org/v3' && !alone) return undefined;
  const message =
    'Calico keeps its configuration in projectcalico.org/v3 itself (native CRDs, a technology preview of 3.32), which this version cannot read or write';
  const more = {
    objects: ['APIService v3.projectcalico.org'],
    fix: 'Switch this cluster by hand, or wait for a version of proxyshift that knows them',
    command: 'kubectl api-resources --api-group=projectcalico.org',
  };
  return { saw: 'native projectcalico.org/v3', findings: [finding(code, 'blocker', message, more)] };
}
