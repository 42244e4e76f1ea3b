/** From one moment to another, or to `now` (ms since the epoch) where it has not ended. */
export function between(startedAt: string, endedAt: string | undefined, now: number): number {
  return (endedAt === undefined ? now : Date.parse(endedAt)) - Date.parse(startedAt);
}
