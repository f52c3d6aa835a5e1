import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** A file system of its own in memory (tmpfs), which can be full. Needs root. */
export function smallDisk(folder: string, megabytes: number): Disposable & { fill(): void; free(): void } {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `mode=700,size=${megabytes}m`, 'tmpfs', folder]);
  // The last bytes need small writes.
  const fillers = [65_536, 512].map((size) => ({ file: join(folder, `filler-${size}`), size }));
  return {
    fill: () => {
      for (const { file, size } of fillers)
        // It ends when the disk is full.
        execFileSync('sh', ['-c', `dd if=/dev/zero of=${file} bs=${size} 2>/dev/null || true`]);
    },
    free: () => {
      execFileSync('rm', ['-f', ...fillers.map(({ file }) => file)]);
    },
    [Symbol.dispose]: () => {
      execFileSync('umount', ['-l', folder]);
    },
  };
}
