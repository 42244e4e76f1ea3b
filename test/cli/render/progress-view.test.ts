import { Writable } from 'node:stream';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { progressLines } from '../../../src/cli/render/progress.ts';
import { progressView } from '../../../src/cli/render/progress-view.ts';
import type { Progress } from '../../../src/model/progress.ts';
import { progress } from '../fixtures.ts';

/** What is written to something that is no terminal. */
function written(shown: Progress[]): string[] {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const view = progressView(Object.assign(stream, { isTTY: false }) as unknown as NodeJS.WriteStream);
  for (const one of shown) view.show(one);
  view.end();
  return text.trimEnd().split('\n');
}

const nodes = ['node-02', 'node-03', 'node-04', 'node-05'];
const [canary, wave] = progress.steps;
const first = {
  ...progress,
  waitingFor: canary?.what ?? '',
  nodes: { total: 6, done: 0 },
  steps: progress.steps.slice(0, 1),
};
const second = { ...progress, nodes: { total: 6, done: 1, leftBehind: 1 }, underWay: nodes };

describe('where it is no terminal, a run is told line by line', () => {
  it('with its phases, the nodes of a wave, how many are done, and what it waits for', () => {
    const waiting = { ...second, phase: 'calico' as const, waitingFor: 'a person', paused: true, steps: second.steps };
    expect(written([first, second, second, waiting])).toEqual([
      'kube-proxy',
      `✔ ${canary?.what}  3 s`,
      `● ${wave?.what}`,
      '      on node-02, node-03, node-04, node-05',
      '  1 of 6 nodes done, 1 left behind, wave 2 of 3',
      'Calico',
      '● waiting for a person',
    ]);
  });

  it('with what traffic has lost at worst, each time that it is more', () => {
    const lost = (ms: number) => ({ ...second, longestGap: { node: 'node-02', path: 'dns' as const, ms } });
    expect(written([second, lost(300), lost(300), lost(1_200)]).slice(-2)).toEqual([
      '  longest time without an answer so far: 300 ms, on node-02 by dns',
      '  longest time without an answer so far: 1.2 s, on node-02 by dns',
    ]);
    expect(written([lost(0)]).join()).not.toContain('without an answer');
  });

  it('and nothing of it steers what shows it later', () => {
    const steering = { ...first, steps: [{ ...first.steps[0], what: 'Restart \u001b[2Jkube-proxy' }] } as Progress;
    expect(written([steering])[1]).toBe('✔ Restart \ufffd[2Jkube-proxy  3 s');
  });
});

it('in place, the nodes of a wave are named where its step does not name them all', () => {
  const colors = pc.createColors(false);
  const now = Date.parse('2026-03-04T10:00:10.000Z');
  expect(progressLines(second, { colors, now }).at(-1)).toBe('      on node-02, node-03, node-04, node-05');
  expect(progressLines({ ...second, underWay: nodes.slice(0, 2) }, { colors, now }).join()).not.toContain('      on ');
});

it('in place, what traffic has lost at worst is shown below the steps', () => {
  const colors = pc.createColors(false);
  const lost = { ...second, underWay: [], longestGap: { node: 'node-02', path: 'held' as const, ms: 2_000 } };
  const lines = progressLines(lost, { colors, now: 0 });
  expect(lines.at(-1)).toBe('  longest time without an answer so far: 2 s, on node-02 by held');
});
