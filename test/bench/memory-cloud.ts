import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startCloud, type OwnCloud } from '../system/cloud.ts';
import { memoryFolder } from './memory-folder.ts';

/**
 * A Trunkline without rate limits that keeps its data where no disk is waited for: what is measured of it is its own.
 */
export async function memoryCloud(env: NodeJS.ProcessEnv = {}): Promise<OwnCloud> {
  const folder = mkdtempSync(join(memoryFolder(), 'trunkline-bench-'));
  const cloud = await startCloud({ ...env, RATE_LIMIT_SCALE: '1000', DATA_DIR: folder });
  return { ...cloud, stop: () => cloud.stop().finally(() => rmSync(folder, { recursive: true })) };
}
