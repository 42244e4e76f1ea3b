import type { BarKind } from './timeline-rows.ts';

/** What a drawing has a colour for. */
type Painted = BarKind | 'text' | 'muted' | 'grid' | 'band';

/**
 * Colours that stand for a variable of the style sheet, since a drawing that is made once has to fit a light and a dark page.
 * None of them is seen: they are replaced after drawing.
 */
export const plotColours = {
  text: '#010203',
  muted: '#010204',
  grid: '#010205',
  band: '#010206',
  done: '#010211',
  failed: '#010212',
  back: '#010213',
  running: '#010214',
  step: '#010215',
  wait: '#010216',
} as const satisfies Record<Painted, string>;

const variables: readonly (readonly [Painted, string])[] = [
  ['text', '--text'],
  ['muted', '--muted'],
  ['grid', '--line'],
  ['band', '--band'],
  ['done', '--bar-done'],
  ['failed', '--bar-failed'],
  ['back', '--bar-back'],
  ['running', '--bar-running'],
  ['step', '--bar-step'],
  ['wait', '--bar-wait'],
];

/** A drawing with the colours of the style sheet. */
export function withVariables(svg: string): string {
  return variables.reduce((text, [painted, name]) => text.replaceAll(plotColours[painted], `var(${name})`), svg);
}
