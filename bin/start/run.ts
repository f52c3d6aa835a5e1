import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { everywhere, loopback, type Addresses } from '#infra/local/machine/addresses.ts';
import { startCloud, type Cloud } from '#infra/local/cloud.ts';
import { LocalCloudError } from '#infra/local/templates/resource.ts';
import { assertAdminPassword, dataDirFrom, settingsFrom } from './settings.ts';

/** Bytes below which a start fails sooner or later, with one error or another. */
const leastSpace = 1024 * 1024;

/** Bytes that a user may still write to the file system of `folder`; unknown if it cannot be read. */
export function spaceIn(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

/**
 * What prevented a start, in one sentence that says what to do.
 *
 * @param space bytes that are free for the data directory, if known
 * @returns undefined for a defect, of which the stack says more
 */
export function startTrouble(error: unknown, dataDir: string, space: number | undefined): string | undefined {
  const { code, path = dataDir } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  if (code === 'ENOSPC' || code === 'EDQUOT' || (space !== undefined && space < leastSpace))
    return `The disk of ${path} is full: free some space, or set DATA_DIR to a folder of another disk.`;
  if (error instanceof LocalCloudError) return error.message;
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM')
    return `${path} cannot be written (${code}): start as its owner, or make it writable.`;
  return undefined;
}

/** Milliseconds without a 200 of `GET /health` after which the start says so. */
const healthNotice = 15_000;

/**
 * Runs the local cloud with the settings of the environment until a signal stops the process, and prints a summary when
 * it is ready. A start that fails prints one sentence and ends the process with code 1.
 *
 * @param assembly builds the synthesized app. @returns the cloud once `GET /health` answers 200
 */
export async function runCloud(assembly: () => Promise<string>): Promise<Cloud> {
  // As on AWS, whatever the time zone of this machine.
  process.env.TZ = 'UTC';
  const dataDir = dataDirFrom(process.env);
  try {
    return await startHealthyCloud(assembly);
  } catch (error) {
    const trouble = startTrouble(error, dataDir, spaceIn(dataDir));
    if (trouble === undefined) throw error;
    console.error(trouble);
    process.exit(1);
  }
}

async function startHealthyCloud(assembly: () => Promise<string>): Promise<Cloud> {
  const began = Date.now();
  const settings = settingsFrom(process.env);
  await assertAdminPassword(process.env);
  // Child processes inherit the rest.
  delete process.env['ADMIN_PASSWORD'];
  // Announced at once: a generated password is printed only here, whatever happens next.
  const announce = (line: string): void => console.log(line);
  const cloud = await startCloud({ ...settings, assembly: withoutMask(assembly), announce });
  stopOnSignal(cloud);
  await untilHealthy(cloud, settings.dataDir, announce);
  console.log(summary(cloud, settings, Date.now() - began));
  collectGarbage();
  return cloud;
}

/** Frees what the start has left behind, some 30 MiB: an idle process allocates too little for V8 to collect it. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') Reflect.apply(collect, undefined, []);
}

/** What the process makes from now on is for its user only, except for bundles and templates, which all may run. */
function withoutMask(build: () => Promise<string>): () => Promise<string> {
  const common = process.umask(0o077);
  return async () => {
    process.umask(common);
    try {
      return await build();
    } finally {
      process.umask(0o077);
    }
  };
}

/**
 * Waits for the first 200 of `GET /health`, which gives each dependency 2 s: after a crash, the work that has waited
 * may keep a busy machine from it for some minutes.
 */
async function untilHealthy(
  { addresses, port }: Cloud,
  dataDir: string,
  announce: (line: string) => void,
): Promise<void> {
  const noticeAt = Date.now() + healthNotice;
  for (let isNoticed = false; ;) {
    const status = await fetch(`http://${addresses.own}:${port}/health`).then((response) => response.status, String);
    if (status === 200) return;
    if (!isNoticed && Date.now() > noticeAt) {
      announce(`GET /health answers ${status} instead of 200: see the logs in ${join(dataDir, 'logs')}.`);
      isNoticed = true;
    }
    await pause(250);
  }
}

/** Milliseconds between two checks whether npm is there. */
const npmCheck = 1_000;

/** npm passes signals on. If it is killed, it cannot: its supervisor would find the ports in use. */
function stopWithNpm(stop: () => void): void {
  const npm = process.ppid;
  if (process.env['npm_lifecycle_event'] === undefined) return;
  setInterval(() => process.ppid === npm || stop(), npmCheck).unref();
}

/** The first signal lets requests in progress finish; the second ends at once. Neither loses acknowledged data. */
function stopOnSignal(cloud: Cloud): void {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) process.exit(130);
    isStopping = true;
    console.log('Stopping (press again to stop at once) ...');
    void cloud.close().then(() => process.exit(0));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  stopWithNpm(() => isStopping || stop());
}

/** The address of SIP: `host:port`. */
export const sipAddressOf = ({ outputs }: Cloud): string =>
  Object.values(outputs).find((stack) => stack['SipAddress'] !== undefined)?.['SipAddress'] ?? '';

function reachOf({ listen, public: address }: Addresses): string {
  if (listen === loopback) return 'cannot connect: set HOST to the address at which they reach this one';
  return listen === everywhere ? `connect at ${address}, the first address of this one (HOST=${listen})` : 'connect';
}

/** Where other machines open the browser phone, and why they may trust it. */
const secureLines = ({ https }: Cloud): string =>
  https === undefined
    ? ''
    : `
  HTTPS           ${https.url} (with SHA-256 ${https.fingerprint})
  Trust it        import ${https.files.authority} into the browsers of other machines`;

type Settings = ReturnType<typeof settingsFrom>;

const relayOf = ({ ownMediaRelay, environment }: Settings): string =>
  ownMediaRelay === true
    ? 'rtpengine, started: browsers and phones call one another'
    : (environment['MEDIA_RELAY'] ?? 'none: browsers call browsers, phones call phones. Install rtpengine for more');

/** Printed at the start that makes the data directory. */
const signInLine = ({ signInLink: link }: Cloud): string =>
  link === undefined ? '' : `  Sign in         ${link} (once, within ten minutes)\n`;

function summary(cloud: Cloud, settings: Settings, milliseconds: number): string {
  const { url, addresses } = cloud;
  const { dataDir } = settings;
  return `
Trunkline is ready after ${(milliseconds / 1000).toFixed(1)} s.

  API             ${url}
  Documentation   ${url}/documentation
  Browser phone   ${cloud.https?.url ?? url}/documentation/phone${secureLines(cloud)}
  SIP             ${sipAddressOf(cloud)} (UDP and TCP)
  Other machines  ${reachOf(addresses)}
  Media relay     ${relayOf(settings)}
  Addresses       ${join(dataDir, 'outputs.json')}
  Logs            ${join(dataDir, 'logs')}

${signInLine(cloud)}  Log in          curl -s ${url}/auth/user -H 'Accept: application/json' \\
                    -H 'Content-Type: application/json' -d '{"username":"admin","password":"..."}'
  Then            curl -s ${url}/siptrunk -H 'Accept: application/json' -H 'Authorization: Bearer ...'
  Stop            Ctrl-C
`;
}
