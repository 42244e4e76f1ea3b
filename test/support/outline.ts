import { type DefaultTreeAdapterTypes, parse } from 'parse5';

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

/** A document as a browser's parser sees it. */
export class ParsedDocument {
  readonly elements: readonly Element[];

  constructor(text: string) {
    this.elements = elementsIn(parse(text));
  }

  named(...names: string[]): Element[] {
    return this.elements.filter(({ tagName }) => names.includes(tagName));
  }

  byId(id: string): Element {
    const found = this.elements.filter((element) => attribute(element, 'id') === id);
    if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} elements have the id ${id}`);
    return found[0];
  }

  /** Headings with their level: `2 Timeline`. */
  get headings(): string[] {
    return this.named('h1', 'h2', 'h3', 'h4').map((element) => `${element.tagName.slice(1)} ${textOf(element)}`);
  }
}

export function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((candidate) => candidate.name === name)?.value;
}

/** The text inside, with white space as it is shown. */
export function textOf(node: Node): string {
  return rawText(node).replace(/\s+/g, ' ').trim();
}

/** Elements inside of it, in the order of the document. */
export function elementsIn(node: Node): Element[] {
  const children = 'childNodes' in node ? node.childNodes : [];
  return children.flatMap((child) => [...('tagName' in child ? [child] : []), ...elementsIn(child)]);
}

function rawText(node: Node): string {
  if ('value' in node) return node.value;
  return 'childNodes' in node ? node.childNodes.map(rawText).join('') : '';
}
