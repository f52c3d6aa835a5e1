import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newCertificate } from '#infra/local/certificate.ts';
import { adminPassword, connect, newOperator, outputsFileIn, startCloud } from './cloud.ts';
import { serveWorkers } from './setup-services.ts';
import { cloudsOnDemand } from './shared-clouds.ts';

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
 * all of them. Others that tests share start when the first of them asks for it.
 * @returns a function that stops them
 */
export default async function setUp(): Promise<(() => Promise<void>) | undefined> {
  const authority = trustedCertificate();
  const own = { ...settings, NODE_EXTRA_CA_CERTS: authority.file };
  const started = process.env['OUTPUTS'] === undefined ? await startCloud(own) : undefined;
  if (started !== undefined) process.env['OUTPUTS'] = outputsFileIn(started.dataDir);
  process.env['ADMIN_PASSWORD'] = adminPassword;
  process.env['OPERATOR_TOKEN'] = await newOperator(connect());
  const others = cloudsOnDemand({ NODE_EXTRA_CA_CERTS: authority.file });
  const stopServing = await serveWorkers(others.services);
  return async () => {
    stopServing();
    authority.remove();
    await Promise.all([started?.stop(), others.stop()]);
  };
}
