import semver from 'semver';
import { parseCalicoVersion } from './versions.ts';

/** What of a cluster decides whether a known issue touches it, where that can be read. */
export type IssueCondition = 'newer-host-nft' | 'nat-port-range' | 'spaced-log-prefix' | 'native-nft-tool';

/** A known problem of Calico's nftables dataplane. */
export interface KnownIssue {
  /** Issue or pull request of github.com/projectcalico/calico. */
  ref: string;
  /** What goes wrong, as a part of a sentence. */
  problem: string;
  /** The first version that has it; absent: every one with an nftables dataplane. */
  since?: string;
  /** The first version without it, of each minor that got the fix. A minor that is not named never got it. */
  fixed: readonly [string, ...string[]];
  /** Absent: it may touch any cluster, since what decides (policies, network sets) is not read. */
  when?: IssueCondition;
}

/**
 * Sources: the pull requests named, and the tags of projectcalico/calico that contain their commits (looked up up to
 * 3.31.7, 3.32.1 and the branches release-v3.32 and release-v3.33 of August 2026).
 */
export const knownIssues: readonly KnownIssue[] = [
  {
    // Patched nft in node/Dockerfile: pull requests 12660 and its picks; v3.32.0 has that of its base image.
    ref: 'calico#11750',
    problem: 'its nft crashes on sets that a newer nft of the node wrote, so that Felix cannot program nftables',
    fixed: ['3.31.6', '3.32.1'],
    when: 'newer-host-nft',
  },
  {
    // Pull request 12671. One report says that 3.32.1 still shows it.
    ref: 'calico#12851',
    problem: 'Felix panics in nftablesMode Auto where members of an IP set overlap ("Failed to update IP sets")',
    since: '3.32.0',
    fixed: ['3.32.1'],
  },
  {
    // Pull requests 13274, 13441 (3.31) and 13444 (3.32).
    ref: 'calico#13441',
    problem: 'an IP set with overlapping networks may fail to program after one of them was removed',
    fixed: ['3.31.7', '3.32.2'],
  },
  {
    // Pull requests 13275, 13442 (3.31) and 13445 (3.32).
    ref: 'calico#13442',
    problem: 'IP sets may come back without their members after something else has deleted the table of Calico',
    fixed: ['3.31.7', '3.32.2'],
  },
  {
    // Pull requests 10936 and 10939 (3.30), issue 10872.
    ref: 'calico#10939',
    problem: 'base chains stay empty after something else has flushed the ruleset (`nft flush ruleset`)',
    fixed: ['3.30.4', '3.31.0'],
  },
  {
    // Pull requests 11736, 11740 (3.30) and 11741 (3.31).
    ref: 'calico#11736',
    problem: 'natPortRange is rendered in a form that nft refuses',
    fixed: ['3.30.7', '3.31.4', '3.32.0'],
    when: 'nat-port-range',
  },
  {
    ref: 'calico#11558',
    problem: 'Felix panics on a log prefix with spaces where a policy has the action Log',
    fixed: ['3.31.4', '3.32.0'],
    when: 'spaced-log-prefix',
  },
  {
    // Pull requests 13328 and 13579 (3.33). The clean-up of the other mode's rules, which runs into it, came with 3.31.0.
    ref: 'calico#13263',
    problem: 'Felix panics while another tool has native nft rules in the tables filter, nat, mangle or raw of a node',
    since: '3.31.0',
    fixed: ['3.33.0'],
    when: 'native-nft-tool',
  },
];

/** The known issues that a version has. @throws Failure `Invalid`: not a version */
export function issuesOf(calicoVersion: string): KnownIssue[] {
  const version = parseCalicoVersion(calicoVersion);
  return knownIssues.filter(({ since, fixed }) => {
    if (since !== undefined && semver.lt(version, since)) return false;
    const sameLine = fixed.find((fix) => semver.minor(fix) === version.minor);
    if (sameLine !== undefined) return semver.lt(version, sameLine);
    return version.minor < Math.max(...fixed.map((fix) => semver.minor(fix)));
  });
}

/** `calico#13441 (an IP set …; fixed in 3.31.7, 3.32.2)`. */
export function describeIssue({ ref, problem, fixed }: KnownIssue): string {
  return `${ref} (${problem}; fixed in ${fixed.join(', ')})`;
}
