import { expect } from 'vitest';
import type { CheckResult } from '../../../src/model/check-result.ts';

/** What a person needs to act: a fix and a command to paste for all that stands in the way; `unknown` says why instead. */
export function expectActionable({ code, findings }: CheckResult): void {
  for (const { severity, unknown, fix, command, objects } of findings) {
    if (severity === 'note' || unknown) continue;
    expect({ code, fix, command }).toEqual({
      code,
      fix: expect.stringMatching(/^\S.*[^.]$/s),
      command: expect.stringMatching(/^(?:kubectl|kubeadm|proxyshift|nft) /),
    });
    expect(objects.filter((object) => !/^[A-Z]\w+ \S+$/.test(object))).toEqual([]);
  }
}

/** Severity and message of every finding, for a comparison at a glance. */
export function said({ findings }: CheckResult): string[] {
  return findings.map(({ severity, message }) => `${severity}: ${message}`);
}
