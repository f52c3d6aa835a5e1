import { readdirSync, readFileSync } from 'node:fs';

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
