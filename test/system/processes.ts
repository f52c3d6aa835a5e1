import { existsSync, globSync, readFileSync, readlinkSync } from 'node:fs';

/** What Linux says about the processes of a local cloud: proc_pid_stat(5), proc_net(5). */

/** A file of `/proc`; empty if its process has ended. */
function readable(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}

const parentOf = (pid: number): number =>
  Number(
    readable(`/proc/${pid}/stat`)
      .replace(/^.*\) /s, '')
      .split(' ')[1],
  );

/** Ids of a process and of all that it has started. */
export function processesOf(first: number): readonly number[] {
  const all = globSync('[0-9]*', { cwd: '/proc' }).map(Number);
  const parents = new Map(all.map((pid) => [pid, parentOf(pid)]));
  const family = new Set([first]);
  for (let before = 0; before < family.size;) {
    before = family.size;
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid);
  }
  return [...family];
}

/** Whether a process has not ended. */
export const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}`);

/** The environment with which a process was started. */
export const environmentOf = (pid: number): string => readable(`/proc/${pid}/environ`);

/** IPv4 addresses are hexadecimal in the order of the processor's bytes. */
const addressOf = (hex: string): string =>
  (hex.match(/../g) ?? [])
    .toReversed()
    .map((byte) => parseInt(byte, 16))
    .join('.');

const listening = '0A';

/** `address:port` of the sockets at which processes accept connections or packets. */
export function openPorts(pids: readonly number[]): readonly string[] {
  const held = new Set(
    pids.flatMap((pid) => globSync('*', { cwd: `/proc/${pid}/fd` }).map((each) => linkOf(`/proc/${pid}/fd/${each}`))),
  );
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((protocol) =>
    readable(`/proc/net/${protocol}`)
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state = '', , , , , , inode = '']) => {
        const isOpen = protocol.startsWith('udp') || state === listening;
        return isOpen && held.has(`socket:[${inode}]`);
      })
      .map(([, place = '']) => {
        const [address = '', port = ''] = place.split(':');
        return `${address.length === 8 ? addressOf(address) : address}:${parseInt(port, 16)}`;
      }),
  );
}
