/**
 * Adds to package-lock.json the packages of other platforms that npm left out, because the registry in use does not
 * serve them or because node_modules was there (npm/cli#4828). `npm ci` refuses a lockfile without them.
 *
 *     npm run lockfile
 */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const lockfileSchema = z.looseObject({
  packages: z.record(
    z.string(),
    z.looseObject({ dev: z.boolean().optional(), optionalDependencies: z.record(z.string(), z.string()).optional() }),
  ),
});
/** As in `@swc/core-linux-x64-musl`: such packages are for one platform, and named for it. */
const platformName =
  /-(?<os>android|darwin|freebsd|linux|win32)-(?<cpu>arm64|arm|ia32|ppc64|riscv64|s390x|x64)(?:-(?<abi>\w+))?$/;

const path = new URL('../package-lock.json', import.meta.url);
const lockfile = lockfileSchema.parse(JSON.parse(await readFile(path, 'utf8')));
const { packages } = lockfile;

const added: string[] = [];
for (const { dev, optionalDependencies = {} } of Object.values(packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const key = `node_modules/${name}`;
    const platform = platformName.exec(name)?.groups;
    if (key in packages || platform === undefined || !/^\d/.test(version)) continue;
    const { os, cpu, abi } = platform;
    const libc = abi === 'musl' ? { libc: ['musl'] } : {};
    packages[key] = { version, cpu: [cpu], ...(dev ? { dev } : {}), ...libc, optional: true, os: [os] };
    added.push(name);
  }
}
lockfile.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
await writeFile(path, `${JSON.stringify(lockfile, null, 2)}\n`);
console.error(added.length === 0 ? 'package-lock.json is complete' : `added: ${added.join(', ')}`);
