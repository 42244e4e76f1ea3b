#!/usr/bin/env node
/**
 * The command line. A command is loaded only when it is asked for, and a command loads what it needs only when it
 * runs: `--help` imports nothing but commander.
 */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { colorsFor } from './cli/colors.ts';
import { reportError } from './cli/errors.ts';
import { packageVersion } from './cli/package-version.ts';

/** Exit code of bad arguments; the same number as model/outcome.ts has, which `--help` has no need to load. */
const BAD_ARGUMENTS = 2;

interface Entry {
  summary: string;
  load: () => Promise<Command>;
}

const commands: Record<string, Entry> = {
  check: entry('look at a cluster: can it be migrated?', async () => (await import('./cli/check.ts')).checkCommand()),
  start: entry('ask for the migration of a cluster', async () => (await import('./cli/start.ts')).startCommand()),
  status: entry('show where a run is', async () => (await import('./cli/status.ts')).statusCommand()),
  plan: entry('show what a run is going to change, or would', async () =>
    (await import('./cli/plan.ts')).planCommand(),
  ),
  approve: entry('approve the plan of a run', async () => (await import('./cli/approve.ts')).approveCommand()),
  reject: entry('reject the plan: nothing is written', async () =>
    (await import('./cli/by-person.ts')).byPersonCommand('reject'),
  ),
  confirm: entry('say that what only a person can do was done', async () =>
    (await import('./cli/confirm.ts')).confirmCommand(),
  ),
  pause: entry('start nothing new until resume', async () =>
    (await import('./cli/by-person.ts')).byPersonCommand('pause'),
  ),
  resume: entry('go on after a pause', async () => (await import('./cli/by-person.ts')).byPersonCommand('resume')),
  abort: entry('stop and leave the cluster as it is', async () =>
    (await import('./cli/by-person.ts')).byPersonCommand('abort'),
  ),
  rollback: entry('undo everything, also after the end, and verify it', async () =>
    (await import('./cli/rollback.ts')).rollbackCommand(),
  ),
  report: entry('what was seen and done, node by node', async () => (await import('./cli/report.ts')).reportCommand()),
  restore: entry('put back what a run has found, without Temporal', async () =>
    (await import('./cli/restore.ts')).restoreCommand(),
  ),
  forget: entry('remove the snapshots that runs left in a cluster', async () =>
    (await import('./cli/forget.ts')).forgetCommand(),
  ),
  probe: entry('watch whether traffic flows', async () => (await import('./cli/probe.ts')).probeCommand()),
  notify: entry('try the receivers of notifications', async () => (await import('./cli/notify.ts')).notifyCommand()),
  worker: entry('run the worker that does the work', async () => (await import('./cli/worker.ts')).workerCommand()),
  rehearse: entry('try it all on a simulated cluster', async () =>
    (await import('./cli/rehearse.ts')).rehearseCommand(),
  ),
};

function entry(summary: string, load: () => Promise<Command>): Entry {
  return { summary, load };
}

async function main(args: string[]): Promise<void> {
  // A quarter of a second less for a command that loads Temporal's SDK. Not in Node's own place, which is in a folder
  // that other users can write to; where this one cannot be written, Node goes on without.
  enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'proxyshift', 'node'));
  const colors = colorsFor(process.stdout);
  const program = new Command('proxyshift')
    .description(
      'Moves a live Kubernetes cluster from kube-proxy ipvs to nftables, and its Calico with it, as one approved and ' +
        'reversible Temporal workflow. Nothing is written before a person approves the plan.',
    )
    .version(packageVersion())
    .showHelpAfterError('Run with --help to see what is possible.')
    .exitOverride()
    .configureHelp({ styleTitle: (text) => colors.bold(text), styleCommandText: (text) => colors.cyan(text) })
    .addHelpText(
      'after',
      `
Examples:
  proxyshift rehearse                          try the whole migration on a simulated cluster first
  proxyshift check prod-1                      can it be migrated, and what would people notice?
  proxyshift start prod-1 --requester ada      look at the cluster and make the plan
  proxyshift approve prod-1 --as grace         read the plan, then let it begin
  proxyshift status prod-1 --watch             follow it to its end

Exit codes of a command that waits for the end of a run:
  0  migrated, or nothing to do    1  blocked, or the message was refused    2  could not run
  3  rolled back    4  rejected or expired    5  aborted    6  the rollback waits for a person
Of check and plan --dry-run: 0  nothing in the way    1  blockers    2  could not check

Temporal is found by TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_* or a profile of
Temporal's configuration file (TEMPORAL_PROFILE); PROXYSHIFT_DEBUG=1 adds stack traces to errors.`,
    );

  const words = args.filter((arg) => !arg.startsWith('-'));
  const asked = words[0] === 'help' ? words[1] : words[0];
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = name === asked ? await load() : new Command(name);
    program.addCommand(command.summary(summary).copyInheritedSettings(program));
    for (const part of command.commands) part.copyInheritedSettings(command);
  }
  await program.parseAsync(args, { from: 'user' });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  // commander has printed its message already; `--help` and `--version` come here with code 0.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : BAD_ARGUMENTS;
  else process.exitCode = await reportError(error);
}
