/**
 * Text as a paragraph shows it: what would be read as HTML or emphasis (`node.<name>`, `kube-proxy-*`) is escaped; code
 * between back-ticks stays code.
 */
export function prose(text: string): string {
  return text
    .split(/(`[^`\n]+`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/[<*_]/g, (sign) => `\\${sign}`)))
    .join('');
}

/** A fenced block, its fence longer than any in the text. */
export function fenced(language: string, text: string): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, ...text.trimEnd().split('\n'), fence];
}

/** Lines of a table; a cell may hold anything. Empty where there are no rows. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

/** A heading of the second level and its lines, with air around; nothing where there are no lines. */
export function section(name: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? ['', `## ${name}`, '', ...lines] : [];
}

/** Lines as a document: never two empty ones in a row, and a line break at the end. */
export function document(lines: readonly string[]): string {
  return `${lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}

/** A sentence begins with a capital. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
