import { isMap, LineCounter, parseAllDocuments, type YAMLMap } from 'yaml';
import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import { proxyModeSchema } from '../../model/mode.ts';
import { quote } from '../../model/quote.ts';
import { parseInput } from '../../model/schema-issues.ts';
import { describeFault, plainData } from '../yaml-faults.ts';

/** Go's zero value and "not there" are the same to kube-proxy, so `null` is read as absent. */
const absentWhenNull = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);

const text = absentWhenNull(z.string());
const integer = absentWhenNull(z.int());
const flag = absentWhenNull(z.boolean());
/** Validated by kube-proxy to lie in 0-31 (`pkg/proxy/apis/config/validation/validation.go`). */
const aBit = 'expected a whole number from 0 to 31';
const markBit = absentWhenNull(z.int(aBit).min(0, aBit).max(31, aBit));
const section = <S extends z.ZodRawShape>(shape: S) =>
  z.preprocess((value) => value ?? {}, z.looseObject(shape) as z.ZodObject<S, z.core.$loose>);

/**
 * What proxyshift reads of a KubeProxyConfiguration. Field names as in
 * `staging/src/k8s.io/kube-proxy/config/v1alpha1/types.go`; whatever else is there is left alone.
 */
export const proxyConfigSchema = z
  .looseObject({
    apiVersion: z.literal('kubeproxy.config.k8s.io/v1alpha1'),
    kind: z.literal('KubeProxyConfiguration'),
    /** Absent, null and '' all mean "the default of this kube-proxy version". */
    mode: z.preprocess((value) => (value === '' || value === null ? undefined : value), proxyModeSchema.optional()),
    bindAddress: text,
    clusterCIDR: text,
    detectLocalMode: text,
    detectLocal: section({ bridgeInterface: text, interfaceNamePrefix: text }),
    healthzBindAddress: text,
    metricsBindAddress: text,
    nodePortAddresses: z.preprocess((value) => value ?? [], z.array(z.string())),
    iptables: section({ masqueradeBit: markBit, masqueradeAll: flag, localhostNodePorts: flag }),
    nftables: section({ masqueradeBit: markBit, masqueradeAll: flag, syncPeriod: text, minSyncPeriod: text }),
    ipvs: section({
      excludeCIDRs: z.preprocess((value) => value ?? [], z.array(z.string())),
      scheduler: text,
      strictARP: flag,
      tcpTimeout: text,
      tcpFinTimeout: text,
      udpTimeout: text,
      syncPeriod: text,
      minSyncPeriod: text,
    }),
    conntrack: section({
      maxPerCore: integer,
      min: integer,
      tcpBeLiberal: flag,
      tcpEstablishedTimeout: text,
      tcpCloseWaitTimeout: text,
      udpTimeout: text,
      udpStreamTimeout: text,
    }),
  })
  .transform((config) => ({
    ...config,
    /**
     * The mode that kube-proxy 1.31-1.39 runs with this text: unset means iptables on Linux
     * (`cmd/kube-proxy/app/server_linux.go`, platformApplyDefaults). KEP-5343 makes it nftables in 1.40.
     */
    effectiveMode: config.mode ?? ('iptables' as const),
  }));

export type ProxyConfigSummary = z.infer<typeof proxyConfigSchema>;

/** The text, its one mapping with source tokens, and what it means. */
export interface ParsedProxyConfig {
  root: YAMLMap;
  summary: ProxyConfigSummary;
  /** The whole content as plain data, to prove that an edit changed nothing else. */
  data: unknown;
  /** `line 3, column 5` of an offset (UTF-16 code units, as JavaScript counts). */
  position: (offset: number) => string;
}

const hint = 'Look at it with: kubectl -n kube-system get configmap kube-proxy -o yaml';

/** @returns the sentence's end that tells where, or nothing where the value has no place of its own (a missing key). */
function whereIs(root: YAMLMap, path: readonly PropertyKey[], position: (offset: number) => string): string {
  for (let length = path.length; length > 0; length--) {
    const node: unknown = root.getIn(path.slice(0, length), true);
    if (node && typeof node === 'object' && 'range' in node && Array.isArray(node.range)) {
      return ` (${position(Number(node.range[0]))})`;
    }
  }
  return '';
}

/**
 * Parses the text of `config.conf`: YAML as kube-proxy reads it (1.1 scalars such as `yes`; JSON is a subset).
 * @throws Failure `Invalid`, with line and column: not YAML, empty, two documents, not a mapping, duplicate keys, another
 * apiVersion or kind, or a field of ours with a value that kube-proxy would not take.
 */
export function parseProxyConfig(source: string): ParsedProxyConfig {
  const lineCounter = new LineCounter();
  const position = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return `line ${line}, column ${col}`;
  };
  const parsed = parseAllDocuments(source, {
    version: '1.1',
    keepSourceTokens: true,
    prettyErrors: false,
    uniqueKeys: true,
    logLevel: 'error',
    lineCounter,
  });
  const documents = Array.isArray(parsed) ? parsed : [];
  const error = documents.flatMap((document) => document.errors)[0];
  if (error) {
    const fault = describeFault(error, source);
    throw new Failure('Invalid', `config.conf is not valid YAML: ${fault} (${position(error.pos[0])})`, { hint });
  }
  const filled = documents.filter(
    (document) => document.contents !== null && document.contents.range?.[0] !== document.contents.range?.[1],
  );
  const [document, second] = filled;
  if (!document) throw new Failure('Invalid', 'config.conf is empty: no KubeProxyConfiguration in it', { hint });
  if (second) {
    const start = second.contents?.range?.[0] ?? 0;
    throw new Failure(
      'Invalid',
      `config.conf has ${filled.length} YAML documents, the second at ${position(start)}; kube-proxy reads one`,
      { hint },
    );
  }
  const root = document.contents;
  if (!isMap(root)) {
    throw new Failure('Invalid', `config.conf is not a mapping but ${quote(source.trim())}`, { hint });
  }
  const data = plainData(document, { what: 'config.conf', details: { hint } });
  const result = parseInput(proxyConfigSchema, data, {
    whole: 'it',
    place: (path) => whereIs(root, path, position),
  });
  if (!result.success) throw new Failure('Invalid', `config.conf is not valid: ${result.issues}`, { hint });
  return { root, summary: result.data, data, position };
}
