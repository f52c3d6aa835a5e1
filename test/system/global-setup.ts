import { adminPassword, outputsFileIn, startCloud } from './cloud.ts';

/** Starts the cloud that all system tests share, unless `OUTPUTS` already names a deployment; answers how to stop it. */
export default async function setUp(): Promise<(() => Promise<void>) | undefined> {
  if (process.env['OUTPUTS'] !== undefined) return undefined;
  const cloud = await startCloud();
  process.env['OUTPUTS'] = outputsFileIn(cloud.dataDir);
  process.env['ADMIN_PASSWORD'] = adminPassword;
  return cloud.stop;
}
