import { onCalico } from '../calico/on-calico.ts';
import { type Check, count, few, finding, nodeObjects } from '../check.ts';
import { kernelNeed, kernelSuffices } from './kernel-needs.ts';

const code = 'PXS081';

/** On an older kernel Felix says so in its log and leaves eBPF off, when kube-proxy may be gone already. */
export const kernels: Check = {
  code,
  category: 'ebpf',
  target: 'ebpf',
  title: 'Every Linux node has a kernel for eBPF mode',
  looksAt: 'status.nodeInfo.kernelVersion of every Linux node, against what the version of Calico asks for',
  run: onCalico(async ({ version }, facts) => {
    const nodes = await facts.nodes();
    const need = kernelNeed(version);
    const needs = `${need.kernel}, or 4.18.0-${need.rhel8Build} of RHEL 8`;
    const old = nodes.filter(({ kernel }) => !kernelSuffices(kernel, need));
    const saw = `${count(nodes.length - old.length, 'node')} of ${nodes.length} with kernel ${needs}`;
    if (old.length === 0) return { saw, findings: [] };
    const list = few(old.map(({ name, kernel }) => `${name} (${kernel})`));
    const message = `eBPF mode of Calico ${version} needs kernel ${needs}, or newer; older: ${list}`;
    const more = {
      objects: nodeObjects(old.map(({ name }) => name)),
      fix: 'Upgrade the kernel of these nodes, or replace them',
      command: 'kubectl drain NODE --ignore-daemonsets',
    };
    return { saw, findings: [finding(code, 'blocker', message, more)] };
  }),
};
