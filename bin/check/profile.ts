import { readFileSync, readdirSync } from 'node:fs';
import * as z from 'zod';

/** `CLK_TCK`, in which Linux counts times of processes: 100 on all platforms that npm installs Node for. */
const ticksPerSecond = 100;

/** Fields of `/proc/<id>/stat` behind the name of the program (proc(5)): the parent, and four times in ticks. */
const [parentField, timeFields] = [1, [11, 12, 13, 14]] as const;

type Process = { readonly id: string; readonly parent: string; readonly seconds: number };

function readProcess(id: string): Process | null {
  try {
    const fields = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const ticks = timeFields.reduce((sum, field) => sum + Number(fields[field]), 0);
    return { id, parent: fields[parentField] ?? '', seconds: ticks / ticksPerSecond };
  } catch {
    // It has ended since the folder was listed.
    return null;
  }
}

/**
 * Seconds for which processors worked for a process, for those that it started and theirs, and for those of them that
 * have ended. A process that left its parent is missing. 0 where there is no `/proc` (macOS).
 */
export function processorTime(root = process.pid): number {
  if (process.platform !== 'linux') return 0;
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const processes = all.flatMap((id) => readProcess(id) ?? []);
  const timeBelow = (id: string): number =>
    processes
      .filter(({ parent }) => parent === id)
      .reduce((sum, child) => sum + child.seconds + timeBelow(child.id), 0);
  return (processes.find(({ id }) => id === String(root))?.seconds ?? 0) + timeBelow(String(root));
}

/** Names the file that `test/support/profiled-runner.ts` writes a line of JSON to for each test file. */
export const profileVariable = 'TEST_PROFILE';

/** Seconds of the clock, and of processors. */
const Cost = z.object({ wall: z.number(), cpu: z.number() });
export type Cost = z.infer<typeof Cost>;

/**
 * What a test file costs its worker: loading its modules, set-up until its first test, and its tests with their end.
 * Files of a worker share modules, stores and clouds, which count for the first that needs them.
 */
export const FileProfile = z.object({ file: z.string(), load: Cost, setUp: Cost, tests: Cost });
export type FileProfile = z.infer<typeof FileProfile>;

const parts = ['load', 'setUp', 'tests'] as const;

const sumOf = (costs: readonly Cost[]): Cost => ({
  wall: costs.reduce((sum, { wall }) => sum + wall, 0),
  cpu: costs.reduce((sum, { cpu }) => sum + cpu, 0),
});

const cell = ({ cpu, wall }: Cost): string => `${cpu.toFixed(1).padStart(7)} ${wall.toFixed(1).padStart(7)}`;

/** The two first folders of a path. */
const folderOf = (file: string): string => file.split('/').slice(0, -1).slice(0, 2).join('/');

function row(name: string, files: readonly FileProfile[]): string {
  const costs = parts.map((part) => sumOf(files.map((file) => file[part])));
  return [sumOf(costs), ...costs].map(cell).join('  ').concat(`  ${name}`);
}

/**
 * A table of what test files cost: folders, then the files that cost most, in seconds of processors and of the clock.
 * @param written lines of JSON @param most files that are listed
 */
export function profileText(written: string, most: number): string {
  const files = written
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => FileProfile.parse(JSON.parse(line)));
  const costOf = (of: readonly FileProfile[]): number =>
    sumOf(of.flatMap(({ load, setUp, tests }) => [load, setUp, tests])).cpu;
  const folders = [...Map.groupBy(files, ({ file }) => folderOf(file))];
  const byCost = <Of>(all: readonly Of[], cost: (of: Of) => number) =>
    all.toSorted((one, other) => cost(other) - cost(one));
  return [
    ['all', 'load', 'set-up', 'tests'].map((name) => name.padEnd(15)).join('  '),
    Array.from({ length: 4 }, () => '    cpu    wall').join('  '),
    row(`all ${files.length} files`, files),
    ...byCost(folders, ([, of]) => costOf(of)).map(([folder, of]) => row(`${folder} (${of.length})`, of)),
    '',
    ...byCost(files, (file) => costOf([file]))
      .slice(0, most)
      .map((file) => row(file.file, [file])),
  ].join('\n');
}
