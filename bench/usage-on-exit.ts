/** Preloaded into a process that is measured (`node --import`): writes what it used into $BENCH_USAGE_FILE at its end. */
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  const file = process.env.BENCH_USAGE_FILE;
  if (!file) return;
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  // maxRSS is in KiB, CPU times are in µs.
  const usage = { maxRssMiB: Math.round(maxRSS / 1024), cpuMs: Math.round((userCPUTime + systemCPUTime) / 1000) };
  writeFileSync(file, JSON.stringify(usage));
});
