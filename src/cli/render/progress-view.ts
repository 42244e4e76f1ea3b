import { createLogUpdate } from 'log-update';
import type { Progress, Step } from '../../model/progress.ts';
import { withoutControls } from '../../model/without-controls.ts';
import { type Colors, colorsFor } from '../colors.ts';
import { countLine, gapLine, isWaiting, nodesLine, phaseNames, progressLines, stepLine } from './progress.ts';

/** Shows a run as it goes: in place on a terminal, as one line a step elsewhere. */
export interface ProgressView {
  show(progress: Progress): void;
  /** A sentence that is no step: kept on the screen. */
  note(text: string): void;
  /** Takes what is drawn in place away, so that something else can be written; the next `show` draws again. */
  pause(): void;
  /** Leaves what is shown on the screen. */
  end(): void;
}

export function progressView(stream: NodeJS.WriteStream): ProgressView {
  const colors = colorsFor(stream);
  return stream.isTTY ? inPlace(stream, colors) : asLines(stream, colors);
}

/** How often running times are drawn again (ms). */
const REDRAW_MS = 250;

function inPlace(stream: NodeJS.WriteStream, colors: Colors): ProgressView {
  const draw = createLogUpdate(stream, { showCursor: true });
  let last: Progress | undefined;
  const redraw = () => {
    if (last === undefined) return;
    // Head, hint, nodes under way, what was lost and a line of air; a failed step takes two lines.
    const maxSteps = Math.max(3, (stream.rows ?? 24) - 8);
    draw(progressLines(last, { colors, now: Date.now(), maxSteps }).join('\n'));
  };
  const timer = setInterval(redraw, REDRAW_MS);
  timer.unref();
  return {
    show(progress) {
      last = progress;
      redraw();
    },
    note(text) {
      draw.clear();
      stream.write(`${text}\n`);
      redraw();
    },
    pause() {
      last = undefined;
      draw.clear();
    },
    end() {
      clearInterval(timer);
      redraw();
      draw.done();
      last = undefined;
    },
  };
}

function asLines(stream: { write(text: string): unknown }, colors: Colors): ProgressView {
  const printed = new Map<number, Step['result']>();
  let waiting = '';
  let phase = '';
  let counted = '';
  let lost = '';
  const enter = (next: Progress['phase']) => {
    if (next === phase) return;
    phase = next;
    stream.write(`${colors.bold(phaseNames[next])}\n`);
  };
  return {
    show(shown) {
      const progress = withoutControls(shown);
      for (const [index, step] of progress.steps.entries()) {
        if (printed.get(index) === step.result) continue;
        printed.set(index, step.result);
        enter(step.phase);
        const line =
          step.result === 'running' ? `${colors.cyan('●')} ${step.what}` : stepLine(step, colors, Date.now());
        stream.write(`${line}\n`);
        if (step.result === 'running') for (const nodes of nodesLine(progress)) stream.write(`      ${nodes}\n`);
      }
      const count = countLine(progress);
      if (count !== counted && count !== '' && progress.nodes.done > 0) stream.write(`  ${colors.dim(count)}\n`);
      counted = count;
      const gap = gapLine(progress);
      if (gap !== lost && gap !== '') stream.write(`  ${colors.yellow(gap)}\n`);
      lost = gap;
      if (isWaiting(progress) && progress.waitingFor !== waiting) {
        enter(progress.phase);
        stream.write(`${colors.cyan('●')} waiting for ${progress.waitingFor}\n`);
        waiting = progress.waitingFor;
      }
    },
    note(text) {
      stream.write(`${text}\n`);
    },
    pause() {
      // What was written stays.
    },
    end() {
      // What was written stays.
    },
  };
}
