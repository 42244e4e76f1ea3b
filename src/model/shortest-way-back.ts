/**
 * A node may take at least this long on the way back (ms): a limit that was too short on the way there must not keep it
 * from coming back.
 */
export const SHORTEST_WAY_BACK_MS = 5 * 60_000;
