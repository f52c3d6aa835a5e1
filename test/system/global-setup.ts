import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newCertificate } from '#infra/local/certificate.ts';
import { adminPassword, connect, logIn, outputsFileIn, startCloud, type Cloud } from './cloud.ts';

/** A day: longer than any run. */
const certificateTtl = 86_400_000;

/** A certificate of `localhost` that the cloud trusts, for providers that tests start (`TEST_CERTIFICATE`). */
function trustedCertificate(): { readonly file: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-authority-'));
  const certificate = newCertificate(
    ['localhost'],
    new Date(Date.now() - 60_000),
    new Date(Date.now() + certificateTtl),
  );
  process.env['TEST_CERTIFICATE'] = JSON.stringify(certificate);
  const file = join(folder, 'authority.pem');
  writeFileSync(file, certificate.cert);
  return { file, remove: () => rmSync(folder, { recursive: true }) };
}

/** Requests of one machine, on which all system tests run concurrently, and receivers of webhooks on it. */
const settings = { RATE_LIMIT_SCALE: '20', OUTBOUND_ALLOW_PRIVATE: '1', SALESFORCE_HOSTS: 'localhost' };

/**
 * Starts the cloud that all system tests share, unless `OUTPUTS` names a deployment, and logs in its operator once for
 * all of them.
 * @returns a function that stops it
 */
export default async function setUp(): Promise<(() => Promise<void>) | undefined> {
  const authority = trustedCertificate();
  const own = { ...settings, NODE_EXTRA_CA_CERTS: authority.file };
  const started = process.env['OUTPUTS'] === undefined ? await startCloud(own) : undefined;
  if (started !== undefined) process.env['OUTPUTS'] = outputsFileIn(started.dataDir);
  process.env['ADMIN_PASSWORD'] = adminPassword;
  process.env['OPERATOR_TOKEN'] = await ownOperator(connect());
  return async () => {
    authority.remove();
    await started?.stop();
  };
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
