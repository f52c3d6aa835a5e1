import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds of a tick of `/proc/<pid>/stat`: 100 a second on all Linux of today (proc_pid_stat(5)). */
const tick = 10;

type Process = { readonly pid: string; readonly parent: string; readonly cpu: number };

/** A process and its descendants. */
function treeOf(root: number): readonly Process[] {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(processOf);
  const isIn = ({ pid, parent }: Process): boolean => {
    const above = processes.find((each) => each.pid === parent);
    return pid === String(root) || (above !== undefined && isIn(above));
  };
  return processes.filter(isIn);
}

/** Keeps a process, its descendants and those that they start on some cores: `0`, `0-3`. */
export function pinTree(root: number, cores: string): void {
  for (const { pid } of treeOf(root)) spawnSync('taskset', ['-a', '-c', '-p', cores, pid]);
}

/**
 * Milliseconds of CPU of a process and its descendants, by their command lines. Those that have ended count for their
 * parents.
 */
export const cpuOfTree = (root: number): ReadonlyMap<string, number> =>
  new Map(treeOf(root).map(({ pid, cpu }) => [`${pid} ${read(pid, 'cmdline').replaceAll('\0', ' ')}`, cpu]));

/** The fields after the name of the program, which may have spaces (proc_pid_stat(5)). */
function processOf(pid: string): Process {
  const [, parent = '', ...fields] = read(pid, 'stat')
    .replace(/^.*\) /s, '')
    .trim()
    .split(' ');
  const [own = 0, system = 0, children = 0, ofChildren = 0] = fields.slice(9, 13).map(Number);
  return { pid, parent, cpu: (own + system + children + ofChildren) * tick };
}

/** Empty if the process has ended. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
