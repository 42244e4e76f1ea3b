import type { Confirm } from '../model/messages.ts';
import type { HandStep } from '../model/progress.ts';

/** What a person said of a step. */
export interface Confirmation extends Pick<Confirm, 'by' | 'comment'> {
  /** It was not done, at a risk that the report records. */
  skipped: boolean;
}

/** The steps that only a person can do, and what was said of each. */
export class HandSteps {
  readonly #open = new Map<string, HandStep>();
  readonly #said = new Map<string, Confirmation>();

  /** The ones that are waited for now. */
  get open(): HandStep[] {
    return [...this.#open.values()];
  }

  /** Asks for a step, also for one that was confirmed before: what was said of it does not count any more. */
  ask(step: HandStep): void {
    this.#said.delete(step.key);
    this.#open.set(step.key, step);
  }

  said(key: string): Confirmation | undefined {
    return this.#said.get(key);
  }

  /** Why nothing is known of this step; undefined where it is waited for. */
  whyNot({ step }: Pick<Confirm, 'step'>): string | undefined {
    if (this.#open.has(step)) return undefined;
    if (this.#said.has(step)) return `step "${step}" was confirmed already by ${this.#said.get(step)?.by}`;
    const open = [...this.#open.keys()].map((key) => `"${key}"`).join(', ');
    return `the run does not wait for step "${step}"; it waits for ${open || 'none'}`;
  }

  take({ step, by, skip, comment }: Confirm): void {
    this.#open.delete(step);
    this.#said.set(step, { by, skipped: skip === true, ...(comment ? { comment } : {}) });
  }

  /** Nobody has to do these any more: the run goes another way. */
  drop(): void {
    this.#open.clear();
  }
}
