import { expect, it } from 'vitest';
import { parseProxyConfig } from '../../../src/cluster/kube-proxy/config-schema.ts';
import { standbyConfig } from '../../../src/cluster/standby/config.ts';
import { kubeadm } from '../kube-proxy/config-texts.ts';

it("is the ConfigMap's own, on ports of its own", () => {
  const before = parseProxyConfig(kubeadm).data;
  expect(parseProxyConfig(standbyConfig(kubeadm, 'nftables')).data).toEqual({
    ...Object(before),
    metricsBindAddress: '127.0.0.1:20249',
    healthzBindAddress: '127.0.0.1:20256',
  });
});

it('listens on the loopback address of the family that kube-proxy is bound to', () => {
  const text = kubeadm.replace(/^bindAddress: .*$/m, 'bindAddress: "::"');
  expect(parseProxyConfig(standbyConfig(text, 'ipvs')).summary.metricsBindAddress).toBe('[::1]:20250');
});

it('keeps what is not known here, and what YAML 1.1 reads otherwise', () => {
  const text = `${kubeadm}\nfeatureGates: {SomethingNew: yes}\n`;
  expect(JSON.parse(standbyConfig(text, 'nftables'))).toMatchObject({ featureGates: { SomethingNew: true } });
});

it('cannot be made of what is no configuration', () => {
  expect(() => standbyConfig('mode: ipvs', 'ipvs')).toThrow(/config\.conf is not valid/);
});
