import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseDaemonSet } from '../../../src/cluster/daemon-sets.ts';
import { CONNECTIONS_CONTAINER } from '../../../src/cluster/standby/connections.ts';
import { type StandbyPodOptions, standbyPod } from '../../../src/cluster/standby/pod.ts';
import { kubeProxyObjects } from '../../../src/rehearsal/objects/kube-proxy.ts';

/** kubeadm's own, with what others add to theirs. */
function daemonSet(change: { container?: object; spec?: object } = {}) {
  const found = kubeProxyObjects('ipvs', 'https://192.0.2.10:6443').find(({ kind }) => kind === 'DaemonSet');
  const object = z
    .looseObject({
      metadata: z.looseObject({ name: z.string() }),
      spec: z.looseObject({
        template: z.looseObject({ spec: z.looseObject({ containers: z.array(z.looseObject({})) }) }),
      }),
    })
    .parse(structuredClone(found));
  const { spec } = object.spec.template;
  Object.assign(spec, change.spec);
  Object.assign(spec.containers[0] ?? {}, change.container);
  return parseDaemonSet(object);
}

const podSchema = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()), annotations: z.record(z.string(), z.string()) }),
  spec: z.looseObject({
    nodeName: z.string(),
    restartPolicy: z.string(),
    hostNetwork: z.boolean(),
    containers: z.array(
      z.looseObject({
        name: z.string(),
        command: z.array(z.string()),
        args: z.array(z.string()).default([]),
        env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
        volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).default([]),
        securityContext: z.looseObject({}),
      }),
    ),
    volumes: z.array(z.looseObject({ name: z.string() })),
  }),
});
const made = (options: Partial<StandbyPodOptions> = {}) =>
  podSchema.parse(
    standbyPod({
      daemonSet: daemonSet(),
      node: 'node-1',
      purpose: 'serve',
      mode: 'nftables',
      config: '{}',
      ...options,
    }),
  );

describe('a stand-by', () => {
  it('is the kube-proxy of the template, bound to its node, and nothing that its DaemonSet would take for its own', () => {
    const { metadata, spec } = made();
    const [proxy] = spec.containers;
    expect(spec).toMatchObject({
      nodeName: 'node-1',
      hostNetwork: true,
      serviceAccountName: 'kube-proxy',
      tolerations: [{ operator: 'Exists' }],
    });
    expect(spec).not.toHaveProperty('nodeSelector');
    // A kubelet evicts other pods for one that is critical.
    expect(daemonSet().spec.template.spec).toHaveProperty('priorityClassName', 'system-node-critical');
    expect(spec).not.toHaveProperty('priorityClassName');
    expect(proxy).toMatchObject({
      name: 'kube-proxy',
      image: expect.stringContaining('kube-proxy:v1.35'),
      securityContext: { privileged: true },
    });
    expect(proxy?.env).toContainEqual({
      name: 'NODE_NAME',
      valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } },
    });
    expect(spec.volumes.map(({ name }) => name)).toEqual([
      'kube-proxy',
      'xtables-lock',
      'lib-modules',
      'kube-proxy-standby',
    ]);
    expect(metadata.labels).toMatchObject({ 'k8s-app': 'kube-proxy-standby', 'proxyshift.dev/mode': 'nftables' });
  });

  it('that takes rules away is urgent and asks for no more than its place; one that marks is neither', () => {
    const asks = daemonSet({ container: { resources: { requests: { cpu: '100m' } } } });
    const [serves, cleans, marks] = (['serve', 'clean', 'mark'] as const).map((purpose) => {
      const { spec } = made({ daemonSet: asks, purpose });
      return { priority: spec.priorityClassName, resources: spec.containers[0]?.resources };
    });
    expect(cleans).toEqual({ priority: 'system-node-critical', resources: undefined });
    expect(serves).toEqual({ priority: undefined, resources: { requests: { cpu: '100m' } } });
    expect(marks).toEqual(serves);
  });

  it('brings its configuration and its nft itself, and finds no other program in nftables mode', () => {
    const { metadata, spec } = made({ config: '{"mode":"nftables"}' });
    const [proxy] = spec.containers;
    expect(proxy?.command).toEqual([
      '/usr/local/bin/kube-proxy',
      '--config=/etc/kube-proxy-standby/config.conf',
      '--hostname-override=$(NODE_NAME)',
    ]);
    expect(proxy?.env).toContainEqual({ name: 'PATH', value: '/etc/kube-proxy-standby/bin' });
    expect(metadata.annotations['proxyshift.dev/config.conf']).toBe('{"mode":"nftables"}');
    expect(spec.volumes.at(-1)).toEqual({
      name: 'kube-proxy-standby',
      downwardAPI: {
        items: [
          {
            path: 'config.conf',
            mode: 0o444,
            fieldRef: { fieldPath: "metadata.annotations['proxyshift.dev/config.conf']" },
          },
          { path: 'bin/nft', mode: 0o555, fieldRef: { fieldPath: "metadata.annotations['proxyshift.dev/nft']" } },
        ],
      },
    });
  });

  it('in ipvs mode finds every program, but an nft that fails', () => {
    const { metadata, spec } = made({ mode: 'ipvs' });
    const path = spec.containers[0]?.env.find(({ name }) => name === 'PATH')?.value;
    expect(path).toMatch(/^\/etc\/kube-proxy-standby\/bin:.*:\/usr\/sbin:/);
    expect(metadata.annotations['proxyshift.dev/nft']).toMatch(/^exit 1$/m);
  });

  it('counts connections in a container without any privilege', () => {
    expect(made().spec.containers[1]).toMatchObject({
      name: CONNECTIONS_CONTAINER,
      securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    });
    expect(made().spec.containers[1]).not.toHaveProperty('volumeMounts.0');
  });

  it('that cleans up is called so, ends, and counts nothing', () => {
    const { spec } = made({ purpose: 'clean' });
    expect(spec.restartPolicy).toBe('OnFailure');
    expect(spec.containers.map(({ name }) => name)).toEqual(['kube-proxy']);
    expect(spec.containers[0]?.command).toEqual(
      expect.arrayContaining(['--config=/etc/kube-proxy-standby/config.conf', '--cleanup']),
    );
  });

  it('leaves out what would be asked of the other kube-proxy, and what would keep it from its node', () => {
    const probe = { httpGet: { port: 10256 } };
    const { spec } = made({
      daemonSet: daemonSet({
        container: {
          livenessProbe: probe,
          readinessProbe: probe,
          ports: [{ containerPort: 10249, hostPort: 10249 }],
          env: [{ name: 'PATH', value: '/bin' }],
        },
        spec: { initContainers: [{ name: 'bootstrap' }], affinity: { nodeAffinity: {} }, nodeSelector: { pool: 'a' } },
      }),
    });
    expect(Object.keys(spec.containers[0] ?? {})).not.toEqual(
      expect.arrayContaining(['livenessProbe', 'readinessProbe', 'ports']),
    );
    expect(spec.containers[0]?.env.filter(({ name }) => name === 'PATH')).toHaveLength(1);
    for (const field of ['initContainers', 'affinity', 'nodeSelector']) expect(spec).not.toHaveProperty(field);
  });
});

describe('--config of the template', () => {
  it.each([
    [
      'in args',
      { command: ['kube-proxy'], args: ['--v=2', '--config=/x.conf'] },
      ['--v=2', '--config=/etc/kube-proxy-standby/config.conf'],
    ],
    [
      'in two words',
      { command: ['kube-proxy'], args: ['--config', '/x.conf', '--v=2'] },
      ['--config=/etc/kube-proxy-standby/config.conf', '--v=2'],
    ],
    [
      'in a line for a shell',
      { command: ['/bin/sh', '-c'], args: ['exec kube-proxy --config=/x.conf 2>&1'] },
      ['exec kube-proxy --config=/etc/kube-proxy-standby/config.conf 2>&1'],
    ],
  ])('is found %s', (_, container, args) => {
    expect(made({ daemonSet: daemonSet({ container }) }).spec.containers[0]?.args).toEqual(args);
  });

  it.each([
    ['none', { command: ['kube-proxy', '--proxy-mode=ipvs'] }],
    ['two', { command: ['kube-proxy', '--config=/a', '--config=/b'] }],
  ])('%s is a failure that names the DaemonSet', (_, container) => {
    expect(() => made({ daemonSet: daemonSet({ container }) })).toThrow(
      'DaemonSet kube-system/kube-proxy does not name its configuration with --config, once',
    );
  });
});
