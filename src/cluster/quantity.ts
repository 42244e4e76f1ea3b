import { Failure } from '../model/failure.ts';

const factors: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** A number with a suffix, or with an exponent (apimachinery, pkg/api/resource/quantity.go). */
const form = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?)$/;

/**
 * What a quantity of Kubernetes stands for: `250m` is 0.25, `1Ki` is 1024.
 * @throws Failure `Invalid` that quotes a text that is none
 */
export function parseQuantity(text: string): number {
  const [, number, exponent, suffix = ''] = form.exec(text) ?? [];
  const factor = factors[suffix];
  if (number === undefined || factor === undefined)
    throw new Failure('Invalid', `not a quantity: "${text}" (expected a number such as 250m, 1.5, 64Mi)`);
  return Number(`${number}${exponent ?? ''}`) * factor;
}
