import { adminPassword, connect, logIn, outputsFileIn, startCloud, type Cloud } from './cloud.ts';

/** Requests of one machine, on which all system tests run concurrently, and receivers of webhooks on it. */
const settings = { RATE_LIMIT_SCALE: '20', OUTBOUND_ALLOW_PRIVATE: '1' };

/**
 * Starts the cloud that all system tests share, unless `OUTPUTS` names a deployment, and logs in its operator once for
 * all of them.
 * @returns a function that stops it
 */
export default async function setUp(): Promise<(() => Promise<void>) | undefined> {
  const started = process.env['OUTPUTS'] === undefined ? await startCloud(settings) : undefined;
  if (started !== undefined) process.env['OUTPUTS'] = outputsFileIn(started.dataDir);
  process.env['ADMIN_PASSWORD'] = adminPassword;
  process.env['OPERATOR_TOKEN'] = await ownOperator(connect());
  return started?.stop;
}

/** Token of an operator of the tests: `admin` has few sessions, and log-in tests use them. */
async function ownOperator(cloud: Cloud): Promise<string> {
  const token = await logIn(cloud, 'admin', adminPassword);
  const username = `tests-${Math.random().toString(36).slice(2, 12)}`;
  const made = await cloud.api('/users', {
    method: 'PUT',
    token,
    json: { username, password: adminPassword, must_change_password: false, roles: ['operator'] },
  });
  if (made.status !== 201)
    throw new Error(`the tests' operator is not made: ${made.status} ${JSON.stringify(made.body)}`);
  return logIn(cloud, username, adminPassword);
}
