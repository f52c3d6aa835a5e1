/**
 * `npm start`: the whole system on this machine, from the same templates that deploy it.
 * README.md lists the environment variables.
 */
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cachedBuild } from '../infra/cached-build.ts';
import { startCloud } from '../infra/local/cloud.ts';
import type { Cloud } from '../infra/local/cloud.ts';
import { faultsFrom } from '../infra/local/aws/faults.ts';
import { LocalCloudError } from '../infra/local/templates/resource.ts';

const root = resolve(import.meta.dirname, '..');
/** Everything that bundles and templates are made of. */
const inputs = ['bin', 'functions', 'infra', 'shared', 'package-lock.json', 'tsconfig.json'].map((name) =>
  join(root, name),
);
/** Settings that go to every function as they are, where they are set. */
const passedOn = [
  'ADMIN_PASSWORD',
  'ADMIN_USERNAME',
  'FAULTS',
  'OPERATOR_COUNTRY',
  'OPERATOR_NAME',
  'OUTBOUND_ALLOW_PRIVATE',
  'PASSWORD_COST',
  'PUBLIC_URL',
  'TRUSTED_PROXIES',
  'PERIOD_GRACE_HOURS',
  'RATE_LIMIT_CREDENTIAL',
  'RATE_LIMIT_EVENTLOG',
  'RATE_LIMIT_EVENTQUERY',
  'RATE_LIMIT_GATEWAYSTATUS',
  'RATE_LIMIT_INGEST',
  'RATE_LIMIT_LOGIN',
  'RATE_LIMIT_ORGANIZATION',
  'RATE_LIMIT_SCALE',
  'RATE_LIMIT_SWITCH',
  'SIP_ADVERTISED_HOST',
  'SIP_TLS_CERTIFICATE',
  'SIP_TLS_KEY',
];
/** Milliseconds for the first answer of `GET /health`. */
const healthTimeout = 15_000;

const say = (line: string): void => console.log(line);

// As on AWS, whatever the time zone of this machine.
process.env.TZ = 'UTC';
try {
  await main();
} catch (error) {
  if (!(error instanceof LocalCloudError)) throw error;
  console.error(error.message);
  process.exit(1);
}

async function main(): Promise<void> {
  const began = Date.now();
  const dataDir = resolve(process.env['DATA_DIR'] ?? '.local');
  const adminPassword = process.env['ADMIN_PASSWORD'];
  const faults = process.env['FAULTS'];
  const cloud = await startCloud({
    assembly,
    dataDir,
    port: portSetting('PORT', 3000),
    sipPort: portSetting('SIP_PORT', 5060),
    environment: {
      // Gateways and trunks of a test are on this machine or near it.
      SIP_ALLOW_PRIVATE_HOSTS: process.env['SIP_ALLOW_PRIVATE_HOSTS'] ?? '1',
      ...Object.fromEntries(passedOn.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
    },
    // At once: a generated password is shown this once, whatever happens next.
    announce: say,
    ...(adminPassword && { adminPassword }),
    ...(faults && { faults: faultsFrom(faults) }),
  });
  stopOnSignal(cloud);
  await untilHealthy(cloud, dataDir);
  say(summary(cloud, dataDir, Date.now() - began));
}

/** Bundles and synthesizes, unless nothing that this reads has changed since it was last done. */
function assembly(): Promise<string> {
  return cachedBuild({
    inputs,
    cache: join(root, 'node_modules/.cache/trunkline/assemblies'),
    build: async (folder) => {
      say('Bundling the functions ...');
      const { bundledFunctions } = await import('../infra/bundle.ts');
      const bundles = await bundledFunctions();
      say('Synthesizing the templates ...');
      // `npm test` validates them; here it would take some seconds.
      process.env['CDK_VALIDATION'] = 'false';
      const { buildApp } = await import('../infra/app.ts');
      buildApp({ bundles, outdir: folder, context: { stage: 'local', corsOrigins: '*' }, checks: false }).synth();
    },
  });
}

function portSetting(name: string, usual: number): number {
  const setting = process.env[name] ?? String(usual);
  const port = Number(setting);
  if (/^\d+$/.test(setting) && port <= 65_535) return port;
  throw new LocalCloudError(`${name} is ${setting}, but must be a number from 0 (any free port) to 65535.`);
}

async function untilHealthy({ port, close }: Cloud, dataDir: string): Promise<void> {
  const deadline = Date.now() + healthTimeout;
  for (;;) {
    const status = await fetch(`http://127.0.0.1:${port}/health`).then((response) => response.status, String);
    if (status === 200) return;
    if (Date.now() > deadline) {
      await close();
      throw new LocalCloudError(
        `GET /health answers ${status} instead of 200: see the logs in ${join(dataDir, 'logs')}.`,
      );
    }
    await pause(50);
  }
}

/** The first signal ends in good order, the second at once; nothing that was acknowledged is lost by either. */
function stopOnSignal(cloud: Cloud): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(130);
    stopping = true;
    say('Stopping (once more: at once) ...');
    void cloud.close().then(() => process.exit(0));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
}

function summary({ url, outputs }: Cloud, dataDir: string, milliseconds: number): string {
  const sipAddress = Object.values(outputs).find((stack) => stack['SipAddress'] !== undefined)?.['SipAddress'] ?? '';
  return `
Trunkline is ready after ${(milliseconds / 1000).toFixed(1)} s.

  API             ${url}
  Documentation   ${url}/documentation
  SIP             ${sipAddress} (UDP and TCP)
  Addresses       ${join(dataDir, 'outputs.json')}
  Logs            ${join(dataDir, 'logs')}

  Log in          curl -s ${url}/auth/user -H 'Accept: application/json' \\
                    -H 'Content-Type: application/json' -d '{"username":"admin","password":"..."}'
  Then            curl -s ${url}/siptrunk -H 'Accept: application/json' -H 'Authorization: Bearer ...'
  Stop            Ctrl-C
`;
}
