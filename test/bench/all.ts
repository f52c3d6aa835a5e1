/**
 * `npm run bench [name …]`: measures what the `*.bench.ts` beside this file measure, one after the other, and prints
 * the figures as one table. Fails where a figure does not hold.
 */
import { globSync } from 'node:fs';
import { holds, row, type Benchmark, type Figure } from './benchmark.ts';

const wanted = process.argv.slice(2);
const files = globSync('*.bench.ts', { cwd: import.meta.dirname }).sort();
const chosen = files.filter((file) => wanted.length === 0 || wanted.includes(file.replace('.bench.ts', '')));

const figures: Figure[] = [];
for (const file of chosen) {
  const { default: measure } = (await import(`./${file}`)) as { default: Benchmark };
  figures.push(...(await measure()));
}

console.table(figures.map(row));
process.exitCode = figures.length > 0 && figures.every(holds) ? 0 : 1;
