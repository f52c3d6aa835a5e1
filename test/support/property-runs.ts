/**
 * Runs of a property test: `count` in unit tests, and `RUNS` times as many with that variable, where a search may take
 * its time. Each property names the count with which it has found planted faults.
 */
export const runs = (count: number): number => count * Number(process.env['RUNS'] ?? 1);
