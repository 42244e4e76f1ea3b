import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { Failure } from '../../model/failure.ts';

/** Replaces `text.slice(start, end)`; offsets are those of the original text. */
export interface Splice {
  start: number;
  end: number;
  insert: string;
}

/** The values that an edit writes. A list is written in flow style, on one line. */
export type PlainValue = string | number | boolean | string[];

/** Applies splices that were all computed from `text`. Those at the same place keep their order. */
export function applySplices(text: string, splices: Splice[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, insert } of splices.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(at, start) + insert;
    at = end;
  }
  return result + text.slice(at);
}

/** A YAML mapping in its text, and how new text in it has to look. */
interface Place {
  text: string;
  map: YAMLMap;
  /** Offset after which the mapping's content starts: of `{`, or of the colon of its key. -1 at the top. */
  opening: number;
}

const refuse = (path: string, why: string): Failure =>
  new Failure('Invalid', `config.conf: ${path} cannot be edited safely: ${why}`, {
    hint: 'Write the value out plainly in the ConfigMap, then start again.',
  });

const keyOf = (pair: Pair): unknown => (isScalar(pair.key) ? pair.key.value : pair.key);
const findPair = (map: YAMLMap, key: string): Pair | undefined => map.items.find((pair) => keyOf(pair) === key);
const isFlow = (map: YAMLMap): boolean => map.flow === true;

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** Offset of the colon of a pair; undefined where the key is written in the `? key` form without a value. */
function colonOf(pair: Pair): number | undefined {
  const token = pair.srcToken;
  const separators = token && 'sep' in token ? (token.sep ?? []) : [];
  return separators.find((separator) => separator.type === 'map-value-ind')?.offset;
}

/** Offset where the written content of a pair ends, without the comments and blank lines after it. */
function endOf(pair: Pair): number | undefined {
  const { value } = pair;
  if (isCollection(value) && value.flow !== true) {
    const last: unknown = value.items.at(-1);
    if (isPair(last)) return endOf(last);
    if (isCollection(last) && last.flow !== true) {
      const inner: unknown = last.items.at(-1);
      return isPair(inner) ? endOf(inner) : isNode(inner) ? inner.range?.[1] : last.range?.[1];
    }
    if (isNode(last)) return last.range?.[1];
  }
  const end = isNode(value) ? value.range?.[1] : undefined;
  const colon = colonOf(pair);
  return isNode(value) && value.range && value.range[0] === value.range[1] && colon !== undefined ? colon + 1 : end;
}

/** New text is written as JSON where the whole text is JSON: a flow mapping with keys in double quotes. */
function looksLikeJson(root: YAMLMap): boolean {
  const key = root.items[0]?.key;
  return isFlow(root) && isScalar(key) && key.type === 'QUOTE_DOUBLE';
}

function write(value: PlainValue, json: boolean): string {
  if (Array.isArray(value)) return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
  return typeof value === 'string' && !json ? value : JSON.stringify(value);
}

/** The mapping's own keys decide only where nothing is merged into it and nobody else refers to it. */
function checkMapping(map: YAMLMap, path: string): void {
  if (map.anchor) throw refuse(path, `it carries the anchor "&${map.anchor}"`);
  if (findPair(map, '<<') || map.items.some((pair) => typeof keyOf(pair) === 'symbol')) {
    throw refuse(path, 'a merge key "<<" puts values into it');
  }
}

/**
 * The splice that sets `path` (one or two keys) to `value`, touching no other byte. The value keeps its quoting;
 * a missing key gets a line of its own: in its alphabetical place where the mapping is sorted (as kubeadm writes it),
 * else at the end of the mapping.
 * @throws Failure `Invalid` where that cannot be done without guessing: anchor, alias, tag, merge key, block scalar.
 */
export function spliceToSet(text: string, root: YAMLMap, path: readonly [string, string?], value: PlainValue): Splice {
  const [first, second] = path;
  const json = looksLikeJson(root);
  checkMapping(root, 'the document');
  const top: Place = { text, map: root, opening: isFlow(root) ? (root.range?.[0] ?? 0) : -1 };
  if (second === undefined) return spliceInto(top, first, first, write(value, json), json);

  const pair = findPair(root, first);
  const name = `${first}.${second}`;
  const written = write(value, json);
  const asFlow = json ? `{${JSON.stringify(second)}: ${written}}` : `{${second}: ${written}}`;
  if (!pair) {
    if (isFlow(root)) return insertInFlow(top, first, asFlow, json);
    return insertLine(
      top,
      first,
      name,
      (indent, eol) => `${first}:${eol}${indent}${childIndent(text, root)}${second}: ${written}`,
    );
  }
  if (!isMap(pair.value)) return spliceInto(top, first, name, asFlow, json);
  checkMapping(pair.value, first);
  const opening = isFlow(pair.value) ? pair.value.range?.[0] : colonOf(pair);
  if (opening === undefined) throw refuse(name, 'it is written in the "? key" form');
  return spliceInto({ text, map: pair.value, opening }, second, name, written, json);
}

/** Sets a key of a mapping whose value is a scalar, an empty list or nothing at all. */
function spliceInto(place: Place, key: string, path: string, written: string, json: boolean): Splice {
  const pair = findPair(place.map, key);
  if (!pair) {
    if (isFlow(place.map)) return insertInFlow(place, key, written, json);
    return insertLine(place, key, path, () => `${key}: ${written}`);
  }
  const { value } = pair;
  if (isAlias(value)) throw refuse(path, `it is the alias "*${value.source}"`);
  if (!isNode(value) || !value.range) {
    // `{"mode"}` or `? mode`: a key without a colon.
    throw refuse(path, 'its key stands there without a colon');
  }
  if ('anchor' in value && value.anchor) throw refuse(path, `it carries the anchor "&${value.anchor}"`);
  if (value.tag) throw refuse(path, `it carries the tag "${value.tag}"`);
  const [start, end] = value.range;
  if (isSeq(value)) {
    if (value.items.length > 0 || value.flow !== true) throw refuse(path, 'it is a list that is not empty');
    // Inside the brackets, so that a comment in there stays.
    return { start: start + 1, end: start + 1, insert: written.slice(1, -1) };
  }
  if (!isScalar(value)) throw refuse(path, 'it is a mapping');
  if (start === end) {
    const colon = colonOf(pair);
    if (colon === undefined) throw refuse(path, 'its key stands there without a colon');
    return { start: colon + 1, end: colon + 1, insert: ` ${written}` };
  }
  return { start, end, insert: requote(value, path, written) };
}

function requote(old: Scalar, path: string, written: string): string {
  switch (old.type) {
    case 'QUOTE_DOUBLE':
      return written.startsWith('"') ? written : JSON.stringify(written);
    case 'QUOTE_SINGLE':
      return `'${written}'`;
    case 'BLOCK_FOLDED':
    case 'BLOCK_LITERAL':
      throw refuse(path, 'it is a block scalar');
    default:
      return written;
  }
}

/** Siblings in Go's order of keys, as `sigs.k8s.io/yaml` writes them. */
function predecessor(map: YAMLMap, key: string): Pair | undefined {
  const keys = map.items.map((pair) => String(keyOf(pair)));
  const sorted = keys.every((name, index) => index === 0 || (keys[index - 1] ?? '') <= name);
  return sorted ? map.items.findLast((pair) => String(keyOf(pair)) < key) : map.items.at(-1);
}

/** A new line of a block mapping, after the whole line on which the key before it ends. */
function insertLine(place: Place, key: string, path: string, lines: (indent: string, eol: string) => string): Splice {
  const { text, map } = place;
  const firstKey = startOf(map.items[0]?.key);
  if (firstKey === undefined) throw refuse(path, 'the mapping around it has no keys of its own');
  const indent = text.slice(text.lastIndexOf('\n', firstKey - 1) + 1, firstKey).replace('\uFEFF', '');
  if (indent.trim() !== '')
    throw refuse(path, `the first key of its mapping does not start a line (${JSON.stringify(indent)})`);
  const eol = /\r?\n/.exec(text)?.[0] ?? '\n';
  const before = predecessor(map, key);
  const end = before ? endOf(before) : place.opening;
  if (end === undefined) throw refuse(path, 'the end of the key before it cannot be found');
  if (end < 0) return { start: firstKey, end: firstKey, insert: `${lines(indent, eol)}${eol}${indent}` };
  const content = `${indent}${lines(indent, eol)}`;
  // A block scalar ends behind its last line break.
  const newline = text[end - 1] === '\n' ? end - 1 : text.indexOf('\n', end);
  if (newline === -1) return { start: text.length, end: text.length, insert: `${eol}${content}` };
  return { start: newline + 1, end: newline + 1, insert: `${content}${eol}` };
}

/** How far the first nested block mapping is indented, else two spaces. */
function childIndent(text: string, root: YAMLMap): string {
  const rootStart = startOf(root.items[0]?.key) ?? 0;
  const column = (offset: number) => offset - (text.lastIndexOf('\n', offset - 1) + 1);
  for (const { value } of root.items) {
    if (!isMap(value) || isFlow(value)) continue;
    const childStart = startOf(value.items[0]?.key);
    if (childStart !== undefined) return ' '.repeat(column(childStart) - column(rootStart));
  }
  return '  ';
}

/** A new entry at the end of a flow mapping, with the spacing of the entries before it. */
function insertInFlow(place: Place, key: string, written: string, json: boolean): Splice {
  const { text, map, opening } = place;
  const name = json ? JSON.stringify(key) : key;
  const [first, next] = map.items;
  const last = map.items.at(-1);
  const lastValue = isNode(last?.value) ? last.value : undefined;
  if (!first || !last) return { start: opening + 1, end: opening + 1, insert: `${name}: ${written}` };
  const at = lastValue?.range && lastValue.range[0] !== lastValue.range[1] ? lastValue.range[1] : endOf(last);
  if (at === undefined) throw refuse(key, 'the entry before it has no value');
  const spaceBefore = (pair: Pair | undefined) =>
    /\s*$/.exec(text.slice(opening + 1, startOf(pair?.key) ?? opening + 1))?.[0] ?? '';
  const lead = next ? spaceBefore(next) : spaceBefore(first);
  const colon = colonOf(first);
  const tight = json && colon !== undefined && startOf(first.value) === colon + 1;
  const separator = lead === '' && !tight ? ' ' : lead;
  return { start: at, end: at, insert: `,${separator}${name}:${tight ? '' : ' '}${written}` };
}
