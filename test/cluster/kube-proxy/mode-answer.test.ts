import { expect, test } from 'vitest';
import { parseModeAnswer } from '../../../src/cluster/kube-proxy/mode-answer.ts';

test.each([
  ['nftables', 'nftables'],
  ['ipvs\n', 'ipvs'],
  ['iptables', 'iptables'],
  ['', 'unknown'],
  ['userspace', 'unknown'],
  ['IPVS', 'unknown'],
  ['<html>502 Bad Gateway: nftables</html>', 'unknown'],
])('/proxyMode %j is %s: an answer is never guessed', (body, mode) => expect(parseModeAnswer(body)).toBe(mode));
