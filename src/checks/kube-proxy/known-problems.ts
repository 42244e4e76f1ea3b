/** A defect of kube-proxy that a patch release mends. */
export interface KnownProblem {
  /** Issue or pull request that tells of it. */
  id: string;
  /** On the way to nftables, or for who goes back to ipvs. */
  matters: 'forward' | 'rollback';
  /** The versions that have it, as a range of semver. */
  affected: string;
  /** The first releases without it; absent where there will be none. */
  fixed?: readonly string[];
  /** What one would notice, as the end of a sentence that begins with `kube-proxy v1.34.1`. */
  impact: string;
  /** Only with Services whose names are this long and more: characters of `namespace/name`. */
  nameLength?: number;
}

/**
 * The known problems that concern a migration and that no check of its own looks at. Others: PXS030 (#136786), PXS055
 * (#134024). Read in the changelogs and sources of kube-proxy 1.31.14 to 1.37.2.
 */
export const knownProblems: readonly KnownProblem[] = [
  {
    // The comment of an element is `namespace/name:port`; the kernel takes 128 bytes. Port names have up to 15.
    id: 'kubernetes/kubernetes#139516',
    matters: 'forward',
    affected: '<1.37.0',
    fixed: ['1.37.0'],
    impact: 'may fail every sync in nftables mode for Services with long names',
    nameLength: 112,
  },
  {
    // #135631; backports #136122 (1.35.1) and #136123 (1.34.4).
    id: 'kubernetes/kubernetes#136122',
    matters: 'rollback',
    affected: '>=1.34.0 <1.34.4 || 1.35.0',
    fixed: ['1.34.4', '1.35.1'],
    impact: 'does not check its rules regularly in ipvs mode any more, which matters after a rollback',
  },
  {
    // KEP-5495: the feature gate KubeProxyIPVS is off by default from 1.40.
    id: 'kubernetes/enhancements#5495',
    matters: 'rollback',
    affected: '>=1.40.0',
    impact: 'does not start in ipvs mode unless feature gate KubeProxyIPVS is on, which a rollback would need',
  },
];
