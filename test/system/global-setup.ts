import { adminPassword, connect, newOperator, outputsFileIn, startCloud } from './cloud.ts';
import { nameServerOnDemand } from './name-server.ts';
import { choosePeers } from './run-peers.ts';
import { serveWorkers } from './setup-services.ts';
import { cloudsOnDemand } from './shared-clouds.ts';

/** Requests of one machine, on which all system tests run concurrently, and receivers of webhooks on it. */
const settings = { RATE_LIMIT_SCALE: '20', OUTBOUND_ALLOW_PRIVATE: '1', SALESFORCE_HOSTS: 'localhost' };

/**
 * Starts the cloud that all system tests share, unless `OUTPUTS` names a deployment, and logs in its operator once for
 * all of them. Others that tests share start when the first of them asks for it.
 * @returns a function that stops them
 */
export default async function setUp(): Promise<(() => Promise<void>) | undefined> {
  const { peers, environment, remove } = choosePeers();
  const started = process.env['OUTPUTS'] === undefined ? await startCloud({ ...settings, ...environment }) : undefined;
  if (started !== undefined) process.env['OUTPUTS'] = outputsFileIn(started.dataDir);
  process.env['ADMIN_PASSWORD'] = adminPassword;
  process.env['OPERATOR_TOKEN'] = await newOperator(connect());
  const others = cloudsOnDemand(environment);
  const nameServer = nameServerOnDemand(peers.nameServer);
  const stopServing = await serveWorkers({ ...others.services, 'name-server': nameServer.serve });
  return async () => {
    stopServing();
    await Promise.all([started?.stop(), others.stop(), nameServer.stop()]);
    remove();
  };
}
