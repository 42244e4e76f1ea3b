import { Command, InvalidArgumentError, Option } from 'commander';
import { currentUser, examples, outputOption, type TemporalOptions, timeSpan, withTemporal } from './options.ts';

export interface ApproveOptions extends TemporalOptions {
  planHash?: string;
  as: string;
  comment?: string;
  signWith?: string;
  gate?: 'plan' | 'canary';
  /** ms. */
  expires: number;
  output: string;
}

const STANDARD_EXPIRY = { ms: 3_600_000, text: '1h' };
/** A week: the most that a run accepts (`LONGEST_APPROVAL_MS`). Not imported, since zod would slow down `--help`. */
const LONGEST_EXPIRY_MS = 7 * 24 * 3_600_000;

function expiry(text: string): number {
  const ms = timeSpan(text);
  if (ms <= 0 || ms > LONGEST_EXPIRY_MS) throw new InvalidArgumentError('Expected more than 0, and at most 168h.');
  return ms;
}

export function approveCommand(): Command {
  const command = new Command('approve')
    .argument('<cluster>', 'name of the cluster')
    .description(
      'Approves the plan of a run: once as many people have as the cluster asks for, it is changed. The approval names ' +
        'the hash of the plan that was read, so that no other plan can slip in; the approver is not the requester, and is ' +
        'on the list of the cluster where it has one. Exits with 1 and the reason where the run refuses the approval.\n\n' +
        'Where the cluster requires signed approvals, --sign-with names an SSH key that the worker has in its list of ' +
        'allowed signers for the name given with --as. What is signed holds for this plan, this run and this cluster ' +
        'only, and until it expires. ssh-keygen makes the signature, and asks for the passphrase where the key has one.\n\n' +
        'A cluster with the gate "canary" asks once more after the canary node: the same people, by the same rules, approve ' +
        'that the run goes on. At a terminal this is asked; elsewhere --gate canary says that it is meant.',
    )
    .option(
      '--plan-hash <hash>',
      'the plan that is approved, or its first 12 or more digits (default: show it and ask)',
    )
    .option('--as <name>', 'who approves', currentUser())
    .addOption(new Option('--gate <gate>', 'what is approved (default: plan)').choices(['plan', 'canary']))
    .option('--comment <text>', 'kept in the report')
    .option('--sign-with <key>', 'sign with this SSH key: a private key, or the public key of one in ssh-agent')
    .addOption(
      new Option(
        '--expires <time>',
        'how long a signed approval holds: it has to until the run has begun; 168h at most',
      )
        .argParser(expiry)
        .default(STANDARD_EXPIRY.ms, STANDARD_EXPIRY.text),
    )
    .addOption(outputOption('table', 'json'))
    .addHelpText(
      'after',
      examples(
        'proxyshift approve prod-1                    shows the plan and asks',
        'proxyshift approve prod-1 --plan-hash 3f2a9c1b77d0 --as grace@example.com --comment CHG-1234',
        'proxyshift approve prod-1 --as grace@example.com --sign-with ~/.ssh/id_ed25519 --expires 8h',
        'proxyshift approve prod-1 --plan-hash 3f2a9c1b77d0 --gate canary',
      ),
    );
  return withTemporal(command).action(async (cluster: string, options: ApproveOptions) => {
    const { approve } = await import('./actions/approve.ts');
    process.exitCode = await approve(cluster, options);
  });
}
