import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Cores that a process may use, as Linux lists them: `0-3,8` (proc_pid_status(5), Cpus_allowed_list). */
export function coresIn(list: string): readonly number[] {
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}

function ownCores(): readonly number[] {
  if (process.platform !== 'linux') return [];
  const [, list] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return list === undefined ? [] : coresIn(list);
}

/**
 * The command that runs another command on one core, by chance, where `taskset` is installed.
 *
 * The allocator of `dynoxide` gives every small piece of memory back to the system, which interrupts all cores that run
 * one of its threads. As it handles one write at a time, a second core gains little: on two cores of a virtual machine
 * it took twice the processor time, and answered 1.5 times later.
 */
export function onOneCore(command: readonly string[], cores = ownCores()): readonly string[] {
  const core = cores[randomInt(Math.max(cores.length, 1))];
  if (core === undefined) return command;
  return ['/bin/sh', '-c', 'taskset -cp "$0" $$ >/dev/null 2>&1; exec "$@"', String(core), ...command];
}
