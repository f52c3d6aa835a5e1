import { adminPassword, connect, logIn, outputsFileIn, startCloud } from './cloud.ts';

/** Of one machine, on which all system tests call at once. */
const rates = { RATE_LIMIT_SCALE: '20' };

/**
 * Starts the cloud that all system tests share, unless `OUTPUTS` already names a deployment, and logs its operator in
 * once for all of them; answers how to stop it.
 */
export default async function setUp(): Promise<(() => Promise<void>) | undefined> {
  const started = process.env['OUTPUTS'] === undefined ? await startCloud(rates) : undefined;
  if (started !== undefined) process.env['OUTPUTS'] = outputsFileIn(started.dataDir);
  process.env['ADMIN_PASSWORD'] = adminPassword;
  process.env['OPERATOR_TOKEN'] = await logIn(connect(), 'admin', adminPassword);
  return started?.stop;
}
