/**
 * The pinned versions, in one place. `tools/<module>/go.mod` holds the same numbers (a test keeps them in step); a bump
 * here changes the path in the cache, so an old file is never taken for a new one.
 */
export const versions = {
  temporal: '1.8.2',
  kubernetes: '1.35.4',
  etcd: '3.6.6',
  kwok: '0.8.0',
} as const;
