import { access, constants, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Failure } from '../../model/failure.ts';
import { quote } from '../../model/quote.ts';

/** Whether a file can be made there, asked before the work that fills it. @throws Failure `Invalid` */
export async function checkWritable(file: string): Promise<void> {
  const path = resolve(file);
  // Nothing is there yet, or it cannot be looked at: what follows says whether it can be written.
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw cannotWrite(file, 'it is a directory');
  await access(dirname(path), constants.W_OK).catch((error: unknown) => {
    throw cannotWrite(file, `its directory ${codeOf(error) === 'ENOENT' ? 'is not there' : 'cannot be written to'}`);
  });
}

/**
 * Writes a file as a whole: one that was there is replaced when all of the new one is written.
 * @throws Failure `Invalid` with the reason
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  await checkWritable(file);
  const path = resolve(file);
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(draft, text);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw cannotWrite(file, error instanceof Error ? error.message : String(error));
  }
}

function cannotWrite(file: string, why: string): Failure {
  return new Failure('Invalid', `The report cannot be written to ${quote(file)}: ${why}.`, {
    hint: 'Name another file with --out, or leave it out for standard output.',
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
