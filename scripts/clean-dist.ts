import { rm } from 'node:fs/promises';

// What was removed from src/ must not stay in dist/.
await rm(new URL('../dist', import.meta.url), { recursive: true, force: true });
