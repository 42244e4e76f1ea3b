import { needsPolicyTimeoutNull } from '../../cluster/calico/versions.ts';
import { type Check, finding } from '../check.ts';
import { onOperator } from './on-calico.ts';

const code = 'PXS029';

/**
 * Operators 1.36 to 1.38 set linuxPolicySetupTimeoutSeconds under Iptables, and refuse Nftables while it is set
 * (projectcalico/calico#10348; `pkg/controller/installation/validation.go`). Newer ones take it with Nftables.
 */
export const policyTimeout: Check = {
  code,
  category: 'calico',
  target: 'nftables',
  title: 'linuxPolicySetupTimeoutSeconds does not stand in the way of Nftables',
  looksAt: 'spec.calicoNetwork.linuxPolicySetupTimeoutSeconds of Installation default',
  run: onOperator(async ({ installation, version }) => {
    const { linuxPolicySetupTimeoutSeconds: seconds, linuxDataplane } = installation.spec.calicoNetwork ?? {};
    const saw = `linuxPolicySetupTimeoutSeconds: ${seconds ?? 'not set'}`;
    if (
      seconds === undefined ||
      seconds === null ||
      linuxDataplane === 'Nftables' ||
      !needsPolicyTimeoutNull(version)
    ) {
      return { saw, findings: [] };
    }
    const how = `The operator of Calico ${version} refuses Nftables while linuxPolicySetupTimeoutSeconds is set (${seconds}): the patch removes it, and a rollback puts it back`;
    const objects = ['Installation default'];
    const command =
      "kubectl get installation default -o jsonpath='{.spec.calicoNetwork.linuxPolicySetupTimeoutSeconds}'";
    if (seconds === 0) return { saw, findings: [finding(code, 'note', how, { objects, command })] };
    const message = `${how}; new pods will no longer wait for their policies before they start`;
    const fix = 'Accept it with the approval, or upgrade to Calico 3.31 or newer, which keeps the field';
    return { saw, findings: [finding(code, 'warning', message, { objects, fix, command })] };
  }),
};
