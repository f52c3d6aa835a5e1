/**
 * `npm run bench [name …]`: prints the yardstick, measures what the `*.bench.ts` beside this file measure, one after
 * the other, and prints the figures as one table. Fails if a figure exceeds its bound. `--guard` measures
 * only the guards, as the nightly workflow does.
 */
import { globSync } from 'node:fs';
import * as z from 'zod';
import { argumentsOf, command } from '#bin/command-line/command.ts';
import { isWithinBound, row, type Benchmark, type Figure, type Guard } from './benchmark.ts';
import { measureYardstick } from './yardstick.ts';

export const tool = command({
  name: 'bench',
  purpose: 'Measures speed against alternatives on this machine. Fails if a figure exceeds its bound.',
  arguments: { name: z.array(z.string()).default([]).describe('of benchmarks; without one, all') },
  options: {
    guard: z.boolean().default(false).describe('only the guards: costs relative to peers, and to other sizes'),
  },
});

if (import.meta.main) {
  const { name: wanted, guard: isGuard } = argumentsOf(tool);
  const files = globSync('*.bench.ts', { cwd: import.meta.dirname }).sort();
  const chosen = files.filter((file) => wanted.length === 0 || wanted.includes(file.replace('.bench.ts', '')));

  const yardstick = await measureYardstick();
  console.log(`Yardstick: one bare jwtVerify (ES256), p50: ${yardstick.toFixed(1)} µs`);

  const figures: Figure[] = [];
  for (const file of chosen) {
    const { default: measure, guard } = (await import(new URL(file, import.meta.url).href)) as {
      default: Benchmark;
      guard?: Guard;
    };
    figures.push(...((await (isGuard ? guard : measure)?.()) ?? []));
  }

  console.table(figures.map((figure) => row(figure, yardstick)));
  process.exitCode = figures.length > 0 && figures.every((figure) => isWithinBound(figure, yardstick)) ? 0 : 1;
}
