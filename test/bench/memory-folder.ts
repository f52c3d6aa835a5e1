import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const memoryDisk = '/dev/shm';

/**
 * Where a store waits for no disk, where there is such a place: DynamoDB is none of this machine's disks, which others
 * use as well.
 */
export const memoryFolder = (): string => (existsSync(memoryDisk) ? memoryDisk : tmpdir());
