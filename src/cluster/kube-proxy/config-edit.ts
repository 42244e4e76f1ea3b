import { isDeepStrictEqual } from 'node:util';
import { Failure } from '../../model/failure.ts';
import type { ProxyMode } from '../../model/mode.ts';
import { type ParsedProxyConfig, type ProxyConfigSummary, parseProxyConfig } from './config-schema.ts';
import { applySplices, type PlainValue, spliceToSet } from './yaml-splice.ts';

export type { ProxyConfigSummary } from './config-schema.ts';

/** Address families of a cluster, as Kubernetes spells them. */
export type IPFamily = 'IPv4' | 'IPv6';

export interface ProxyConfigEdit {
  mode: ProxyMode;
  /** NodePorts keep listening on every address of a node when the mode becomes nftables. Default true. */
  keepNodePortAddresses?: boolean;
  /** `iptables.masqueradeBit` and `.masqueradeAll` are carried into `nftables.*`. Default true. */
  carryMasquerade?: boolean;
  /** The cluster's families; read from the text where not given. */
  ipFamilies?: readonly IPFamily[];
}

/** One value that an edit changes. `before` is null where the key was absent or null. */
export interface ProxyConfigChange {
  /** Dotted, as in `nftables.masqueradeBit`. */
  path: string;
  before: PlainValue | null;
  after: PlainValue;
}

/** `masqueradeBit` where it is not set: `pkg/proxy/apis/config/v1alpha1/defaults.go`. */
const defaultMasqueradeBit = 14;

/**
 * What the text of `config.conf` says, validated.
 * @throws Failure `Invalid`, as `parseProxyConfig`.
 */
export function readProxyConfig(text: string): ProxyConfigSummary {
  return parseProxyConfig(text).summary;
}

/**
 * Changes the mode in the text of `config.conf`, and what must go with it, and no other byte: comments, order, quoting,
 * indentation, line ends and the end of the file stay. A text that already runs in the wanted mode is returned as it is.
 *
 * Going to nftables from another mode:
 * - ipvs and iptables take their masquerade settings from `iptables.*`, nftables from `nftables.*`
 *   (`cmd/kube-proxy/app/server_linux.go`): what is set in the former and not the same in the latter is carried across.
 * - An empty `nodePortAddresses` means every local address in ipvs and iptables, but only the primary one in nftables
 *   (`platformApplyDefaults`, same file). It becomes `["0.0.0.0/0"]`, `["::/0"]` or both, by `ipFamilies`, else by
 *   `clusterCIDR`, else by `bindAddress`, else IPv4. A family that is left out is not shut: kube-proxy lets a family
 *   without a range of its own listen everywhere (`NewNodePortAddresses` in `pkg/proxy/util/nodeport_addresses.go`)
 *   and only logs a hint. A list that is not empty, `primary` too, is a decision and stays.
 *
 * @throws Failure `Invalid` where the text cannot be read (as `parseProxyConfig`), or cannot be edited without guessing
 * (an anchor, alias, tag or merge key on what would change).
 */
export function editProxyConfig(text: string, edit: ProxyConfigEdit): { text: string; changes: ProxyConfigChange[] } {
  const before = parseProxyConfig(text);
  if (before.summary.mode === edit.mode) return { text, changes: [] };
  const changes = wantedChanges(before.summary, edit);
  const result = changes.reduce((current, change) => setValue(current, change), text);
  proveOnlyThese(before, parseProxyConfig(result), changes);
  return { text: result, changes };
}

function wantedChanges(summary: ProxyConfigSummary, edit: ProxyConfigEdit): ProxyConfigChange[] {
  const changes: ProxyConfigChange[] = [{ path: 'mode', before: summary.mode ?? null, after: edit.mode }];
  if (edit.mode !== 'nftables') return changes;
  const { iptables, nftables } = summary;
  if (edit.carryMasquerade ?? true) {
    const { masqueradeAll: all, masqueradeBit: bit } = iptables;
    if (all !== undefined && all !== (nftables.masqueradeAll ?? false)) {
      changes.push({ path: 'nftables.masqueradeAll', before: nftables.masqueradeAll ?? null, after: all });
    }
    if (bit !== undefined && bit !== (nftables.masqueradeBit ?? defaultMasqueradeBit)) {
      changes.push({ path: 'nftables.masqueradeBit', before: nftables.masqueradeBit ?? null, after: bit });
    }
  }
  if ((edit.keepNodePortAddresses ?? true) && summary.nodePortAddresses.length === 0) {
    const families = edit.ipFamilies ?? familiesOf(summary);
    const after = [...new Set(families)].map((family) => (family === 'IPv6' ? '::/0' : '0.0.0.0/0'));
    changes.push({ path: 'nodePortAddresses', before: null, after: after.length > 0 ? after : ['0.0.0.0/0'] });
  }
  return changes;
}

/** `clusterCIDR` is one range or a dual-stack pair with a comma; without it, `bindAddress` names the primary family. */
function familiesOf({ clusterCIDR, bindAddress }: ProxyConfigSummary): IPFamily[] {
  const addresses = (clusterCIDR || bindAddress || '0.0.0.0').split(',').map((address) => address.trim());
  return addresses.filter((address) => address !== '').map((address) => (address.includes(':') ? 'IPv6' : 'IPv4'));
}

function setValue(text: string, { path, after }: ProxyConfigChange): string {
  const [first = path, second] = path.split('.');
  const { root } = parseProxyConfig(text);
  return applySplices(text, [spliceToSet(text, root, second === undefined ? [first] : [first, second], after)]);
}

/** The belt to the braces: whatever shape the text had, the new one must differ in these values and in nothing else. */
function proveOnlyThese(before: ParsedProxyConfig, after: ParsedProxyConfig, changes: ProxyConfigChange[]): void {
  const expected = structuredClone(before.data) as Record<string, unknown>;
  for (const change of changes) {
    const [first = change.path, second] = change.path.split('.');
    if (second === undefined) expected[first] = change.after;
    else expected[first] = { ...(expected[first] as object | null | undefined), [second]: change.after };
  }
  if (!isDeepStrictEqual(expected, after.data)) {
    throw new Failure(
      'Invalid',
      'config.conf is written in a way that proxyshift cannot edit without changing more than it should',
      {
        hint: `Set by hand in the ConfigMap: ${changes.map(({ path, after: value }) => `${path}: ${JSON.stringify(value)}`).join(', ')}`,
      },
    );
  }
}
