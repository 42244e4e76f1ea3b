import { Failure } from '../../model/failure.ts';

/** A platform in Go's words, which are also those of every vendor's download. */
export interface Platform {
  os: 'linux' | 'darwin';
  arch: 'amd64' | 'arm64';
}

/** The platform this process runs on. @throws Failure `Refused` on one that the rehearsal cannot run on. */
export function currentPlatform(os: string = process.platform, cpu: string = process.arch): Platform {
  const arch = cpu === 'x64' ? 'amd64' : cpu;
  if ((os !== 'linux' && os !== 'darwin') || (arch !== 'amd64' && arch !== 'arm64')) {
    throw new Failure('Refused', `The rehearsal cannot run on ${os}/${cpu}.`, {
      hint: 'It runs on Linux and macOS, on x64 and arm64. On Windows use WSL 2.',
    });
  }
  return { os, arch };
}
