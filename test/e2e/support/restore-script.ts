import { execFile } from 'node:child_process';
import { resolveBinaries } from '../../../src/rehearsal/binaries/resolve.ts';
import type { RehearsalCluster } from '../../../src/rehearsal/cluster.ts';

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** As a person does it: takes restore.sh out of a snapshot with kubectl and pipes it into a POSIX shell. */
export async function runRestoreScript(
  { context }: Pick<RehearsalCluster, 'context'>,
  { kubeconfig, snapshot, env = {} }: { kubeconfig: string; snapshot: string; env?: NodeJS.ProcessEnv },
): Promise<Ended> {
  const { kubectl } = await resolveBinaries(['kubectl']);
  const command = `"${kubectl}" -n kube-system get configmap ${snapshot} -o jsonpath='{.data.restore\\.sh}' | sh`;
  const { PATH } = process.env;
  return await new Promise((resolve) => {
    execFile(
      'sh',
      ['-c', command],
      // Nothing that would lead to a Temporal or to a clusters file.
      {
        env: {
          PATH,
          HOME: '/nonexistent',
          KUBECONFIG: kubeconfig,
          KUBECTL: kubectl,
          CONTEXT: context,
          SETTLE: '1',
          ...env,
        },
      },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
      },
    );
  });
}
