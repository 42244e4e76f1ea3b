import { Command } from 'commander';
import { currentUser, examples, outputOption, type TemporalOptions, withTemporal } from './options.ts';

export interface ByPersonOptions extends TemporalOptions {
  as: string;
  comment?: string;
  output: string;
}

const teach = {
  reject: 'Rejects the plan that waits for an approval: the run ends, and nothing was written.',
  pause:
    'Pauses a run between two steps. What has begun is finished, nothing new starts before resume; the cluster works ' +
    'with some nodes in the old mode and some in the new one.',
  resume: 'Lets a paused run go on.',
  abort:
    'Stops a run and leaves the cluster as it is then: the wave that has begun is finished, and the report lists the mode ' +
    'of every node. To undo what was done, use rollback.',
};

/** `reject`, `pause`, `resume` and `abort`: messages that say who, and why. */
export function byPersonCommand(name: keyof typeof teach): Command {
  const command = new Command(name)
    .argument('<cluster>', 'name of the cluster')
    .description(`${teach[name]} Exits with 1 and the reason where the run refuses it.`)
    .option('--as <name>', 'who says so', currentUser())
    .option('--comment <text>', 'why; kept in the report')
    .addOption(outputOption('table', 'json'))
    .addHelpText(
      'after',
      examples(
        `proxyshift ${name} prod-1`,
        `proxyshift ${name} prod-1 --as grace@example.com --comment "error rate is up"`,
      ),
    );
  return withTemporal(command).action(async (cluster: string, options: ByPersonOptions) => {
    const { sendByPerson } = await import('./actions/send.ts');
    process.exitCode = await sendByPerson(name, cluster, options);
  });
}
