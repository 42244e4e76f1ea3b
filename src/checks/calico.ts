import { effectiveNftablesMode, targetNftablesMode } from '../cluster/calico/detect.ts';
import { whyFelixDisagrees } from '../cluster/calico/felix-lines.ts';
import { calicoSupport } from '../cluster/calico/versions.ts';
import { daemonSetTrouble } from '../cluster/daemon-sets.ts';
import type { Finding } from '../model/finding.ts';
import { type Check, failureFinding, few, finding, nodeObjects } from './check.ts';
import type { CalicoOnNodes, ClusterFacts } from './facts.ts';

/** Whether Calico's install can be told apart, and its version. */
export const calicoInstall: Check = {
  code: 'PXS020',
  title: "Calico's install and version are known",
  run: ({ calico }) => ('failure' in calico ? [failureFinding('PXS020', calico.failure)] : []),
};

/** From 3.30 on by the migration guide; known problems as cluster/calico/versions.ts lists them. */
export const calicoVersion: Check = {
  code: 'PXS021',
  title: 'Calico is 3.30 or newer',
  run: onCalico(({ version }) => {
    const { supported, caveat } = calicoSupport(version);
    if (caveat === undefined) return [];
    return [
      finding('PXS021', supported ? 'warning' : 'blocker', caveat, {
        fix: 'Upgrade Calico: 3.31.7, 3.32.2 or newer is recommended',
      }),
    ];
  }),
};

export const calicoDaemonSet: Check = {
  code: 'PXS022',
  title: 'DaemonSet calico-node is healthy',
  run: onCalico(({ daemonSet, namespace }) => {
    const trouble = daemonSetTrouble(daemonSet);
    if (trouble === undefined) return [];
    const object = `DaemonSet ${namespace}/calico-node`;
    return [
      finding('PXS022', 'blocker', `${object} is not healthy: ${trouble}`, {
        objects: [object],
        fix: `kubectl -n ${namespace} rollout status daemonset calico-node`,
      }),
    ];
  }),
};

/** A dead operator leaves TigeraStatus Available for ever: only its observedGeneration tells. */
export const tigeraOperator: Check = {
  code: 'PXS023',
  title: 'The Tigera operator has settled',
  run: onCalico(({ operator }) => {
    if (operator === undefined || operator.settled) return [];
    return [
      finding('PXS023', 'blocker', operator.why, {
        objects: ['TigeraStatus calico'],
        fix: 'kubectl get tigerastatus calico -o yaml',
      }),
    ];
  }),
};

/** BPF and VPP take the place of kube-proxy's rules: another migration than this one. */
export const calicoDataplane: Check = {
  code: 'PXS024',
  title: "Calico's dataplane is Iptables or Nftables",
  run: onCalico(({ installation }) => {
    const dataplane = installation?.spec?.calicoNetwork?.linuxDataplane;
    if (!dataplane || dataplane === 'Iptables' || dataplane === 'Nftables') return [];
    return [
      finding('PXS024', 'blocker', `linuxDataplane is ${dataplane}: proxyshift moves Iptables to Nftables`, {
        objects: ['Installation default'],
      }),
    ];
  }),
};

/** The environment is stronger than the datastore (felix/config/config_params.go): the switch would do nothing. */
export const felixEnvironment: Check = {
  code: 'PXS025',
  title: "Felix's mode is not fixed by its environment",
  run: onCalico(({ daemonSet, namespace }) => {
    const object = `DaemonSet ${namespace}/calico-node`;
    const set = daemonSet.spec.template.spec.containers
      .flatMap(({ env }) => env)
      .filter(({ name }) => name === 'FELIX_NFTABLESMODE' || name === 'FELIX_IPTABLESBACKEND');
    return set.map(({ name, value }) => {
      const severity = name === 'FELIX_NFTABLESMODE' ? 'blocker' : 'warning';
      return finding('PXS025', severity, `${object} sets ${name}=${value ?? '?'}, which overrides FelixConfiguration`, {
        objects: [object],
        fix: `kubectl -n ${namespace} set env daemonset/calico-node -c calico-node ${name}-`,
      });
    });
  }),
};

/** Felix looks for kube-ipvs0 when it starts; one that has not seen it on an ipvs node does not support kube-proxy there. */
export const felixIpvsSupport: Check = {
  code: 'PXS026',
  title: "Every Felix says that it supports kube-proxy's ipvs mode",
  run: onCalico(({ felix }, { proxies }) => {
    const ipvs = new Set(proxies.filter((proof) => proof.mode === 'ipvs').map((proof) => proof.node));
    // Not a warning: start-up lines rotate out of the log of a Felix that has run for long, and a plan must not change for it.
    const without = felix
      .filter(({ pod, state }) => ipvs.has(pod.node) && state.ipvsSupport !== true)
      .map(({ pod }) => pod.node);
    if (without.length === 0) return [];
    return [
      finding(
        'PXS026',
        'note',
        `The log of Felix does not show its support for ipvs on ${few(without)}: it was rotated, or Felix started before kube-ipvs0 was there`,
        {
          objects: nodeObjects(without),
        },
      ),
    ];
  }),
};

/** Everything is set to nftables, but is it so? That would not be "nothing to do". */
export const felixFollows: Check = {
  code: 'PXS027',
  title: 'Where all is set to nftables, every Felix programs nftables',
  run: onCalico((calico, { proxies }) => {
    if (!calicoSupport(calico.version).supported) return [];
    const value = targetNftablesMode(calico);
    const set =
      calico.install === 'operator'
        ? calico.installation?.spec?.calicoNetwork?.linuxDataplane === 'Nftables'
        : effectiveNftablesMode(calico) === value;
    if (!set || proxies.some((proof) => proof.mode !== 'nftables')) return [];
    const stray = calico.felix.flatMap(({ pod, state }) => {
      const why = whyFelixDisagrees(state, { value, calicoVersion: calico.version, useNftables: true });
      return why === undefined ? [] : [{ node: pod.node, why, silent: !state.dataplaneStarted }];
    });
    const fix = `kubectl -n ${calico.namespace} logs -l k8s-app=calico-node -c calico-node --prefix --tail=200`;
    const say = (severity: 'blocker' | 'note', nodes: typeof stray, how: string) =>
      nodes.length === 0
        ? []
        : [
            finding(
              'PXS027',
              severity,
              `Calico is set to nftables, but Felix ${how} on ${few(nodes.map(({ node }) => node))} (${nodes[0]?.why})`,
              {
                objects: nodeObjects(nodes.map(({ node }) => node)),
                fix,
              },
            ),
          ];
    return [
      ...say(
        'blocker',
        stray.filter(({ silent }) => !silent),
        'does not follow',
      ),
      // Start-up lines rotate out of the log of a Felix that has run for long.
      ...say(
        'note',
        stray.filter(({ silent }) => silent),
        'does not say so any more',
      ),
    ];
  }),
};

function onCalico(run: (calico: CalicoOnNodes, facts: ClusterFacts) => Finding[]): Check['run'] {
  return (facts) => ('value' in facts.calico && facts.calico.value !== undefined ? run(facts.calico.value, facts) : []);
}
