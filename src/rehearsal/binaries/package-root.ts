import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The folder of proxyshift's own package.json, from wherever this module runs: `src/` in a checkout, `dist/` in the
 * published package. `tools/` and `src/rehearsal/crds/` are beside it in both.
 */
export function packageRoot(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new Error(`no package.json in ${from} or above it`);
  }
}
