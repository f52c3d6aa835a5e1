import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * What a run of tests leaves among temporary files, be it of a program that it used, lies in one folder and goes with
 * it.
 */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-tests-'));
  // Some of those programs run as another user.
  chmodSync(folder, 0o755);
  process.env['TMPDIR'] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
