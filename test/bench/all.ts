/**
 * `npm run bench [name …]`: prints the yardstick, measures what the `*.bench.ts` beside this file measure, one after
 * the other, and prints the figures as one table. Fails if a figure exceeds its bound. `--guard` measures what
 * `npm run test:all` watches.
 */
import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isWithinBound, row, type Benchmark, type Figure, type Guard } from './benchmark.ts';
import { measureYardstick } from './yardstick.ts';

const { values, positionals: wanted } = parseArgs({ options: { guard: { type: 'boolean' } }, allowPositionals: true });
const files = globSync('*.bench.ts', { cwd: import.meta.dirname }).sort();
const chosen = files.filter((file) => wanted.length === 0 || wanted.includes(file.replace('.bench.ts', '')));

const yardstick = await measureYardstick();
console.log(`Yardstick: one bare jwtVerify (ES256), p50: ${yardstick.toFixed(1)} µs`);

const figures: Figure[] = [];
for (const file of chosen) {
  const { default: measure, guard } = (await import(`./${file}`)) as { default: Benchmark; guard?: Guard };
  figures.push(...((await (values.guard === true ? guard : measure)?.()) ?? []));
}

console.table(figures.map((figure) => row(figure, yardstick)));
process.exitCode = figures.length > 0 && figures.every((figure) => isWithinBound(figure, yardstick)) ? 0 : 1;
