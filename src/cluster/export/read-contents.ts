import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { Failure } from '../../model/failure.ts';
import { describeFault, plainData } from '../yaml-faults.ts';

/** How a file of an export is made. */
export const EXPORT_HINT = 'Export with `kubectl get KIND -A -o yaml`; a table, or -o name, cannot be read.';

/**
 * What the YAML documents of a file hold, without the empty ones. kubectl writes no aliases, so none are read: nothing in
 * it can hold itself.
 * @throws Failure `Invalid`, naming the file and the place in it: no file, no text, not YAML
 */
export async function readContents(directory: string, name: string): Promise<unknown[]> {
  const text = await readText(directory, name);
  const documents = parseAllDocuments(text, { prettyErrors: true, logLevel: 'error' });
  // An empty stream is no array of documents.
  if (!Array.isArray(documents)) return [];
  const details = { hint: EXPORT_HINT };
  const [fault] = documents.flatMap(({ errors }) => errors);
  if (fault) {
    const [at] = fault.linePos ?? [];
    const place = at ? ` (line ${at.line}, column ${at.col})` : '';
    const what = describeFault(fault, text);
    throw new Failure('Invalid', `${name} of the export is not valid YAML: ${what}${place}`, details);
  }
  return documents
    .map((document) => plainData(document, { what: `${name} of the export`, aliases: false, details }))
    .filter((content) => content !== null);
}

async function readText(directory: string, name: string): Promise<string> {
  const bytes = await readFile(join(directory, name)).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'EISDIR' ? 'it is a folder' : (error.code ?? 'unknown error');
    throw new Failure('Invalid', `${name} of the export cannot be read: ${why}`, {
      hint: 'An export is one folder with a file for each kind.',
    });
  });
  const text = bytes.toString('utf8');
  if (isUtf8(bytes) && !text.includes('\0')) return text;
  throw new Failure('Invalid', `${name} of the export is not text in UTF-8`, {
    hint: 'Unpack what is packed. ">" of Windows PowerShell 5 writes UTF-16: there, use "| Out-File -Encoding utf8".',
  });
}
